"""Queries from start to results, through the API."""

from __future__ import annotations

import io
import json
import uuid

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningServer
from tests.services.athena.queries import BUCKET, DATABASE, OUTPUT, ended, execute, put, reason, rows
from tests.waiting import wait_until

ENDLESS = "SELECT count(*) FROM big a, big b, big c WHERE a.n + b.n + c.n = -1"


@pytest.fixture(scope="module", autouse=True)
def tables(server: RunningServer) -> None:
    """A small partitioned table and a bigger one."""
    for year, count in (("2016", 3), ("2017", 2)):
        file = io.BytesIO()
        pq.write_table(pa.table({"zip": [str(10001 + i) for i in range(count)], "n": pa.array(range(count))}), file)
        put(server, f"counts/year={year}/part.parquet", file.getvalue())
        put(server, f"counts/year={year}/_SUCCESS", b"x")
    rows(
        server,
        "CREATE EXTERNAL TABLE counts (zip string, n bigint) PARTITIONED BY (year string) STORED AS PARQUET "
        f"LOCATION 's3://{BUCKET}/counts/'",
    )
    rows(server, "MSCK REPAIR TABLE counts")
    file = io.BytesIO()
    pq.write_table(pa.table({"n": pa.array(range(200_000)), "unread": pa.array(range(200_000))}), file)
    put(server, "big/part.parquet", file.getvalue())
    rows(server, f"CREATE EXTERNAL TABLE big (n bigint, unread bigint) STORED AS PARQUET LOCATION 's3://{BUCKET}/big/'")


def refused(server: RunningServer, operation: str, **request: object) -> str:
    with pytest.raises(ClientError) as caught:
        getattr(server.client("athena"), operation)(**request)
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidRequestException"
    return error["Message"]


def test_execution_has_status_statistics_and_location(server: RunningServer) -> None:
    execution = execute(server, "SELECT year, sum(n) AS total FROM counts GROUP BY year ORDER BY year")

    assert execution["Status"]["State"] == "SUCCEEDED"
    assert execution["Status"]["SubmissionDateTime"] <= execution["Status"]["CompletionDateTime"]
    assert execution["StatementType"] == "DML"
    assert execution["SubstatementType"] == "SELECT"
    assert execution["WorkGroup"] == "primary"
    assert execution["QueryExecutionContext"]["Database"] == DATABASE
    assert execution["EngineVersion"]["EffectiveEngineVersion"] == "Athena engine version 3"
    assert execution["ResultConfiguration"]["OutputLocation"] == f"{OUTPUT}{execution['QueryExecutionId']}.csv"
    statistics = execution["Statistics"]
    assert statistics["DataScannedInBytes"] > 0
    assert 0 < statistics["EngineExecutionTimeInMillis"] <= statistics["TotalExecutionTimeInMillis"]


