"""Catalog statements that show the Glue catalog, with the lines that Athena gives."""

from __future__ import annotations

from collections.abc import Iterable

from local_aws.kernel.context import Answer, Context
from local_aws.kernel.wildcards import ANY_TEXT, Wildcard
from local_aws.services.athena.catalog_statements import (
    Describe,
    ShowColumns,
    ShowDatabases,
    ShowPartitions,
    ShowTables,
)
from local_aws.services.athena.failures import QueryFailedError, not_supported
from local_aws.services.athena.glue_tables import listing, require_database, require_table

_MOST_PATTERN = 1024


def show_databases(context: Context, statement: ShowDatabases, _database: str) -> list[str]:
    """Run SHOW DATABASES: a name a line."""
    names = (database["Name"] for database in listing(context, "GetDatabases", "DatabaseList"))
    return _matching(names, statement.pattern)


def show_tables(context: Context, statement: ShowTables, database: str) -> list[str]:
    """Run SHOW TABLES: a name a line."""
    database = statement.database or database
    require_database(context, database)
    names = (table["Name"] for table in listing(context, "GetTables", "TableList", DatabaseName=database))
    return _matching(names, statement.pattern)


def show_columns(context: Context, statement: ShowColumns, database: str) -> list[str]:
    """Run SHOW COLUMNS: a name a line, partition columns last."""
    table = require_table(context, statement.name.database or database, statement.name.table)
    columns = [*table["StorageDescriptor"].get("Columns", []), *table.get("PartitionKeys", [])]
    return [f"{column['Name']:<20}" for column in columns]


def show_partitions(context: Context, statement: ShowPartitions, database: str) -> list[str]:
    """Run SHOW PARTITIONS: ``key=value/key=value`` a line."""
    table = require_table(context, statement.name.database or database, statement.name.table)
    keys = [key["Name"] for key in table.get("PartitionKeys", [])]
    if not keys:
        raise QueryFailedError(
            "FAILED",
            "Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
            f"Table {table['DatabaseName']}.{table['Name']} is not a partitioned table",
            "ddl",
        )
    request = {"DatabaseName": table["DatabaseName"], "TableName": table["Name"]}
    partitions = listing(context, "GetPartitions", "Partitions", **request)
    return sorted(
        "/".join(f"{key}={value}" for key, value in zip(keys, partition["Values"], strict=True))
        for partition in partitions
    )


def describe(context: Context, statement: Describe, database: str) -> list[str]:
    """Run DESCRIBE: name, type and comment, tab-separated and padded, with a block for partition keys."""
    table = require_table(context, statement.name.database or database, statement.name.table)
    keys = table.get("PartitionKeys", [])
    lines = [_described(column) for column in [*table["StorageDescriptor"].get("Columns", []), *keys]]
    if keys:
        heading = f"{'# col_name':<24}\t{'data_type':<20}\t{'comment':<20}"
        lines += ["\t \t ", "# Partition Information\t \t ", heading, "\t \t ", *map(_described, keys)]
    return lines


def _described(column: Answer) -> str:
    return f"{column['Name']:<20}\t{column.get('Type', 'string'):<20}\t{column.get('Comment', ''):<20}"


def _matching(names: Iterable[str], pattern: str | None) -> list[str]:
    """Return the names that match one of Hive's patterns, sorted: ``*`` is any text, ``|`` stands between choices."""
    if pattern is None:
        return sorted(names)
    if len(pattern) > _MOST_PATTERN:
        raise not_supported(f"SHOW with a pattern of over {_MOST_PATTERN} characters")
    choices = pattern.lower().split("|")
    wildcards = [Wildcard([ANY_TEXT if each == "*" else each for each in choice]) for choice in choices]
    return sorted(name for name in names if any(wildcard.matches(name.lower()) for wildcard in wildcards))
