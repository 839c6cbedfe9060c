"""What a query may use: each bound ends it with a reason that says what to do."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.kernel.limits import MB
from local_aws.services import athena
from local_aws.services.athena.errors import MalformedQueryError, QueryFailedError
from local_aws.services.athena.sql.query import parse_query, to_duckdb
from local_aws.services.athena.worker.contract import (
    QUERY,
    RESULT,
    RESULT_CSV,
    TABLES,
    Bounds,
    QueryRequest,
    write_document,
)
from local_aws.services.athena.worker.duckdb_errors import athena_failure
from tests.conftest import RunningServer, running
from tests.services.athena.queries import BOUNDS, OUTPUT, execute, reason, texts, work

RECURSIVE = (
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < {}) SELECT count(*), max(n) FROM t"
)
TOO_DEEP = (
    "NOT_SUPPORTED: Recursion depth limit exceeded (10). "
    "Use 'max_recursion_depth' session property to modify the limit."
)
ROWS = "UNNEST(sequence(1, {0})) AS a(x), UNNEST(sequence(1, {0})) AS b(y), UNNEST(sequence(1, {0})) AS c(z)"
TOO_MANY = "INVALID_FUNCTION_ARGUMENT: result of sequence function must not have more than 10000 entries"


def failure(sql: str, folder: Path, bounds: Bounds = BOUNDS) -> str:
    """Run a query that fails; return its StateChangeReason."""
    result = work(sql, folder, bounds=bounds)
    assert result.failure is not None
    if "duckdb" in result.failure:
        return str(athena_failure(result.failure["duckdb"], parse_query(sql)))
    return f"{result.failure['code']}: {result.failure['message']}"


def test_recursion_of_ten_steps_is_run(tmp_path: Path) -> None:
    assert texts(RECURSIVE.format(11), tmp_path) == [["11", "11"]]


@pytest.mark.parametrize(
    "sql",
    [
        RECURSIVE.format(12),
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM t) SELECT n FROM t",
        # Trino drops duplicates at the end only: a cycle does not end.
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION SELECT 3 - n FROM t) SELECT n FROM t",
    ],
)
def test_recursion_past_ten_steps_fails_as_in_trino(sql: str, tmp_path: Path) -> None:
    assert failure(sql, tmp_path) == TOO_DEEP


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        (
            "WITH RECURSIVE a(x) AS (VALUES 1, 2, 3), t(n, path) AS (SELECT 1, 'r' UNION ALL "
            "SELECT x, path || '/' || CAST(x AS varchar) FROM t JOIN a ON x = n + 1) SELECT * FROM t ORDER BY n",
            [["1", "r"], ["2", "r/2"], ["3", "r/2/3"]],
        ),
        (
            "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT u.n + 1 FROM t AS u WHERE u.n < 3) "
            "SELECT x.n, y.n FROM t x JOIN t y ON x.n = y.n + 1 ORDER BY 1",
            [["2", "1"], ["3", "2"]],
        ),
        (
            "WITH RECURSIVE t(n) AS (SELECT 1 UNION SELECT n % 3 + 1 FROM (SELECT n FROM t) WHERE n < 3) "
            "SELECT n FROM t ORDER BY n",
            [["1"], ["2"], ["3"]],
        ),
        ("WITH RECURSIVE t(n) AS (SELECT 5) SELECT n FROM t", [["5"]]),
    ],
)
def test_recursive_queries_give_trinos_rows(sql: str, rows: list[list[str]], tmp_path: Path) -> None:
    assert texts(sql, tmp_path) == rows


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT n FROM t", "MISSING_COLUMN_ALIASES"),
        ("WITH RECURSIVE t(n) AS (SELECT n FROM t) SELECT n FROM t", "INVALID_RECURSIVE_REFERENCE"),
        ("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM t LIMIT 5) SELECT n FROM t", "NOT_SUPPORTED"),
    ],
)
def test_unsupported_recursion_is_refused(sql: str, code: str) -> None:
    with pytest.raises(QueryFailedError, match=code):
        to_duckdb(parse_query(sql), [])


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("cardinality(sequence(1, 10000))", "10000"),
        ("sequence(3, 1)", "[3, 2, 1]"),
        ("sequence(9, 1, -4)", "[9, 5, 1]"),
        ("coalesce(cardinality(sequence(1, CAST(NULL AS bigint))), -1)", "-1"),
        ("sequence(DATE '2020-02-28', DATE '2020-03-01')", "[2020-02-28, 2020-02-29, 2020-03-01]"),
        ("sequence(DATE '2020-01-01', DATE '2020-03-31', INTERVAL '1' MONTH)", "[2020-01-01, 2020-02-01, 2020-03-01]"),
        (
            "sequence(TIMESTAMP '2020-01-01 00:00:00', TIMESTAMP '2020-01-01 02:00:00', INTERVAL '2' HOUR)",
            "[2020-01-01 00:00:00.000, 2020-01-01 02:00:00.000]",
        ),
    ],
)
def test_sequence_has_trinos_entries(expression: str, value: str, tmp_path: Path) -> None:
    assert texts(f"SELECT {expression}", tmp_path) == [[value]]


def test_sequence_of_a_column_can_be_unnested(tmp_path: Path) -> None:
    sql = "SELECT a, b FROM (VALUES 1, 2) AS v(a) CROSS JOIN UNNEST(sequence(1, a)) AS t(b) ORDER BY 1, 2"
    assert texts(sql, tmp_path) == [["1", "1"], ["2", "1"], ["2", "2"]]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT count(*) FROM UNNEST(sequence(1, 100000000)) AS t(x)", TOO_MANY),
        ("SELECT sequence(1, x) FROM (VALUES 5, 1000000000) AS t(x)", TOO_MANY),
        ("SELECT sequence(-9223372036854775807, 9223372036854775807)", TOO_MANY),
        ("SELECT sequence(DATE '1970-01-01', DATE '2020-01-01')", TOO_MANY),
        (
            "SELECT sequence(TIMESTAMP '1970-01-01 00:00:00', TIMESTAMP '2070-01-01 00:00:00', INTERVAL '1' SECOND)",
            TOO_MANY,
        ),
        ("SELECT sequence(1, 9, 0)", "INVALID_FUNCTION_ARGUMENT: step must not be zero"),
        ("SELECT sequence(1, 9, -1)", "INVALID_FUNCTION_ARGUMENT: sequence stop value should be greater than"),
    ],
)
def test_sequences_past_trinos_bounds_fail(sql: str, message: str, tmp_path: Path) -> None:
    begun = time.monotonic()
    assert failure(sql, tmp_path).startswith(message)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("bounds", "what"),
    [
        (
            dataclasses.replace(BOUNDS, rows=99_000),
            "99000 rows: aggregate or add a LIMIT, or allow more with LOCAL_AWS_QUERY_ROWS",
        ),
        (
            dataclasses.replace(BOUNDS, result=MB),
            "1 MB: aggregate or add a LIMIT, or allow more with LOCAL_AWS_QUERY_RESULT_MB",
        ),
    ],
)
def test_result_that_is_too_large_fails(bounds: Bounds, what: str, tmp_path: Path) -> None:
    sql = f"SELECT x, y, z FROM {ROWS.format(1000)}"
    assert failure(sql, tmp_path, bounds) == f"EXCEEDED_RESULT_SIZE: the result has more than {what}"
    assert (tmp_path / RESULT_CSV).stat().st_size < 4 * MB


def test_rows_that_fail_late_fail_the_query(tmp_path: Path) -> None:
    """The first rows are written when a later one turns out to be bad."""
    sql = "SELECT 10 / (x - 9999) FROM UNNEST(sequence(1, 10000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 10)) AS b(y)"
    assert failure(sql, tmp_path) == "DIVISION_BY_ZERO: Division by zero"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own limit on memory is Linux's")
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT cardinality(flatten(transform(sequence(1, 9000), x -> sequence(1, 9000))))",
        f"SELECT cardinality(array_agg(x * y * z)) FROM {ROWS.format(500)}",
    ],
)
def test_query_that_needs_too_much_memory_fails(sql: str, tmp_path: Path) -> None:
    """In a process of its own, as the runner starts it."""
    result, most_bytes = run_in_a_process(sql, tmp_path)
    assert result["failure"]["code"] == "EXCEEDED_MEMORY_LIMIT"
    assert most_bytes < 1536 * MB


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own limit on memory is Linux's")
def test_query_runs_where_the_user_may_have_less_memory(tmp_path: Path) -> None:
    """An ordinary user cannot go beyond ``ulimit -d``."""
    result, _ = run_in_a_process("SELECT 1", tmp_path, "ulimit -d 1000000")
    assert result["failure"] is None


def run_in_a_process(sql: str, folder: Path, before: str = "true") -> tuple[dict[str, Any], int]:
    """Run a query of 256 MB after a command of the shell; return its result and the most memory that it had."""
    bounds = dataclasses.replace(BOUNDS, memory=256 * MB, disk=16 * MB)
    write_document(folder / QUERY, dataclasses.asdict(QueryRequest(sql, (), "default", bounds)))
    write_document(folder / TABLES, {"tables": []})
    program = (sys.executable, "-m", "local_aws.services.athena.worker.program", str(folder))
    worker = subprocess.Popen(["sh", "-c", f'{before} && exec "$@"', "sh", *program])
    _, status, usage = os.wait4(worker.pid, 0)
    worker.returncode = status
    assert status == 0
    return json.loads((folder / RESULT).read_text()), usage.ru_maxrss * 1024


def test_deep_and_slow_texts_are_refused_at_once() -> None:
    """Nested arrays double the parser's work with each level: 20 took 50 seconds."""
    for sql in (
        f"SELECT {'ARRAY[' * 40}1{']' * 40}",
        f"SELECT {'(' * 9000}1{')' * 9000}",
        f"SELECT {'ROW(' * 99}1{')' * 99}",
    ):
        begun = time.process_time()
        with pytest.raises(MalformedQueryError, match="statement is too large"):
            parse_query(sql)
        assert time.process_time() - begun < 3


