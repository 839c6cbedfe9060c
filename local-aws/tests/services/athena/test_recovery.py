"""Queries of a server that was stopped, and the next server on its data folder."""

from __future__ import annotations

from pathlib import Path

from local_aws.services import athena
from tests.conftest import running
from tests.services.athena.queries import OUTPUT, ended, execute


def test_restart_keeps_results_and_fails_unfinished_queries(tmp_path: Path) -> None:
    with running(tmp_path, (athena.build,)) as server:
        server.client("s3").create_bucket(Bucket="athena-results")
        done = execute(server, "SELECT 7 AS x")["QueryExecutionId"]
        request = {"ResultConfiguration": {"OutputLocation": OUTPUT}}
        unfinished = server.client("athena").start_query_execution(
            QueryString="SELECT count(*) FROM UNNEST(sequence(1, 10000)) AS a(x) "
            "CROSS JOIN UNNEST(sequence(1, 10000)) AS b(y) CROSS JOIN UNNEST(sequence(1, 10000)) AS c(z) "
            "WHERE x + y + z = -1",
            **request,
        )["QueryExecutionId"]

    with running(tmp_path, (athena.build,)) as server:
        results = server.client("athena").get_query_results(QueryExecutionId=done)
        assert results["ResultSet"]["Rows"][1]["Data"] == [{"VarCharValue": "7"}]
        assert ended(server, unfinished)["Status"]["State"] == "FAILED"
        assert execute(server, "SELECT 1")["Status"]["State"] == "SUCCEEDED"
