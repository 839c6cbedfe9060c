"""DuckDB's errors become Athena's, with the place in the query as it was submitted."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from local_aws.services.athena.sql.query import parse_query
from local_aws.services.athena.worker.duckdb_errors import athena_failure
from local_aws.services.athena.worker.table_source import Column, DataFile, Partition, TableSource
from tests.services.athena.queries import DATABASE, work


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> TableSource:
    """A table ``counts`` of two rows."""
    file = tmp_path_factory.mktemp("counts") / "rows.parquet"
    pq.write_table(pa.table({"zip": ["10001", "10002"], "n": [1, 2]}), file)
    columns = (Column("zip", "VARCHAR", "varchar"), Column("n", "BIGINT", "bigint"))
    files = (DataFile("s3://b/rows.parquet", str(file)),)
    return TableSource(DATABASE, "counts", "parquet", columns, (), (Partition((), files),))


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT n,\n  nope FROM counts", "COLUMN_NOT_FOUND: line 2:3: Column 'nope' cannot be resolved"),
        ("SELECT nope", "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"),
        ("SELECT c.nope FROM counts c", "COLUMN_NOT_FOUND: line 1:8: Column 'c.nope' cannot be resolved"),
        ("SELECT d.n FROM counts c", "COLUMN_NOT_FOUND: line 1:8: Column 'd' cannot be resolved"),
        ("SELECT a.n FROM counts a, counts b WHERE zip = '1'", "SYNTAX_ERROR: line 1:42: Column 'zip' is ambiguous"),
        ("SELECT zip, count(*) FROM counts", "EXPRESSION_NOT_AGGREGATE: line 1:8: 'zip' must be an aggregate"),
        ("SELECT zip FROM counts WHERE sum(n) > 1", "EXPRESSION_NOT_SCALAR: WHERE clause cannot contain"),
        (
            "SELECT n, sum(zip) FROM counts GROUP BY n",
            "FUNCTION_NOT_FOUND: line 1:11: Unexpected parameters (varchar) for function sum",
        ),
        (
            "SELECT element_at(map_agg(n, zip), 1) / 2 FROM counts",
            "TYPE_MISMATCH: Cannot apply operator: varchar / integer",
        ),
        (
            "SELECT split('a', ',')[n + 1] FROM counts",
            "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or",
        ),
        (
            "SELECT map(ARRAY['a'], ARRAY[1])[zip] FROM counts",
            "INVALID_FUNCTION_ARGUMENT: Key not present in map: 1000",
        ),
        ("SELECT CAST('2020/01/02' AS DATE)", "INVALID_CAST_ARGUMENT: Value cannot be cast to date: 2020/01/02"),
        (
            "SELECT CAST('2020-01-02T03:04:05' AS TIMESTAMP)",
            "INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: 2020-01-02T03:04:05",
        ),
        ("SELECT CAST('yes' AS BOOLEAN)", "INVALID_CAST_ARGUMENT: Cannot cast 'yes' to bool"),
        ("SELECT CAST('11222.0' AS INTEGER)", "INVALID_CAST_ARGUMENT: Cannot cast '11222.0' to INT"),
        (
            "SELECT CAST(12345.678e0 AS VARCHAR(3))",
            "INVALID_CAST_ARGUMENT: Value 12345.678 cannot be represented as varchar(3)",
        ),
        ("SELECT n / 0 FROM counts", "DIVISION_BY_ZERO: Division by zero"),
        ("SELECT n % 0 FROM counts", "DIVISION_BY_ZERO: Division by zero"),
        ("SELECT CAST(zip || 'x' AS INTEGER) FROM counts", "INVALID_CAST_ARGUMENT: Cannot cast '10001x' to INT"),
        ("SELECT 9223372036854775807 + n FROM counts", "NUMERIC_VALUE_OUT_OF_RANGE: Overflow in addition"),
        ("SELECT (SELECT n FROM counts)", "SUBQUERY_MULTIPLE_ROWS"),
        (
            "SELECT date_add('day', 1, max(DATE '2020-01-01')) FROM counts",
            "NOT_SUPPORTED: local_aws does not support date arithmetic on an aggregate",
        ),
        (
            "SELECT date_trunc('day', zip) FROM counts",
            "TYPE_MISMATCH: line 1:8: Unexpected parameters for function date_trunc",
        ),
        ("SELECT regexp_like(zip, '(') FROM counts", "INVALID_FUNCTION_ARGUMENT: missing )"),
        (
            "SELECT regexp_like(zip, '1(?=0)') FROM counts",
            "NOT_SUPPORTED: local_aws does not support '(?=' in a regular expression",
        ),
    ],
)
def test_duckdb_error_is_worded_as_athena_does(sql: str, message: str, counts: TableSource, tmp_path: Path) -> None:
    failure = work(sql, tmp_path, (counts,)).failure

    assert failure is not None
    error = athena_failure(failure["duckdb"], parse_query(sql))
    assert str(error).startswith(message)