def test_results_have_a_header_and_athenas_types(server: RunningServer) -> None:
    execution = execute(server, "SELECT year, sum(n) AS total, avg(n) FROM counts GROUP BY year ORDER BY year")

    result = server.client("athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])

    assert "NextToken" not in result
    columns = result["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(column["Name"], column["Type"]) for column in columns] == [
        ("year", "varchar"),
        ("total", "bigint"),
        ("_col2", "double"),
    ]
    values = [[value["VarCharValue"] for value in row["Data"]] for row in result["ResultSet"]["Rows"]]
    assert values == [["year", "total", "_col2"], ["2016", "3", "1.0"], ["2017", "1", "0.5"]]
    key = execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://athena-results/")
    csv = server.client("s3").get_object(Bucket="athena-results", Key=key)["Body"].read()
    assert csv == b'"year","total","_col2"\n"2016","3","1.0"\n"2017","1","0.5"\n'


def test_results_come_in_pages(server: RunningServer) -> None:
    execution = execute(server, "SELECT n FROM big ORDER BY n LIMIT 2500")
    client = server.client("athena")
    token: dict[str, str] = {}
    sizes, values = [], []
    while True:
        page = client.get_query_results(QueryExecutionId=execution["QueryExecutionId"], **token)
        sizes.append(len(page["ResultSet"]["Rows"]))
        values += [row["Data"][0]["VarCharValue"] for row in page["ResultSet"]["Rows"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}

    assert sizes == [1000, 1000, 501]
    assert values == ["n", *map(str, range(2500))]
    small = client.get_query_results(QueryExecutionId=execution["QueryExecutionId"], MaxResults=2)
    assert [row["Data"][0]["VarCharValue"] for row in small["ResultSet"]["Rows"]] == ["n", "0"]


def test_only_selected_columns_are_scanned(server: RunningServer) -> None:
    both = execute(server, "SELECT sum(n), sum(unread) FROM big")["Statistics"]["DataScannedInBytes"]
    one = execute(server, "SELECT sum(n) FROM big")["Statistics"]["DataScannedInBytes"]

    assert 0 < one < 0.7 * both


def test_execution_parameters_are_used(server: RunningServer) -> None:
    sql = "SELECT zip FROM counts WHERE year = ? AND n >= ? ORDER BY zip"

    assert rows(server, sql, ExecutionParameters=["'2016'", "1"]) == [("10002",), ("10003",)]
    assert "expected 2 but found 1" in reason(server, sql, ExecutionParameters=["'2016'"])


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT * FROM nope", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.playgrounds.nope' does not exist"),
        ("SELECT * FROM x.y", "SCHEMA_NOT_FOUND: line 1:15: Schema 'x' does not exist"),
        ("SELECT n,\n  nope FROM counts", "COLUMN_NOT_FOUND: line 2:3: Column 'nope' cannot be resolved"),
        ("SELECT nope(n) FROM counts", "FUNCTION_NOT_FOUND: line 1:8: Function 'nope' not registered"),
        (
            "SELECT * FROM counts WHERE year = 2016",
            "TYPE_MISMATCH: line 1:28: Cannot apply operator: varchar = integer",
        ),
        ("SELECT n / 0 FROM counts", "DIVISION_BY_ZERO: Division by zero"),
    ],
)
def test_query_fails_in_athenas_words(server: RunningServer, sql: str, message: str) -> None:
    assert reason(server, sql).startswith(message)


def test_malformed_sql_is_refused_at_start(server: RunningServer) -> None:
    message = refused(
        server, "start_query_execution", QueryString="SELEC 1", ResultConfiguration={"OutputLocation": OUTPUT}
    )

    assert message.startswith("line 1:1: mismatched input 'SELEC'")


def test_corrupt_file_fails_only_its_query(server: RunningServer) -> None:
    put(server, "broken/part.parquet", b"this is no parquet file")
    rows(server, f"CREATE EXTERNAL TABLE broken (n bigint) STORED AS PARQUET LOCATION 's3://{BUCKET}/broken/'")

    assert "part.parquet" in reason(server, "SELECT * FROM broken")
    assert rows(server, "SELECT count(*) FROM counts") == [("5",)]


def test_request_token_starts_one_query(server: RunningServer) -> None:
    request = {
        "QueryString": "SELECT 1",
        "ResultConfiguration": {"OutputLocation": OUTPUT},
        "ClientRequestToken": str(uuid.uuid4()),
    }
    client = server.client("athena")

    first = client.start_query_execution(**request)["QueryExecutionId"]

    assert client.start_query_execution(**request)["QueryExecutionId"] == first
    changed = {**request, "QueryString": "SELECT 2"}
    assert refused(server, "start_query_execution", **changed) == "Idempotent parameters do not match"
    assert ended(server, first)["Status"]["State"] == "SUCCEEDED"


