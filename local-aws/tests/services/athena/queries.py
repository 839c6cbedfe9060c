"""Running queries in tests: through a server, or in this process without one."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from local_aws.kernel.limits import MB
from local_aws.services.athena.sql.aliases import check_aliases
from local_aws.services.athena.sql.query import catalog_tables, check_functions, parse_query, to_duckdb
from local_aws.services.athena.sql.type_checks import check_types
from local_aws.services.athena.worker.contract import RESULT_CSV, Bounds, QueryResult
from local_aws.services.athena.worker.engine import QuerySpecification, run
from local_aws.services.athena.worker.table_source import TableSource
from tests.conftest import RunningServer
from tests.waiting import wait_until

BUCKET = "athena-data"
OUTPUT = "s3://athena-results/queries/"
DATABASE = "playgrounds"
BOUNDS = Bounds(memory=512 * MB, disk=512 * MB, result=64 * MB, rows=10**6)


def execute(server: RunningServer, sql: str, **members: Any) -> dict[str, Any]:
    """Run a query to its end and return its QueryExecution."""
    client = server.client("athena")
    request = {
        "QueryString": sql,
        "QueryExecutionContext": {"Database": DATABASE},
        "ResultConfiguration": {"OutputLocation": OUTPUT},
        **members,
    }
    return ended(server, client.start_query_execution(**request)["QueryExecutionId"])


def ended(server: RunningServer, query_id: str) -> dict[str, Any]:
    """Wait for the end of a query and return its QueryExecution."""

    def look() -> dict[str, Any] | None:
        execution = server.client("athena").get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        return None if execution["Status"]["State"] in ("QUEUED", "RUNNING") else execution

    execution: dict[str, Any] = wait_until(look, f"the end of query {query_id}")
    return execution


def rows(server: RunningServer, sql: str, **members: Any) -> list[tuple[Any, ...]]:
    """Run a query that succeeds and return its rows as text or None, without a SELECT's header."""
    execution = execute(server, sql, **members)
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    pages = server.client("athena").get_paginator("get_query_results")
    texts = [
        tuple(value.get("VarCharValue") for value in row["Data"])
        for page in pages.paginate(QueryExecutionId=execution["QueryExecutionId"])
        for row in page["ResultSet"]["Rows"]
    ]
    return texts[1:] if execution["SubstatementType"] == "SELECT" else texts


def reason(server: RunningServer, sql: str, **members: Any) -> str:
    """Run a query that fails and return its StateChangeReason."""
    status = execute(server, sql, **members)["Status"]
    assert status["State"] == "FAILED", status
    assert status["AthenaError"]["ErrorMessage"] == status["StateChangeReason"]
    return status["StateChangeReason"]


def put(server: RunningServer, key: str, content: bytes) -> None:
    """Put an object into the bucket of the tables."""
    server.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content)


def work(sql: str, folder: Path, tables: tuple[TableSource, ...] = (), bounds: Bounds = BOUNDS) -> QueryResult:
    """Translate a query and run it in this process."""
    query = parse_query(sql)
    references = catalog_tables(query, DATABASE)
    check_functions(query)
    check_aliases(query, references, tables)
    check_types(query, tables, DATABASE)
    specification = QuerySpecification(to_duckdb(query, references), bounds, tables)
    (folder / "tmp").mkdir(exist_ok=True)
    return run(specification, folder)


def texts(sql: str, folder: Path, tables: tuple[TableSource, ...] = ()) -> list[list[str]]:
    """Return a query's rows as CSV text, without the header; NULL and '' are the same here."""
    result = work(sql, folder, tables)
    assert result.failure is None, result.failure
    with (folder / RESULT_CSV).open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))[1:]
