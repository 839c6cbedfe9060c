"""Tables of the Glue catalog as sources of a query: their columns, format, partitions and files."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from local_aws.kernel.context import Answer
from local_aws.kernel.errors import AwsError
from local_aws.kernel.processes.child import Child
from local_aws.services.athena.catalog.glue import GlueCatalog, folder_prefix, repeated_name
from local_aws.services.athena.errors import QueryFailedError, not_supported
from local_aws.services.athena.sql.type_names import UnknownTypeError, catalog_type
from local_aws.services.athena.worker.contract import REFERENCES, TABLES, NamedTable, write_document
from local_aws.services.athena.worker.table_source import (
    DELIMITED_SERDE,
    PARQUET_SERDE,
    QUOTED_SERDE,
    Column,
    DataFile,
    Partition,
    TableFormat,
    TableSource,
    TextLayout,
)

_POLL_SECONDS: Final = 0.02
_NULL_PARTITION: Final = "__HIVE_DEFAULT_PARTITION__"
_FORMATS: Final[dict[str, TableFormat]] = {
    PARQUET_SERDE: "parquet",
    DELIMITED_SERDE: "delimited",
    QUOTED_SERDE: "quoted",
}


def supply_tables(catalog: GlueCatalog, folder: Path, worker: Child) -> None:
    """Wait until a worker has named the tables that its query reads, and write them into its job folder.

    The server has the catalog, the worker the query. Return when the worker has ended or its time is over.
    """
    references = folder / REFERENCES
    while not references.exists():
        if not worker.running or worker.seconds_left == 0:
            return
        time.sleep(_POLL_SECONDS)
    names = [NamedTable(**name) for name in json.loads(references.read_text(encoding="utf-8"))]
    answer: dict[str, Any]
    try:
        answer = {"tables": [dataclasses.asdict(_table_source(catalog, _find_table(catalog, name))) for name in names]}
    except QueryFailedError as error:
        answer = {"failure": error.document}
    write_document(folder / TABLES, answer)


def _find_table(catalog: GlueCatalog, named: NamedTable) -> Answer:
    if not catalog.has_database(named.database):
        raise QueryFailedError("SCHEMA_NOT_FOUND", f"{named.place}: Schema '{named.database}' does not exist")
    table = catalog.find_table(named.database, named.name)
    if table is None:
        name = f"awsdatacatalog.{named.database}.{named.name}"
        raise QueryFailedError("TABLE_NOT_FOUND", f"{named.place}: Table '{name}' does not exist")
    return table


def _table_source(catalog: GlueCatalog, table: Answer) -> TableSource:
    """Return what reading a table takes; as on Athena, partitions that the catalog does not have are not read."""
    label = f"{table['DatabaseName']}.{table['Name']}"
    parameters = table.get("Parameters", {})
    storage = table.get("StorageDescriptor", {})
    if table.get("TableType") == "VIRTUAL_VIEW":
        raise not_supported(f"views ({label})")
    if parameters.get("projection.enabled", "false").lower() == "true":
        raise not_supported(f"partition projection (table {label}); add the partitions to the catalog")
    serde = storage.get("SerdeInfo", {}).get("SerializationLibrary", "")
    table_format = _FORMATS.get(serde)
    if table_format is None:
        raise not_supported(f"tables with the SerDe {serde or '(none)'} (table {label}), only Parquet and CSV")
    columns = _columns(storage.get("Columns", []), label)
    partition_columns = _columns(table.get("PartitionKeys", []), label)
    repeated = repeated_name([column.name for column in (*columns, *partition_columns)])
    if repeated is not None:
        raise QueryFailedError(
            "HIVE_INVALID_METADATA", f"table {label} has the column {repeated} more than once", "data"
        )
    return TableSource(
        database=table["DatabaseName"].lower(),
        name=table["Name"].lower(),
        format=table_format,
        columns=columns,
        partition_columns=partition_columns,
        partitions=tuple(_partitions(catalog, table, label)),
        layout=_text_layout(table_format, storage, parameters),
    )


def _columns(declared: list[Answer], label: str) -> tuple[Column, ...]:
    columns = []
    for column in declared:
        try:
            column_type = catalog_type(column.get("Type", "string"))
        except UnknownTypeError as error:
            raise QueryFailedError(
                "HIVE_INVALID_METADATA", f"column {column['Name']} of table {label}: {error}", "data"
            ) from error
        columns.append(Column(column["Name"].lower(), column_type.duckdb(), column_type.trino()))
    return tuple(columns)


def _partitions(catalog: GlueCatalog, table: Answer, label: str) -> Iterator[Partition]:
    if not table.get("PartitionKeys"):
        yield Partition((), _files(catalog, table["StorageDescriptor"].get("Location", ""), label))
        return
    for partition in catalog.partitions(table):
        values = tuple(None if value == _NULL_PARTITION else value for value in partition["Values"])
        yield Partition(values, _files(catalog, partition["StorageDescriptor"]["Location"], label))


def _files(catalog: GlueCatalog, location: str, label: str) -> tuple[DataFile, ...]:
    """Return the objects below a location except hidden ones, whose name or folder starts with ``_`` or ``.``."""
    try:
        bucket, prefix = folder_prefix(location)
        return tuple(
            DataFile(f"s3://{bucket}/{item.key}", str(catalog.objects.get(bucket, item.key).path))
            for item in catalog.objects.list(bucket, prefix)
            if item.size and not any(part.startswith(("_", ".")) for part in item.key[len(prefix) :].split("/"))
        )
    except AwsError as error:
        raise QueryFailedError(
            "HIVE_INVALID_METADATA", f"location {location!r} of table {label}: {error.message}", "data"
        ) from error


def _text_layout(table_format: TableFormat, storage: Answer, parameters: dict[str, str]) -> TextLayout:
    if table_format == "parquet":
        return TextLayout()
    serde = storage.get("SerdeInfo", {}).get("Parameters", {})
    header = int(serde.get("skip.header.line.count") or parameters.get("skip.header.line.count") or 0)
    if table_format == "quoted":
        return TextLayout(
            separator=serde.get("separatorChar", ","),
            quote=serde.get("quoteChar", '"'),
            escape=serde.get("escapeChar", "\\"),
            header_lines=header,
        )
    return TextLayout(
        separator=_hive_character(serde.get("field.delim") or serde.get("serialization.format") or "\x01"),
        escape=_hive_character(serde.get("escape.delim", "")),
        null=serde.get("serialization.null.format", "\\N"),
        header_lines=header,
    )


def _hive_character(text: str) -> str:
    """Return a delimiter as LazySimpleSerDe reads it: a number is a character code, of other text the first counts."""
    return chr(int(text)) if text.isdecimal() else text[:1]
