"""Result columns have Athena's types."""

from __future__ import annotations

import pytest

from local_aws.services.athena.result_columns import column_info


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
def test_result_column_has_athenas_type(duckdb: str, athena: str, precision: int, scale: int) -> None:
    info = column_info("x", duckdb)

    assert (info["Type"], info["Precision"], info["Scale"]) == (athena, precision, scale)
    assert info["CaseSensitive"] is (athena == "varchar")
