"""DuckDB views over the files of catalog tables, with Hive's reading of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from local_aws.services.athena.errors import QueryFailedError
from local_aws.services.athena.worker.table_source import Column, DataFile, Partition, TableSource
from local_aws.services.athena.worker.text_fields import fields_expression, literal, typed_field

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


@dataclass(frozen=True)
class _Scan:
    """Files that are read together, an expression per partition column, and whether DuckDB finds these in the paths."""

    files: tuple[DataFile, ...]
    partition_values: tuple[str, ...] = ()
    partitioning: str = "hive_partitioning=false"


def create_view(connection: Any, table: TableSource) -> None:
    """Create the view ``"database"."table"`` with the catalog's columns, partition columns last.

    Raise `QueryFailedError` if a file's column has another type than the catalog says.
    """
    expressions = _parquet if table.format == "parquet" else _text
    branches = []
    for scan in _scans(table):
        values = _listed([*expressions(connection, table, scan), *scan.partition_values])
        branches.append(f"SELECT {values} FROM {_rows(table, scan)}")  # noqa: S608 (all parts are quoted)
    if not branches:
        columns = (*table.columns, *table.partition_columns)
        nulls = _listed(f"NULL::{column.duckdb} AS {quoted(column.name)}" for column in columns)
        branches = [f"SELECT {nulls} WHERE false"]
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.database)}")
    connection.execute(f"CREATE VIEW {quoted(table.database)}.{quoted(table.name)} AS " + " UNION ALL ".join(branches))


def quoted(name: str) -> str:
    """Return an identifier in quotes."""
    return '"' + name.replace('"', '""') + '"'


def _listed(expressions: Iterable[str]) -> str:
    return ", ".join(expressions)


def _scans(table: TableSource) -> list[_Scan]:
    """Return a scan per partition, or one of all when DuckDB finds the catalog's values in the paths."""
    filled = [partition for partition in table.partitions if partition.files]
    if len(filled) > 1 and all(_in_paths(table, partition) for partition in filled):
        types = _listed(f"{quoted(column.name)}: {column.duckdb}" for column in table.partition_columns)
        return [
            _Scan(
                tuple(file for partition in filled for file in partition.files),
                tuple(quoted(column.name) for column in table.partition_columns),
                f"hive_partitioning=true, hive_types={{{types}}}",
            )
        ]
    return [
        _Scan(
            partition.files,
            tuple(
                f"CAST({literal(value)} AS {column.duckdb}) AS {quoted(column.name)}"
                for column, value in zip(table.partition_columns, partition.values, strict=True)
            ),
        )
        for partition in filled
    ]


def _in_paths(table: TableSource, partition: Partition) -> bool:
    """Return whether every file's path has the catalog's ``key=value`` folders, and no others."""
    expected = [
        f"{column.name}={value}" for column, value in zip(table.partition_columns, partition.values, strict=True)
    ]
    return None not in partition.values and all(
        [part for part in file.path.split("/")[:-1] if "=" in part] == expected for file in partition.files
    )


def _rows(table: TableSource, scan: _Scan) -> str:
    """Return the FROM item of a scan."""
    files = f"[{_listed(literal(file.path) for file in scan.files)}]"
    if table.format == "parquet":
        return f"read_parquet({files}, union_by_name=true, {scan.partitioning})"
    # Hive splits lines before it looks for fields or quotes, so a line is one column here.
    lines = (
        f"read_csv({files}, auto_detect=false, header=false, columns={{'line': 'VARCHAR'}}, quote='', escape='', "
        f"delim={literal(_NOT_A_DELIMITER)}, skip={table.layout.header_lines}, max_line_size={_LINE_LIMIT}, "
        f"{scan.partitioning})"
    )
    return f"(SELECT *, {fields_expression(table.layout, 'line')} AS fields FROM {lines})"  # noqa: S608 (quoted paths)


def _text(_connection: Any, table: TableSource, _scan: _Scan) -> list[str]:
    return [f"{typed_field(table, index)} AS {quoted(column.name)}" for index, column in enumerate(table.columns)]


def _parquet(connection: Any, table: TableSource, scan: _Scan) -> list[str]:
    stored = _stored_types(connection, table, scan)
    expressions = []
    for column in table.columns:
        stored_type = stored.get(column.name)
        value = f"NULL::{column.duckdb}" if stored_type is None else _converted(column, stored_type)
        if value is None:
            raise _incompatible(connection, table, scan, column)
        expressions.append(f"{value} AS {quoted(column.name)}")
    return expressions


def _stored_types(connection: Any, table: TableSource, scan: _Scan) -> dict[str, str]:
    described = connection.execute(f"DESCRIBE SELECT * FROM {_rows(table, scan)}").fetchall()  # noqa: S608 (quoted paths)
    return {row[0].lower(): row[1] for row in described}


def _converted(column: Column, stored: str) -> str | None:
    """Return the expression that reads a stored type as the declared one; None if Athena would refuse that."""
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


def _incompatible(connection: Any, table: TableSource, scan: _Scan, column: Column) -> QueryFailedError:
    """Return the failure that names the file at fault, as Athena does."""
    for file in scan.files:
        stored = _stored_types(connection, table, _Scan((file,))).get(column.name)
        if stored is not None and _converted(column, stored) is None:
            return QueryFailedError(
                "HIVE_BAD_DATA",
                f"Field {column.name}'s type {_PARQUET_NAMES.get(stored, stored)} in parquet file {file.uri} is "
                f"incompatible with type {column.athena} defined in table schema",
                "data",
            )
    name = f"{table.database}.{table.name}"
    return QueryFailedError("HIVE_BAD_DATA", f"Field {column.name} has different types in the files of {name}", "data")