def test_running_query_is_stopped(server: RunningServer) -> None:
    client = server.client("athena")
    query_id = client.start_query_execution(
        QueryString=ENDLESS,
        QueryExecutionContext={"Database": DATABASE},
        ResultConfiguration={"OutputLocation": OUTPUT},
    )["QueryExecutionId"]
    wait_until(lambda: _has_worker(server, query_id))
    assert refused(server, "get_query_results", QueryExecutionId=query_id).startswith("Query has not yet finished.")

    client.stop_query_execution(QueryExecutionId=query_id)

    execution = ended(server, query_id)
    assert execution["Status"]["State"] == "CANCELLED"
    wait_until(lambda: not _has_worker(server, query_id))
    assert not _has_worker(server, query_id)
    client.stop_query_execution(QueryExecutionId=query_id)
    assert "Final query state: CANCELLED" in refused(server, "get_query_results", QueryExecutionId=query_id)


def _has_worker(server: RunningServer, query_id: str) -> bool:
    running = server.context.jobs.folder("athena", query_id) / "log.txt"
    child = server.context.jobs._children.get(f"athena/{query_id}")
    return running.exists() and child is not None and child.running


def test_killed_worker_fails_only_its_query(server: RunningServer) -> None:
    query_id = server.client("athena").start_query_execution(
        QueryString=ENDLESS,
        QueryExecutionContext={"Database": DATABASE},
        ResultConfiguration={"OutputLocation": OUTPUT},
    )["QueryExecutionId"]
    wait_until(lambda: server.context.jobs.stop(f"athena/{query_id}"))

    status = ended(server, query_id)["Status"]

    assert status["State"] == "FAILED"
    assert status["AthenaError"]["ErrorCategory"] == 1
    assert "the query's worker ended" in status["StateChangeReason"]


def test_executions_are_listed_newest_first(server: RunningServer) -> None:
    client = server.client("athena")
    ids = [execute(server, f"SELECT {number}")["QueryExecutionId"] for number in range(2)]

    assert client.list_query_executions(MaxResults=2)["QueryExecutionIds"] == ids[::-1]
    batch = client.batch_get_query_execution(QueryExecutionIds=[ids[0], "missing"])
    assert [execution["Query"] for execution in batch["QueryExecutions"]] == ["SELECT 0"]
    assert [missing["QueryExecutionId"] for missing in batch["UnprocessedQueryExecutionIds"]] == ["missing"]


def test_deleted_results_are_not_found(server: RunningServer) -> None:
    execution = execute(server, "SELECT 1")
    key = execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://athena-results/")
    server.client("s3").delete_object(Bucket="athena-results", Key=key)

    assert "Could not find results" in refused(
        server, "get_query_results", QueryExecutionId=execution["QueryExecutionId"]
    )


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({}, "No output location provided"),
        ({"ResultConfiguration": {"OutputLocation": "s3://no-such-bucket/x"}}, "Unable to verify/create output bucket"),
        ({"WorkGroup": "nobody"}, "WorkGroup nobody is not found"),
        (
            {"QueryExecutionContext": {"Catalog": "other"}, "ResultConfiguration": {"OutputLocation": OUTPUT}},
            "Data catalog other is not found",
        ),
    ],
)
def test_query_that_cannot_start_is_refused(server: RunningServer, request_: dict, words: str) -> None:
    assert words in refused(server, "start_query_execution", QueryString="SELECT 1", **request_)


def test_unknown_execution_is_refused(server: RunningServer) -> None:
    assert refused(server, "get_query_execution", QueryExecutionId="x") == "QueryExecution x was not found"


def test_query_asks_for_the_default_database_first(server: RunningServer) -> None:
    log = server.context.settings.data_dir / "calls.jsonl"
    before = len(log.read_text().splitlines())
    rows(server, "SHOW TABLES")
    rows(server, "SELECT 1")
    lines = [json.loads(line) for line in log.read_text().splitlines()[before:]]
    asked = [line["operation"] for line in lines if line["request"].get("Name") == "default"]
    assert asked == ["GetDatabase", "GetDatabase"]
    assert "default" in [found["Name"] for found in server.client("glue").get_databases()["DatabaseList"]]
