"""The name that a SELECT gives a column is known in ORDER BY, and nowhere else in that SELECT."""

from __future__ import annotations

import pytest

from local_aws.services.athena.errors import QueryFailedError
from local_aws.services.athena.sql.aliases import check_aliases
from local_aws.services.athena.sql.query import catalog_tables, parse_query
from local_aws.services.athena.worker.table_source import Column, Partition, TableSource

PARKS = TableSource(
    "nyc",
    "parks",
    "parquet",
    (Column("zip", "VARCHAR", "varchar"), Column("acres", "DOUBLE", "double")),
    (),
    (Partition((), ()),),
)


def check(sql: str) -> None:
    query = parse_query(sql)
    check_aliases(query, catalog_tables(query, "nyc"), [PARKS])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT n * 2 AS m FROM (VALUES 1, 2) t(n) WHERE m > 2",
        "SELECT x AS m, count(*) FROM (VALUES 1, 1) t(x) GROUP BY m",
        "SELECT zip, sum(acres) AS m FROM parks GROUP BY zip HAVING m > 1",
        "SELECT acres + 1 AS m, m * 2 FROM parks",
        "WITH t AS (SELECT * FROM parks) SELECT acres AS m FROM t WHERE m > 1",
        "SELECT 1 FROM parks WHERE zip IN (SELECT zip AS m FROM parks WHERE m = 'x')",
    ],
)
def test_alias_outside_order_by_cannot_be_resolved(sql: str) -> None:
    with pytest.raises(QueryFailedError, match=r"COLUMN_NOT_FOUND: line 1:\d+: Column 'm' cannot be resolved"):
        check(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT acres AS m FROM parks ORDER BY m",
        "SELECT upper(zip) AS zip FROM parks WHERE zip = 'x' GROUP BY zip",
        "SELECT m FROM (SELECT acres AS m FROM parks) WHERE m > 1",
        "SELECT 1 AS acres FROM (VALUES 1) t(n) WHERE EXISTS (SELECT 1 FROM parks WHERE acres > n)",
        "SELECT zip AS m FROM parks CROSS JOIN UNNEST(ARRAY[1]) AS u(m) WHERE m > 0",
        "SELECT filter(ARRAY[1], m -> m > 0) AS m FROM parks",
        "SELECT p.acres AS m FROM parks p WHERE p.acres > 1",
        "SELECT acres AS m FROM elsewhere WHERE m > 1",
    ],
)
def test_name_that_is_a_column_or_may_be_one_is_left_alone(sql: str) -> None:
    check(sql)