def test_deep_parameter_is_refused_at_once() -> None:
    begun = time.process_time()
    with pytest.raises(QueryFailedError, match="is not a literal"):
        parse_query("SELECT ?", [f"{'ARRAY[' * 40}1{']' * 40}"])
    assert time.process_time() - begun < 3


def refusal(server: RunningServer, **members: Any) -> dict[str, str]:
    request = {"QueryString": "SELECT 1", "ResultConfiguration": {"OutputLocation": OUTPUT}, **members}
    with pytest.raises(ClientError) as caught:
        server.client("athena").start_query_execution(**request)
    return caught.value.response["Error"]


def test_statement_past_athenas_length_is_refused(server: RunningServer) -> None:
    error = refusal(server, QueryString=f"SELECT '{'é' * 140_000}'")
    assert error["Code"] == "InvalidRequestException"
    assert "280009 bytes, 262144 are allowed" in error["Message"]


@pytest.mark.parametrize(
    "location",
    ["s3://athena-results/../x/", "s3://athena-results/a/./b/", "/x/y", "s3:///x", "s3://athena-results/a\nb"],
)
def test_invalid_output_location_is_refused(server: RunningServer, location: str) -> None:
    error = refusal(server, ResultConfiguration={"OutputLocation": location})
    assert error["Code"] == "InvalidRequestException"
    assert error["Message"].startswith("outputLocation is not a valid S3 path")
    with pytest.raises(ClientError, match="outputLocation is not a valid S3 path"):
        server.client("athena").create_work_group(
            Name="odd", Configuration={"ResultConfiguration": {"OutputLocation": location}}
        )
    with pytest.raises(ClientError, match="outputLocation is not a valid S3 path"):
        server.client("athena").update_work_group(
            WorkGroup="primary", ConfigurationUpdates={"ResultConfigurationUpdates": {"OutputLocation": location}}
        )


