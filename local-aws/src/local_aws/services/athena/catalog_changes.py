"""Catalog statements that change the Glue catalog."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote, unquote

from local_aws.kernel.context import Answer, Context
from local_aws.kernel.errors import AwsError
from local_aws.services.athena.catalog_statements import (
    AddPartitions,
    CreateDatabase,
    CreateTable,
    DeclaredColumn,
    DropDatabase,
    DropPartitions,
    DropTable,
    RepairTable,
)
from local_aws.services.athena.failures import QueryFailedError
from local_aws.services.athena.glue_tables import get_table, has_database, listing, require_database, require_table
from local_aws.services.s3.objects import split_uri

_BATCH: Final = 100
"""BatchCreatePartition takes as many."""


def create_table(context: Context, statement: CreateTable, database: str) -> list[str]:
    """Run CREATE EXTERNAL TABLE.

    Parameters
    ----------
    context
        The server's parts.
    statement
        The statement.
    database
        The database of a name without one.

    Returns
    -------
    list of str
        The lines of its result: none.

    Raises
    ------
    QueryFailedError
        If the database is missing or the table exists already.
    """
    database = statement.name.database or database
    require_database(context, database)
    if get_table(context, database, statement.name.table) is not None:
        if statement.if_not_exists:
            return []
        raise _ddl_failure(f"AlreadyExistsException(message:Table {statement.name.table} already exists)")
    table: dict[str, Any] = {
        "Name": statement.name.table,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {
            "EXTERNAL": "TRUE",
            "transient_lastDdlTime": str(int(time.time())),
            **statement.properties,
        },
        "PartitionKeys": [_column(column) for column in statement.partition_keys],
        "StorageDescriptor": {
            "Columns": [_column(column) for column in statement.columns],
            "Location": _checked_location(statement.location),
            "InputFormat": statement.storage.input_format,
            "OutputFormat": statement.storage.output_format,
            "SerdeInfo": {
                "SerializationLibrary": statement.storage.serde,
                "Parameters": statement.storage.serde_parameters,
            },
        },
    }
    if statement.comment is not None:
        table["Description"] = statement.comment
    _glue(context, "CreateTable", {"DatabaseName": database, "TableInput": table})
    return []


def drop_table(context: Context, statement: DropTable, database: str) -> list[str]:
    """Run DROP TABLE: the catalog's entry goes, the files stay."""
    database = statement.name.database or database
    if statement.if_exists and get_table(context, database, statement.name.table) is None:
        return []
    require_table(context, database, statement.name.table)
    _glue(context, "DeleteTable", {"DatabaseName": database, "Name": statement.name.table})
    return []


def create_database(context: Context, statement: CreateDatabase, _database: str) -> list[str]:
    """Run CREATE DATABASE."""
    if has_database(context, statement.name):
        if statement.if_not_exists:
            return []
        raise _ddl_failure(f"AlreadyExistsException(message:Database {statement.name} already exists)")
    entry: dict[str, Any] = {"Name": statement.name, "Parameters": statement.properties}
    if statement.comment is not None:
        entry["Description"] = statement.comment
    if statement.location is not None:
        entry["LocationUri"] = _checked_location(statement.location)
    _glue(context, "CreateDatabase", {"DatabaseInput": entry})
    return []


def drop_database(context: Context, statement: DropDatabase, _database: str) -> list[str]:
    """Run DROP DATABASE; one with tables needs CASCADE."""
    if statement.if_exists and not has_database(context, statement.name):
        return []
    require_database(context, statement.name)
    tables = [table["Name"] for table in listing(context, "GetTables", "TableList", DatabaseName=statement.name)]
    if tables and not statement.cascade:
        raise _ddl_failure(
            f"InvalidOperationException(message:Database {statement.name} is not empty. One or more tables exist.)"
        )
    for table in tables:
        _glue(context, "DeleteTable", {"DatabaseName": statement.name, "Name": table})
    _glue(context, "DeleteDatabase", {"Name": statement.name})
    return []


def add_partitions(context: Context, statement: AddPartitions, database: str) -> list[str]:
    """Run ALTER TABLE ADD PARTITION; a partition without a location lies at ``key=value/`` of the table's."""
    table = require_table(context, statement.name.database or database, statement.name.table)
    present = _present(context, table)
    new = []
    for partition in statement.partitions:
        values = _ordered(table, partition.values)
        if tuple(values) in present:
            if statement.if_not_exists:
                continue
            raise _ddl_failure(f"AlreadyExistsException(message:Partition already exists: {values})")
        base = table["StorageDescriptor"]["Location"].rstrip("/")
        place = partition.location or f"{base}/{_hive_path(table, values)}"
        new.append((values, _checked_location(place)))
    _create_partitions(context, table, new)
    return []


