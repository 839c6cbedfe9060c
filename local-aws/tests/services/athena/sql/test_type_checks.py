"""What Trino refuses for its types is refused, and nothing else."""

from __future__ import annotations

import pytest

from local_aws.services.athena.errors import QueryFailedError
from local_aws.services.athena.sql.query import parse_query
from local_aws.services.athena.sql.type_checks import check_types
from local_aws.services.athena.worker.table_source import Column, Partition, TableSource

TABLE = TableSource(
    database="nyc",
    name="parks",
    format="parquet",
    columns=(
        Column("zip", "VARCHAR", "varchar"),
        Column("acres", "DOUBLE", "double"),
        Column("visits", "BIGINT", "bigint"),
        Column("opened", "DATE", "date"),
    ),
    partition_columns=(Column("year", "VARCHAR", "varchar"),),
    partitions=(Partition((), ()),),
)

FUNCTION = "USING EXTERNAL FUNCTION f(a DOUBLE, b BIGINT) RETURNS DOUBLE SAGEMAKER 'm'"


def check(sql: str) -> None:
    check_types(parse_query(sql), [TABLE], "nyc")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT * FROM parks WHERE year = 2016", "line 1:27: Cannot apply operator: varchar = integer"),
        ("SELECT * FROM nyc.parks p WHERE p.visits >= '5'", "line 1:33: Cannot apply operator: bigint >= varchar(1)"),
        ("SELECT * FROM parks WHERE opened < '2020-01-01'", "Cannot apply operator: date < varchar(10)"),
        ("SELECT * FROM parks a JOIN parks b ON a.zip = b.visits", "Cannot apply operator: varchar = bigint"),
        ("SELECT * FROM parks WHERE visits IN ('1', '2')", "Cannot apply operator: bigint IN varchar(1)"),
        ("SELECT * FROM parks WHERE zip BETWEEN 1 AND 2", "Cannot apply operator: varchar BETWEEN integer"),
        ("WITH t AS (SELECT lower(zip) AS z FROM parks) SELECT * FROM t WHERE z <> 1", "varchar <> integer"),
        ("SELECT zip / 2 FROM parks", "line 1:8: Cannot apply operator: varchar / integer"),
        ("SELECT zip + visits FROM parks", "line 1:8: Cannot apply operator: varchar + bigint"),
        ("SELECT opened + 1 FROM parks", "line 1:8: Cannot apply operator: date + integer"),
        ("SELECT CASE WHEN true THEN 1 ELSE 'a' END", "common type: integer, varchar(1)"),
        ("SELECT if(acres > 1, 'a', 1) FROM parks", "Result types for IF must be the same: varchar(1), integer"),
        ("SELECT coalesce(zip, visits) FROM parks", "common type: varchar, bigint"),
        ("SELECT ARRAY[1, 'a']", "common type: integer, varchar(1)"),
        ("SELECT zip FROM parks UNION SELECT visits FROM parks", "column 1 in UNION query has incompatible types"),
        ("SELECT 1 FROM parks WHERE visits", "WHERE clause must evaluate to a boolean: actual type bigint"),
        ("SELECT year FROM parks GROUP BY year HAVING count(*) > 'a'", "bigint > varchar(1)"),
    ],
)
def test_mix_of_families_is_refused(sql: str, message: str) -> None:
    with pytest.raises(QueryFailedError) as caught:
        check(sql)

    assert caught.value.code == "TYPE_MISMATCH"
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM parks WHERE year = '2016' AND acres > 1 AND visits = 2.5",
        "SELECT CASE WHEN true THEN 1 ELSE 2.5e0 END, coalesce(NULL, zip), opened - DATE '2020-01-01' FROM parks",
        "SELECT 1 UNION SELECT 2.5, opened + INTERVAL '1' DAY FROM parks WHERE zip || 'x' = 'y'",
        "SELECT * FROM parks WHERE opened >= DATE '2020-01-01' AND opened < TIMESTAMP '2021-01-01 00:00:00'",
        "SELECT * FROM parks WHERE CAST(year AS INTEGER) = 2016 AND zip = NULL",
        "SELECT * FROM parks WHERE acres > (SELECT avg(acres) FROM parks)",
        "SELECT * FROM parks WHERE nothing = 1",
        "SELECT * FROM elsewhere WHERE a = 1 AND a = 'x'",
        "SELECT x FROM UNNEST(ARRAY[1]) AS t(x) WHERE x = 1",
    ],
)
def test_expression_within_a_family_is_accepted(sql: str) -> None:
    check(sql)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT 'zip ' || 11222", "line 1:8: Unexpected parameters (varchar(4), integer) for function concat"),
        ("SELECT concat(zip, visits) FROM parks", "Unexpected parameters (varchar, bigint) for function concat"),
        (f"{FUNCTION} SELECT f('0.1', 1)", "Unexpected parameters (varchar(3), integer) for function f. Expected: f(d"),
        (f"{FUNCTION} SELECT f(acres, acres) FROM parks", "Unexpected parameters (double, double) for function f"),
        (f"{FUNCTION} SELECT f(acres) FROM parks", "Unexpected parameters (double) for function f"),
    ],
)
def test_arguments_that_a_function_does_not_take_are_refused(sql: str, message: str) -> None:
    with pytest.raises(QueryFailedError) as caught:
        check(sql)

    assert caught.value.code == "FUNCTION_NOT_FOUND"
    assert message in str(caught.value)


@pytest.mark.parametrize("arguments", ["visits, 1", "1.5, CAST(2 AS BIGINT)", "NULL, visits", "CAST('1' AS REAL), 2"])
def test_numbers_widen_for_external_functions(arguments: str) -> None:
    check(f"{FUNCTION} SELECT f({arguments}) FROM parks")