def test_runaway_query_ends_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("MEMORY_MB", "100"), ("DISK_MB", "20"), ("SECONDS", "8"), ("ROWS", "1000000")):
        monkeypatch.setenv(f"LOCAL_AWS_QUERY_{name}", value)
    billion = ROWS.format(1000)
    with running(tmp_path, (athena.build,)) as server:
        server.client("s3").create_bucket(Bucket="athena-results")
        assert reason(server, f"SELECT x, y, z FROM {billion}").startswith("EXCEEDED_RESULT_SIZE")
        exhausted = reason(server, f"SELECT cardinality(array_agg(x * y * z)) FROM {billion}")
        assert exhausted.startswith("EXCEEDED_MEMORY_LIMIT: Query exhausted resources at this scale factor")
        assert exhausted.endswith("allow more with LOCAL_AWS_QUERY_MEMORY_MB and LOCAL_AWS_QUERY_DISK_MB")
        timed_out = reason(
            server, f"SELECT count(*) FROM {billion}, UNNEST(sequence(1, 1000)) AS d(w) WHERE sin(x + y * z * w) > 2"
        )
        assert timed_out.startswith("EXCEEDED_TIME_LIMIT: Query timeout")
        assert execute(server, "SELECT 1")["Status"]["State"] == "SUCCEEDED"


def test_query_past_the_quota_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_aws.services.athena.query_executions._MAX_ACTIVE", 2)
    endless = f"SELECT count(*) FROM {ROWS.format(10_000)} WHERE sin(x + y * z) > 2"
    with running(tmp_path, (athena.build,)) as server:
        server.client("s3").create_bucket(Bucket="athena-results")
        client = server.client("athena")
        request = {"QueryString": endless, "ResultConfiguration": {"OutputLocation": OUTPUT}}
        for _ in range(2):
            client.start_query_execution(**request)
        with pytest.raises(ClientError) as caught:
            client.start_query_execution(**request)
    assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert caught.value.response["Reason"] == "CONCURRENT_QUERY_LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM '/etc/passwd'",
        'SELECT * FROM "/etc/passwd"',
        "SELECT read_text('/etc/passwd')",
        "SELECT getenv('HOME')",
        "SELECT current_setting('temp_directory')",
        "SELECT (SELECT content FROM read_text('/etc/passwd'))",
        "SELECT * FROM duckdb_settings()",
        "COPY (SELECT 1) TO '/tmp/x'",
        "ATTACH '/tmp/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA database_list",
        "SET memory_limit = '100GB'",
        "EXPORT DATABASE '/tmp/x'",
        "CALL pragma_version()",
    ],
)
def test_query_reaches_only_its_tables(server: RunningServer, sql: str) -> None:
    try:
        status = execute(server, sql)["Status"]
    except ClientError as error:
        assert error.response["Error"]["Code"] == "InvalidRequestException"
    else:
        assert status["State"] == "FAILED"
        assert not status["StateChangeReason"].startswith("GENERIC_INTERNAL_ERROR")
