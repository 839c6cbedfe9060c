"""Catalog statements that show the Glue catalog, with the lines that Athena returns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from local_aws.kernel.context import Answer
from local_aws.kernel.wildcards import ANY_TEXT, Wildcard
from local_aws.services.athena.catalog.glue import GlueCatalog, ddl_failure
from local_aws.services.athena.catalog.statements import CatalogStatement, TableName
from local_aws.services.athena.errors import not_supported

_MAX_PATTERN = 1024


@dataclass(frozen=True)
class ShowDatabases(CatalogStatement):
    """SHOW DATABASES or SCHEMAS, with an optional pattern."""

    pattern: str | None
    result_columns: ClassVar = ("database_name",)

    def run(self, catalog: GlueCatalog, database: str) -> list[str]:
        """Return a name per line."""
        del database
        return _matching((item["Name"] for item in catalog.databases()), self.pattern)


@dataclass(frozen=True)
class ShowTables(CatalogStatement):
    """SHOW TABLES, with an optional database and pattern."""

    database: str | None
    pattern: str | None
    result_columns: ClassVar = ("tab_name",)

    def run(self, catalog: GlueCatalog, database: str) -> list[str]:
        """Return a name per line."""
        catalog.require_database(self.database or database)
        return _matching((table["Name"] for table in catalog.tables(self.database or database)), self.pattern)


@dataclass(frozen=True)
class ShowColumns(CatalogStatement):
    """SHOW COLUMNS."""

    name: TableName
    result_columns: ClassVar = ("field",)

    def run(self, catalog: GlueCatalog, database: str) -> list[str]:
        """Return a name per line, partition columns last."""
        table = self.name.find(catalog, database)
        columns = [*table["StorageDescriptor"].get("Columns", []), *table.get("PartitionKeys", [])]
        return [f"{column['Name']:<20}" for column in columns]


@dataclass(frozen=True)
class ShowPartitions(CatalogStatement):
    """SHOW PARTITIONS."""

    name: TableName
    result_columns: ClassVar = ("partition",)

    def run(self, catalog: GlueCatalog, database: str) -> list[str]:
        """Return ``key=value/key=value`` per line."""
        table = self.name.find(catalog, database)
        keys = [key["Name"] for key in table.get("PartitionKeys", [])]
        if not keys:
            raise ddl_failure(f"Table {table['DatabaseName']}.{table['Name']} is not a partitioned table")
        return sorted(
            "/".join(f"{key}={value}" for key, value in zip(keys, partition["Values"], strict=True))
            for partition in catalog.partitions(table)
        )


@dataclass(frozen=True)
class Describe(CatalogStatement):
    """DESCRIBE."""

    name: TableName
    result_columns: ClassVar = ("col_name", "data_type", "comment")

    def run(self, catalog: GlueCatalog, database: str) -> list[str]:
        """Return name, type and comment, tab-separated and padded, with a block for partition keys."""
        table = self.name.find(catalog, database)
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
    if len(pattern) > _MAX_PATTERN:
        raise not_supported(f"SHOW with a pattern of over {_MAX_PATTERN} characters")
    choices = pattern.lower().split("|")
    wildcards = [Wildcard([ANY_TEXT if character == "*" else character for character in choice]) for choice in choices]
    return sorted(name for name in names if any(wildcard.matches(name.lower()) for wildcard in wildcards))
