"""The columns of a result, as GetQueryResults describes them."""

from __future__ import annotations

import re
from typing import Any, Final

# DuckDB type -> (Athena type, precision, scale), as GetQueryResults reports them.
_API_TYPES: Final = {
    "VARCHAR": ("varchar", 2147483647, 0),
    "JSON": ("json", 2147483647, 0),
    "UUID": ("varchar", 2147483647, 0),
    "DOUBLE": ("double", 17, 0),
    "FLOAT": ("float", 17, 0),
    "BIGINT": ("bigint", 19, 0),
    "HUGEINT": ("bigint", 19, 0),
    "UINTEGER": ("bigint", 19, 0),
    "UBIGINT": ("bigint", 19, 0),
    "UHUGEINT": ("bigint", 19, 0),
    "INTEGER": ("integer", 10, 0),
    "USMALLINT": ("integer", 10, 0),
    "SMALLINT": ("smallint", 5, 0),
    "UTINYINT": ("smallint", 5, 0),
    "TINYINT": ("tinyint", 3, 0),
    "BOOLEAN": ("boolean", 0, 0),
    "DATE": ("date", 0, 0),
    "TIME": ("time", 3, 0),
    "TIMESTAMP": ("timestamp", 3, 0),
    "TIMESTAMP_S": ("timestamp", 3, 0),
    "TIMESTAMP_MS": ("timestamp", 3, 0),
    "TIMESTAMP_NS": ("timestamp", 3, 0),
    "TIMESTAMP WITH TIME ZONE": ("timestamp with time zone", 3, 0),
    "TIMESTAMPTZ_NS": ("timestamp with time zone", 3, 0),
    "BLOB": ("varbinary", 1073741824, 0),
    "INTERVAL": ("interval day to second", 0, 0),
    '"NULL"': ("unknown", 0, 0),
}


def column_info(name: str, duckdb_type: str) -> dict[str, Any]:
    """Return the ``ColumnInfo`` of a column of a query."""
    return _column_info(name, *_api_type(duckdb_type))


def hive_column_info(name: str) -> dict[str, Any]:
    """Return the ``ColumnInfo`` of a column of a catalog statement; all are of Hive's type string."""
    return _column_info(name, "string", 0, 0)


def _column_info(name: str, athena_type: str, precision: int, scale: int) -> dict[str, Any]:
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": athena_type,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": athena_type == "varchar",
    }


def _api_type(duckdb_type: str) -> tuple[str, int, int]:
    decimal = re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", duckdb_type)
    if decimal:
        return "decimal", int(decimal.group(1)), int(decimal.group(2))
    if duckdb_type.endswith("]"):
        return "array", 0, 0
    head = duckdb_type.partition("(")[0]
    if head in ("MAP", "STRUCT"):
        return ("map" if head == "MAP" else "row"), 0, 0
    if head == "ENUM":
        return _API_TYPES["VARCHAR"]
    return _API_TYPES.get(duckdb_type, (duckdb_type.lower(), 0, 0))
