"""DuckDB views over the files of catalog tables, with Hive's reading of them.

Part of the query worker.
"""

from __future__ import annotations

from typing import Any, Final

from local_aws.athena.failures import QueryFailedError
from local_aws.athena.table_source import Column, DataFile, Partition, TableSource
from local_aws.athena.text_fields import fields_expression, typed_field

_WIDTHS: Final = {
    "TINYINT": 8,
    "UTINYINT": 9,
    "SMALLINT": 16,
    "USMALLINT": 17,
    "INTEGER": 32,
    "UINTEGER": 33,
    "BIGINT": 64,
    "UBIGINT": 65,
}
_TIMESTAMPS: Final = frozenset({"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"})
_PARQUET_NAMES: Final = {
    "BIGINT": "INT64",
    "UBIGINT": "INT64",
    "INTEGER": "INT32",
    "SMALLINT": "INT32",
    "TINYINT": "INT32",
    "FLOAT": "FLOAT",
    "VARCHAR": "BINARY",
    "BLOB": "BINARY",
}
_LINE_LIMIT: Final = 16 * 1024 * 1024
_NOT_A_DELIMITER: Final = "\x1f"


def create_view(connection: Any, table: TableSource) -> None:
    """Make ``"database"."table"`` a view with the catalog's columns, partition columns last.

    Parameters
    ----------
    connection
        A DuckDB connection that may read the files.
    table
        The table.

    Raises
    ------
    QueryFailedError
        If a file's column has another type than the catalog says.
    duckdb.Error
        If a file cannot be read.
    """
    read = _parquet if table.format == "parquet" else _text
    branches = []
    for partition in table.partitions:
        if partition.files:
            columns = _listed([*read(connection, table, partition), *_values(table, partition)])
            branches.append(f"SELECT {columns} FROM {_rows(table, partition)}")  # noqa: S608 (all parts are quoted)
    if not branches:
        nulls = (f"NULL::{each.duckdb} AS {quoted(each.name)}" for each in (*table.columns, *table.partition_columns))
        branches = [f"SELECT {_listed(nulls)} WHERE false"]
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.database)}")
    connection.execute(f"CREATE VIEW {quoted(table.database)}.{quoted(table.name)} AS " + " UNION ALL ".join(branches))


def quoted(name: str) -> str:
    """Give an identifier in quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | None) -> str:
    """Give a string literal, or NULL."""
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


def _listed(expressions: Any) -> str:
    return ", ".join(expressions)


def _values(table: TableSource, partition: Partition) -> list[str]:
    return [
        f"CAST({literal(value)} AS {column.duckdb}) AS {quoted(column.name)}"
        for column, value in zip(table.partition_columns, partition.values, strict=True)
    ]


def _rows(table: TableSource, partition: Partition) -> str:
    """Give the FROM item of one partition."""
    files = "[" + ", ".join(literal(file.path) for file in partition.files) + "]"
    if table.format == "parquet":
        return f"read_parquet({files}, union_by_name=true, hive_partitioning=false)"
    # Hive splits lines before it looks for fields or quotes, so a line is one column here.
    lines = (
        f"read_csv({files}, auto_detect=false, header=false, columns={{'line': 'VARCHAR'}}, quote='', escape='', "
        f"delim={literal(_NOT_A_DELIMITER)}, skip={table.layout.header_lines}, max_line_size={_LINE_LIMIT})"
    )
    return f"(SELECT {fields_expression(table.layout, 'line')} AS fields FROM {lines})"  # noqa: S608 (paths are quoted)


def _text(_connection: Any, table: TableSource, _partition: Partition) -> list[str]:
    return [f"{typed_field(table, index)} AS {quoted(column.name)}" for index, column in enumerate(table.columns)]


def _parquet(connection: Any, table: TableSource, partition: Partition) -> list[str]:
    stored = _stored_types(connection, table, partition)
    expressions = []
    for column in table.columns:
        found = stored.get(column.name)
        if found is None:
            value = f"NULL::{column.duckdb}"
        else:
            converted = _converted(column, found)
            if converted is None:
                raise _incompatible(connection, table, partition, column, found)
            value = converted
        expressions.append(f"{value} AS {quoted(column.name)}")
    return expressions


def _stored_types(connection: Any, table: TableSource, partition: Partition) -> dict[str, str]:
    described = connection.execute(f"DESCRIBE SELECT * FROM {_rows(table, partition)}").fetchall()  # noqa: S608 (paths are quoted)
    return {row[0].lower(): row[1] for row in described}


def _converted(column: Column, stored: str) -> str | None:
    """Give the expression that reads a stored type as the declared one; None when Athena would refuse."""
    name, declared = quoted(column.name), column.duckdb
    if stored == declared:
        return name
    if stored in _WIDTHS and declared in _WIDTHS:
        return f"CAST({name} AS {declared})" if _WIDTHS[stored] <= _WIDTHS[declared] else None
    if declared == "VARCHAR" and stored == "BLOB":
        return f"decode({name})"
    if declared == "BLOB" and stored == "VARCHAR":
        return f"encode({name})"
    if declared == "TIMESTAMP" and stored == "TIMESTAMP WITH TIME ZONE":
        return f"{name} AT TIME ZONE 'UTC'"
    allowed = (
        (declared == "TIMESTAMP" and stored in _TIMESTAMPS)
        or (declared == "DOUBLE" and stored == "FLOAT")
        or (declared == "VARCHAR" and stored.startswith("ENUM"))
        or (_head(declared) == _head(stored) and _head(declared) in ("DECIMAL", "STRUCT", "MAP", "[]"))
    )
    return f"CAST({name} AS {declared})" if allowed else None


def _head(type_name: str) -> str:
    return "[]" if type_name.endswith("[]") else type_name.partition("(")[0]


def _incompatible(
    connection: Any, table: TableSource, partition: Partition, column: Column, stored: str
) -> QueryFailedError:
    """Name the file at fault, as Athena does."""
    guilty: DataFile = partition.files[0]
    for file in partition.files:
        found = _stored_types(connection, table, Partition(partition.values, (file,))).get(column.name)
        if found is not None and _converted(column, found) is None:
            guilty, stored = file, found
            break
    return QueryFailedError(
        "HIVE_BAD_DATA",
        f"Field {column.name}'s type {_PARQUET_NAMES.get(stored, stored)} in parquet file {guilty.uri} is "
        f"incompatible with type {column.athena} defined in table schema",
        "data",
    )
