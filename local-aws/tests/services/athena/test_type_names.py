"""Type names of the catalog, of DuckDB and of Athena."""

from __future__ import annotations

import pytest

from local_aws.services.athena.result_columns import column_info
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
def test_types_of_the_catalog(text: str, duckdb: str, trino: str) -> None:
    found = catalog_type(text)
    assert (found.duckdb(), found.trino()) == (duckdb, trino)


@pytest.mark.parametrize(
    "text",
    ["", "text", "array", "array<int", "array<int,int>", "map<int>", "struct<int>", "int(3)", "decimal(a)", "int; int"],
)
def test_what_is_no_type(text: str) -> None:
    with pytest.raises(UnknownTypeError):
        catalog_type(text)


@pytest.mark.parametrize(
    ("duckdb", "athena", "precision", "scale"),
    [
        ("VARCHAR", "varchar", 2147483647, 0),
        ("DOUBLE", "double", 17, 0),
        ("FLOAT", "float", 17, 0),
        ("HUGEINT", "bigint", 19, 0),
        ("INTEGER", "integer", 10, 0),
        ("BOOLEAN", "boolean", 0, 0),
        ("DATE", "date", 0, 0),
        ("TIMESTAMP", "timestamp", 3, 0),
        ("TIMESTAMP WITH TIME ZONE", "timestamp with time zone", 3, 0),
        ("DECIMAL(12,3)", "decimal", 12, 3),
        ("INTEGER[]", "array", 0, 0),
        ("STRUCT(a INTEGER[], b VARCHAR)", "row", 0, 0),
        ("MAP(VARCHAR, INTEGER)", "map", 0, 0),
        ("BLOB", "varbinary", 1073741824, 0),
    ],
)
def test_types_of_a_result(duckdb: str, athena: str, precision: int, scale: int) -> None:
    info = column_info("x", duckdb)

    assert (info["Type"], info["Precision"], info["Scale"]) == (athena, precision, scale)
    assert info["CaseSensitive"] is (athena == "varchar")
