"""Running SQL through Athena: rows with types, failures with reasons, and the scoring table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from inference.athena_query import REFUSED, AthenaWorkspace, QueryError, run_query
from inference.scoring_table import register_scoring_table, scoring_table_name
from processing.feature_contract import FEATURE_SETS, feature_set
from processing.staging import to_contract, write_scoring
from tests.servers import RunningServer, running

WORKSPACE = AthenaWorkspace("playgrounds", "s3://results/queries/", timeout_seconds=60)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("data")) as server:
        for bucket in ("results", "scoring"):
            server.client("s3").create_bucket(Bucket=bucket)
        server.client("glue").create_database(DatabaseInput={"Name": "playgrounds"})
        yield server


@pytest.fixture(scope="module")
def client(server: RunningServer) -> Any:
    return server.client("athena")


def test_rows_have_pythons_types(client: Any) -> None:
    rows = run_query(
        client,
        WORKSPACE,
        "SELECT 1 AS whole, CAST(2 AS BIGINT) AS big, 1.5e0 AS real, nan() AS missing, true AS yes, 'text' AS words, "
        "DATE '2020-01-02' AS day, CAST(NULL AS DOUBLE) AS nothing UNION ALL "
        "SELECT 2, 3, 1e-5, 0e0, false, '', NULL, 0e0 ORDER BY whole",
    )

    missing = rows[0].pop("missing")
    assert np.isnan(missing)
    assert rows[0] == {
        "whole": 1,
        "big": 2,
        "real": 1.5,
        "yes": True,
        "words": "text",
        "day": "2020-01-02",
        "nothing": None,
    }
    assert (rows[1]["real"], rows[1]["yes"], rows[1]["words"], rows[1]["day"]) == (1e-5, False, "", None)


def test_all_pages_are_read(client: Any) -> None:
    rows = run_query(client, WORKSPACE, "SELECT x FROM UNNEST(sequence(1, 2345)) AS t(x) ORDER BY x")

    assert [row["x"] for row in rows] == list(range(1, 2346))


def test_show_and_describe_have_rows(client: Any, server: RunningServer) -> None:
    columns = [{"Name": "name", "Type": "string"}, {"Name": "lat", "Type": "double", "Comment": "degrees"}]
    table = {"Name": "shown", "StorageDescriptor": {"Columns": columns, "Location": "s3://scoring/shown/"}}
    server.client("glue").create_table(DatabaseName="playgrounds", TableInput=table)

    assert {"tab_name": "shown"} in run_query(client, WORKSPACE, "SHOW TABLES")
    assert run_query(client, WORKSPACE, "DESCRIBE shown") == [
        {"col_name": "name", "data_type": "string", "comment": ""},
        {"col_name": "lat", "data_type": "double", "comment": "degrees"},
    ]
    assert run_query(client, WORKSPACE, "DROP TABLE shown") == []


def test_no_column_hides_another_of_its_name(client: Any) -> None:
    with pytest.raises(QueryError, match="more than one column is called a"):
        run_query(client, WORKSPACE, "SELECT 1 AS a, 2 AS b, 3 AS a")


def test_a_failure_names_query_and_reason(client: Any) -> None:
    with pytest.raises(QueryError) as caught:
        run_query(client, WORKSPACE, "SELECT * FROM nope")

    state = client.get_query_execution(QueryExecutionId=caught.value.query_id)["QueryExecution"]["Status"]["State"]
    assert state == "FAILED"
    assert caught.value.reason.startswith("TABLE_NOT_FOUND: line 1:15")
    assert caught.value.query_id in str(caught.value)


def test_a_refusal_has_its_reason(client: Any) -> None:
    with pytest.raises(QueryError, match="mismatched input 'SELEC'") as caught:
        run_query(client, WORKSPACE, "SELEC 1")

    assert caught.value.query_id == REFUSED


def test_a_query_that_takes_too_long_is_stopped(client: Any) -> None:
    workspace = AthenaWorkspace("playgrounds", "s3://results/queries/", timeout_seconds=0.5)
    endless = (
        "SELECT count(*) FROM UNNEST(sequence(1, 10000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 10000)) AS b(y) "
        "CROSS JOIN UNNEST(sequence(1, 10000)) AS c(z) WHERE x + y + z = -1"
    )

    with pytest.raises(QueryError, match="was stopped") as caught:
        run_query(client, workspace, endless)

    status = client.get_query_execution(QueryExecutionId=caught.value.query_id)["QueryExecution"]["Status"]
    assert status["State"] == "CANCELLED"


@pytest.mark.parametrize("name", FEATURE_SETS)
def test_the_scoring_table_reads_what_feature_engineering_stages(
    name: str, server: RunningServer, client: Any, tmp_path: Any
) -> None:
    features = feature_set(name)
    rows = pd.DataFrame(
        {
            **{each: ["a", None] for each in ("name", "borough", "site_id", "level", "accessible")},
            "playground_key": ["B1", "X2"],
            "lat": [40.5, np.nan],
            "lon": [-74.0, np.nan],
            "label": pd.array([1, None], dtype="Int32"),
            "label_known": [1, 0],
            "split": ["test", "unlabelled"],
            **{each.name: [1, 0] if each.dtype == "int" else [0.1, np.nan] for each in features.features},
        }
    )
    write_scoring(to_contract(rows, features), features, tmp_path)
    content = (tmp_path / "scoring" / "scoring.parquet").read_bytes()
    server.client("s3").put_object(Bucket="scoring", Key=f"{name}/scoring/scoring.parquet", Body=content)

    for _ in range(2):  # again: the table moves to the new location
        register_scoring_table(client, WORKSPACE, features, f"s3://scoring/{name}/scoring")
    found = run_query(client, WORKSPACE, f"SELECT * FROM {scoring_table_name(features)} ORDER BY playground_key")

    assert [row["playground_key"] for row in found] == ["B1", "X2"]
    assert (found[0]["label"], found[1]["label"], found[1]["lat"]) == (1, None, None)
    doubles = [each.name for each in features.features if each.dtype == "double"]
    assert all(found[0][each] == float(np.float32(0.1)) and found[1][each] is None for each in doubles)
