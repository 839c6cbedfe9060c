"""Tables of the Glue catalog as sources of a query: their columns, format, partitions and files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from local_aws.kernel.context import Answer, Context
from local_aws.kernel.errors import AwsError
from local_aws.services.athena.failures import QueryFailedError, not_supported
from local_aws.services.athena.table_source import (
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
from local_aws.services.athena.type_names import UnknownTypeError, catalog_type
from local_aws.services.s3.objects import ObjectInfo, split_uri

NULL_PARTITION: Final = "__HIVE_DEFAULT_PARTITION__"

_FORMATS: Final[dict[str, TableFormat]] = {
    PARQUET_SERDE: "parquet",
    DELIMITED_SERDE: "delimited",
    QUOTED_SERDE: "quoted",
}
_MISSING: Final = frozenset({"EntityNotFoundException"})


def find_table(context: Context, database: str, name: str, place: str) -> Answer:
    """Look a table up in the catalog.

    Parameters
    ----------
    context
        The server's parts.
    database, name
        Lower case.
    place
        Where the query names it, e.g. ``"line 1:15"``.

    Returns
    -------
    dict
        Glue's ``Table``.

    Raises
    ------
    QueryFailedError
        If database or table does not exist, in Athena's words.
    """
    if not has_database(context, database):
        raise QueryFailedError("SCHEMA_NOT_FOUND", f"{place}: Schema '{database}' does not exist")
    table = get_table(context, database, name)
    if table is None:
        raise QueryFailedError("TABLE_NOT_FOUND", f"{place}: Table 'awsdatacatalog.{database}.{name}' does not exist")
    return table


def has_database(context: Context, name: str) -> bool:
    """Tell whether the catalog has a database."""
    return _found(context, "GetDatabase", {"Name": name}) is not None


def get_table(context: Context, database: str, name: str) -> Answer | None:
    """Give Glue's ``Table``, or None."""
    answer = _found(context, "GetTable", {"DatabaseName": database, "Name": name})
    return None if answer is None else answer["Table"]


def require_database(context: Context, name: str) -> None:
    """Raise `QueryFailedError` in Hive's words when the catalog does not have a database."""
    if not has_database(context, name):
        raise QueryFailedError("FAILED", f"SemanticException [Error 10072]: Database does not exist: {name}", "ddl")


def require_table(context: Context, database: str, name: str) -> Answer:
    """Give Glue's ``Table``, or raise `QueryFailedError` in Hive's words."""
    table = get_table(context, database, name)
    if table is None:
        raise QueryFailedError("FAILED", f"SemanticException [Error 10001]: Table not found {database}.{name}", "ddl")
    return table


def listing(context: Context, operation: str, member: str, **request: Any) -> Iterator[Answer]:
    """Give all items of a paged listing of the catalog, e.g. of ``GetPartitions``."""
    token: dict[str, str] = {}
    while True:
        answer = context.call("glue", operation, {**request, **token})
        yield from answer[member]
        if not answer.get("NextToken"):
            return
        token = {"NextToken": answer["NextToken"]}


def table_source(context: Context, table: Answer) -> TableSource:
    """Collect what reading a table takes.

    Parameters
    ----------
    context
        The server's parts.
    table
        Glue's ``Table``.

    Returns
    -------
    TableSource
        Partitions that the catalog does not have are not read, as on Athena.

    Raises
    ------
    QueryFailedError
        If it is of a kind that is not read here, or its catalog entry is wrong.
    """
    label = f"{table['DatabaseName']}.{table['Name']}"
    parameters = table.get("Parameters", {})
    storage = table.get("StorageDescriptor", {})
    if table.get("TableType") == "VIRTUAL_VIEW":
        raise not_supported(f"views ({label})")
    if parameters.get("projection.enabled", "false").lower() == "true":
        raise not_supported(f"partition projection (table {label}); add the partitions to the catalog")
    keys = table.get("PartitionKeys", [])
    format_ = table_format(storage, label)
    return TableSource(
        database=table["DatabaseName"].lower(),
        name=table["Name"].lower(),
        format=format_,
        columns=_columns(storage.get("Columns", []), label),
        partition_columns=_columns(keys, label),
        partitions=tuple(_partitions(context, table, label)),
        text=None if format_ == "parquet" else _text_layout(format_, storage, parameters),
    )


def table_format(storage: Answer, label: str) -> TableFormat:
    """Give the format that a storage descriptor names.

    Raises
    ------
    QueryFailedError
        If it is none that is read here.
    """
    serde = storage.get("SerdeInfo", {}).get("SerializationLibrary", "")
    found = _FORMATS.get(serde)
    if found is None:
        raise not_supported(f"tables with the SerDe {serde or '(none)'} (table {label}); Parquet and CSV are read")
    return found


def _found(context: Context, operation: str, request: Answer) -> Answer | None:
    try:
        return context.call("glue", operation, request)
    except AwsError as error:
        if error.code in _MISSING:
            return None
        raise


def _columns(declared: list[Answer], label: str) -> tuple[Column, ...]:
    columns = []
    for column in declared:
        try:
            found = catalog_type(column.get("Type", "string"))
        except UnknownTypeError as error:
            raise QueryFailedError(
                "HIVE_INVALID_METADATA", f"column {column['Name']} of table {label}: {error}", "data"
            ) from error
        columns.append(Column(column["Name"].lower(), found.duckdb(), found.trino()))
    return tuple(columns)


def _partitions(context: Context, table: Answer, label: str) -> Iterator[Partition]:
    if not table.get("PartitionKeys"):
        yield Partition((), _files(context, table["StorageDescriptor"].get("Location", ""), label))
        return
    request = {"DatabaseName": table["DatabaseName"], "TableName": table["Name"]}
    for partition in listing(context, "GetPartitions", "Partitions", **request):
        values = tuple(None if value == NULL_PARTITION else value for value in partition["Values"])
        yield Partition(values, _files(context, partition["StorageDescriptor"]["Location"], label))


def _files(context: Context, location: str, label: str) -> tuple[DataFile, ...]:
    """Give the objects below a location but hidden ones, whose name or folder starts with ``_`` or ``.``."""
    try:
        bucket, prefix = split_uri(location)
        prefix = prefix.rstrip("/") + "/" if prefix else ""
        found = [each for each in context.objects.list(bucket, prefix) if each.size and not _hidden(each, prefix)]
        return tuple(
            DataFile(f"s3://{bucket}/{each.key}", str(context.objects.get(bucket, each.key).path)) for each in found
        )
    except AwsError as error:
        raise QueryFailedError(
            "HIVE_INVALID_METADATA", f"location {location!r} of table {label}: {error.message}", "data"
        ) from error


def _hidden(found: ObjectInfo, prefix: str) -> bool:
    return any(part.startswith(("_", ".")) for part in found.key[len(prefix) :].split("/"))


def _text_layout(format_: TableFormat, storage: Answer, parameters: dict[str, str]) -> TextLayout:
    serde = storage.get("SerdeInfo", {}).get("Parameters", {})
    header = int(serde.get("skip.header.line.count") or parameters.get("skip.header.line.count") or 0)
    if format_ == "quoted":
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
    """Give a delimiter as LazySimpleSerDe reads it: a number is a character code, of other text the first counts."""
    return chr(int(text)) if text.isdecimal() else text[:1]
