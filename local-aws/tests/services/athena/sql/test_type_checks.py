"""Comparisons that Trino refuses are refused, and no others."""

from __future__ import annotations

import pytest

from local_aws.services.athena.errors import QueryFailedError
from local_aws.services.athena.sql.query import parse_query
from local_aws.services.athena.sql.type_checks import check_comparisons
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


def check(sql: str) -> None:
    check_comparisons(parse_query(sql), [TABLE], "nyc")


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
        ("SELECT year FROM parks GROUP BY year HAVING count(*) > 'a'", "bigint > varchar(1)"),
    ],
)
def test_comparison_of_different_families_is_refused(sql: str, message: str) -> None:
    with pytest.raises(QueryFailedError) as caught:
        check(sql)

    assert caught.value.code == "TYPE_MISMATCH"
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM parks WHERE year = '2016' AND acres > 1 AND visits = 2.5",
        "SELECT * FROM parks WHERE opened >= DATE '2020-01-01' AND opened < TIMESTAMP '2021-01-01 00:00:00'",
        "SELECT * FROM parks WHERE CAST(year AS INTEGER) = 2016 AND zip = NULL",
        "SELECT * FROM parks WHERE acres > (SELECT avg(acres) FROM parks)",
        "SELECT * FROM parks WHERE nothing = 1",
        "SELECT * FROM elsewhere WHERE a = 1 AND a = 'x'",
        "SELECT x FROM UNNEST(ARRAY[1]) AS t(x) WHERE x = 1",
    ],
)
def test_comparison_within_a_family_is_accepted(sql: str) -> None:
    check(sql)
