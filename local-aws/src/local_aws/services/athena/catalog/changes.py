"""Catalog statements that change databases and tables of the Glue catalog."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import split_uri
from local_aws.services.athena.catalog.glue import GlueCatalog, ddl_failure, repeated_name
from local_aws.services.athena.catalog.statements import CatalogStatement, TableName


@dataclass(frozen=True)
class DeclaredColumn:
    """A column of a CREATE TABLE, its type in Hive's words."""

    name: str
    type: str
    comment: str | None = None

    @property
    def entry(self) -> dict[str, str]:
        """Glue's ``Column``."""
        return {"Name": self.name, "Type": self.type, **({"Comment": self.comment} if self.comment else {})}


@dataclass(frozen=True)
class StorageFormat:
    """How a new table's files are to be read."""

    serde: str
    input_format: str
    output_format: str
    serde_parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CreateTable(CatalogStatement):
    """CREATE EXTERNAL TABLE."""

    name: TableName
    if_not_exists: bool
    columns: tuple[DeclaredColumn, ...]
    partition_keys: tuple[DeclaredColumn, ...]
    comment: str | None
    storage: StorageFormat
    location: str
    properties: dict[str, str]

    def run(self, catalog: GlueCatalog, database: str) -> list[str]:
        """Add the table to the catalog."""
        database = self.name.database or database
        catalog.require_database(database)
        repeated = repeated_name([column.entry["Name"] for column in (*self.columns, *self.partition_keys)])
        if repeated is not None:
            raise ddl_failure(f"SemanticException [Error 10036]: Duplicate column name: {repeated}")
        if catalog.find_table(database, self.name.table) is not None:
            if self.if_not_exists:
                return []
            raise ddl_failure(f"AlreadyExistsException(message:Table {self.name.table} already exists)")
        table: dict[str, Any] = {
            "Name": self.name.table,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"EXTERNAL": "TRUE", "transient_lastDdlTime": str(int(time.time())), **self.properties},
            "PartitionKeys": [column.entry for column in self.partition_keys],
            "StorageDescriptor": {
                "Columns": [column.entry for column in self.columns],
                "Location": checked_location(self.location),
                "InputFormat": self.storage.input_format,
                "OutputFormat": self.storage.output_format,
                "SerdeInfo": {
                    "SerializationLibrary": self.storage.serde,
                    "Parameters": self.storage.serde_parameters,
                },
            },
        }
        if self.comment is not None:
            table["Description"] = self.comment
        catalog.change("CreateTable", DatabaseName=database, TableInput=table)
        return []


@dataclass(frozen=True)
class DropTable(CatalogStatement):
    """DROP TABLE."""

    name: TableName
    if_exists: bool

    def run(self, catalog: GlueCatalog, database: str) -> list[str]:
        """Remove the catalog's entry; the files stay."""
        database = self.name.database or database
        if self.if_exists and catalog.find_table(database, self.name.table) is None:
            return []
        catalog.require_table(database, self.name.table)
        catalog.change("DeleteTable", DatabaseName=database, Name=self.name.table)
        return []


@dataclass(frozen=True)
class CreateDatabase(CatalogStatement):
    """CREATE DATABASE or SCHEMA."""

    name: str
    if_not_exists: bool
    comment: str | None
    location: str | None
    properties: dict[str, str]

    def run(self, catalog: GlueCatalog, database: str) -> list[str]:
        """Add the database to the catalog."""
        del database
        if catalog.has_database(self.name):
            if self.if_not_exists:
                return []
            raise ddl_failure(f"AlreadyExistsException(message:Database {self.name} already exists)")
        entry: dict[str, Any] = {"Name": self.name, "Parameters": self.properties}
        if self.comment is not None:
            entry["Description"] = self.comment
        if self.location is not None:
            entry["LocationUri"] = checked_location(self.location)
        catalog.change("CreateDatabase", DatabaseInput=entry)
        return []


@dataclass(frozen=True)
class DropDatabase(CatalogStatement):
    """DROP DATABASE or SCHEMA."""

    name: str
    if_exists: bool
    cascade: bool

    def run(self, catalog: GlueCatalog, database: str) -> list[str]:
        """Remove the database; one with tables needs CASCADE."""
        del database
        if self.if_exists and not catalog.has_database(self.name):
            return []
        catalog.require_database(self.name)
        tables = [table["Name"] for table in catalog.tables(self.name)]
        if tables and not self.cascade:
            raise ddl_failure(
                f"InvalidOperationException(message:Database {self.name} is not empty. One or more tables exist.)"
            )
        for table in tables:
            catalog.change("DeleteTable", DatabaseName=self.name, Name=table)
        catalog.change("DeleteDatabase", Name=self.name)
        return []


def checked_location(location: str) -> str:
    """Return a location that is an S3 URI, or raise `QueryFailedError`."""
    try:
        split_uri(location)
    except AwsError as error:
        raise ddl_failure(f"MetaException(message:{error.message})") from error
    return location
