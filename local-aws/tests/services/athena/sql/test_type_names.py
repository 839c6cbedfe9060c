"""Type names of the catalog, and their names in DuckDB and Trino."""

from __future__ import annotations

import pytest

from local_aws.services.athena.sql.type_names import UnknownTypeError, catalog_type


@pytest.mark.parametrize(
    ("text", "duckdb", "trino"),
    [
        ("string", "VARCHAR", "varchar"),
        ("VARCHAR(10)", "VARCHAR", "varchar(10)"),
        ("int", "INTEGER", "integer"),
        ("float", "FLOAT", "real"),
        ("binary", "BLOB", "varbinary"),
        ("decimal", "DECIMAL(10,0)", "decimal(10,0)"),
        ("decimal(12)", "DECIMAL(12,0)", "decimal(12,0)"),
        ("decimal( 10 , 2 )", "DECIMAL(10,2)", "decimal(10,2)"),
        ("array<bigint>", "BIGINT[]", "array(bigint)"),
        ("map<string,array<double>>", "MAP(VARCHAR, DOUBLE[])", "map(varchar, array(double))"),
        (
            "struct<a:int,b:struct<c:date>>",
            'STRUCT("a" INTEGER, "b" STRUCT("c" DATE))',
            "row(a integer, b row(c date))",
        ),
    ],
)
def test_catalog_type_has_duckdbs_and_trinos_names(text: str, duckdb: str, trino: str) -> None:
    parsed = catalog_type(text)
    assert (parsed.duckdb(), parsed.trino()) == (duckdb, trino)


@pytest.mark.parametrize(
    "text",
    ["", "text", "array", "array<int", "array<int,int>", "map<int>", "struct<int>", "int(3)", "decimal(a)", "int; int"],
)
def test_malformed_type_is_refused(text: str) -> None:
    with pytest.raises(UnknownTypeError):
        catalog_type(text)