def drop_partitions(context: Context, statement: DropPartitions, database: str) -> list[str]:
    """Run ALTER TABLE DROP PARTITION: the catalog's entries go, the files stay."""
    table = require_table(context, statement.name.database or database, statement.name.table)
    present = _present(context, table)
    chosen = [_ordered(table, partition.values) for partition in statement.partitions]
    missing = [values for values in chosen if tuple(values) not in present]
    if missing and not statement.if_exists:
        raise QueryFailedError("FAILED", f"SemanticException [Error 10006]: Partition not found {missing[0]}", "ddl")
    for values in chosen:
        if tuple(values) in present:
            _glue(context, "DeletePartition", {**_address(table), "PartitionValues": values})
    return []


def repair_table(context: Context, statement: RepairTable, database: str) -> list[str]:
    """Run MSCK REPAIR TABLE: add the ``key=value/`` folders below the location that the catalog lacks."""
    table = require_table(context, statement.name.database or database, statement.name.table)
    present = _present(context, table)
    new = [found for found in _hive_folders(context, table) if tuple(found[0]) not in present]
    _create_partitions(context, table, new)
    paths = [_hive_path(table, values) for values, _ in new]
    missing = "\t".join(f"{table['Name']}:{path}" for path in paths)
    added = [f"Repair: Added partition to metastore {table['Name']}:{path}" for path in paths]
    return [f"Partitions not in metastore:\t{missing}", *added] if new else []


def _hive_folders(context: Context, table: Answer) -> Iterator[tuple[list[str], str]]:
    """Give values and location of the folders that are named for the table's partition keys."""
    keys = [key["Name"].lower() for key in table.get("PartitionKeys", [])]
    bucket, prefix = split_uri(table["StorageDescriptor"]["Location"])
    base = prefix.rstrip("/") + "/" if prefix else ""
    seen = set()
    for found in context.objects.list(bucket, base):
        folders = found.key[len(base) :].split("/")[:-1][: len(keys)]
        parts = [folder.partition("=") for folder in folders]
        path = "/".join(folders)
        if keys and path not in seen and [part[0].lower() for part in parts] == keys:
            seen.add(path)
            yield [unquote(part[2]) for part in parts], f"s3://{bucket}/{base}{path}"


def _create_partitions(context: Context, table: Answer, new: list[tuple[list[str], str]]) -> None:
    storage = table["StorageDescriptor"]
    inputs = [{"Values": values, "StorageDescriptor": {**storage, "Location": place}} for values, place in new]
    for start in range(0, len(inputs), _BATCH):
        answer = _glue(
            context,
            "BatchCreatePartition",
            {**_address(table), "PartitionInputList": inputs[start : start + _BATCH]},
        )
        for fault in answer.get("Errors", []):
            raise _ddl_failure(f"partition {fault['PartitionValues']}: {fault['ErrorDetail'].get('ErrorMessage')}")


def _present(context: Context, table: Answer) -> set[tuple[str, ...]]:
    return {tuple(found["Values"]) for found in listing(context, "GetPartitions", "Partitions", **_address(table))}


def _ordered(table: Answer, values: dict[str, str]) -> list[str]:
    keys = [key["Name"].lower() for key in table.get("PartitionKeys", [])]
    if sorted(keys) != sorted(values):
        raise QueryFailedError(
            "FAILED",
            f"SemanticException: partition spec {values} does not name the partition keys of {table['Name']}, {keys}",
            "ddl",
        )
    return [values[key] for key in keys]


def _hive_path(table: Answer, values: list[str]) -> str:
    keys = [key["Name"] for key in table.get("PartitionKeys", [])]
    return "/".join(f"{key}={quote(value, safe=' -_.')}" for key, value in zip(keys, values, strict=True))


def _address(table: Answer) -> dict[str, str]:
    return {"DatabaseName": table["DatabaseName"], "TableName": table["Name"]}


def _column(column: DeclaredColumn) -> dict[str, str]:
    return {"Name": column.name, "Type": column.type, **({"Comment": column.comment} if column.comment else {})}


def _checked_location(location: str) -> str:
    try:
        split_uri(location)
    except AwsError as error:
        raise _ddl_failure(f"MetaException(message:{error.message})") from error
    return location


def _ddl_failure(message: str) -> QueryFailedError:
    return QueryFailedError(
        "FAILED",
        f"Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. {message}",
        "ddl",
    )


def _glue(context: Context, operation: str, request: Answer) -> Answer:
    try:
        return context.call("glue", operation, request)
    except AwsError as error:
        raise _ddl_failure(f"{error.code}(message:{error.message})") from error
