"""The statements about the catalog that are run here, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class TableName:
    """A table as a statement names it; without a database, the query's own is meant."""

    database: str | None
    table: str


@dataclass(frozen=True)
class DeclaredColumn:
    """A column of a CREATE TABLE, its type in Hive's words."""

    name: str
    type: str
    comment: str | None = None


@dataclass(frozen=True)
class StorageFormat:
    """How a new table's files are to be read."""

    serde: str
    input_format: str
    output_format: str
    serde_parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CreateTable:
    """CREATE EXTERNAL TABLE."""

    name: TableName
    if_not_exists: bool
    columns: tuple[DeclaredColumn, ...]
    partition_keys: tuple[DeclaredColumn, ...]
    comment: str | None
    storage: StorageFormat
    location: str
    properties: dict[str, str]


@dataclass(frozen=True)
class DropTable:
    """DROP TABLE."""

    name: TableName
    if_exists: bool


@dataclass(frozen=True)
class CreateDatabase:
    """CREATE DATABASE or SCHEMA."""

    name: str
    if_not_exists: bool
    comment: str | None
    location: str | None
    properties: dict[str, str]


@dataclass(frozen=True)
class DropDatabase:
    """DROP DATABASE or SCHEMA."""

    name: str
    if_exists: bool
    cascade: bool


@dataclass(frozen=True)
class PartitionSpec:
    """A partition of ALTER TABLE: values by lower-case key, and its location if one is given."""

    values: dict[str, str]
    location: str | None = None


@dataclass(frozen=True)
class AddPartitions:
    """ALTER TABLE … ADD PARTITION."""

    name: TableName
    if_not_exists: bool
    partitions: tuple[PartitionSpec, ...]


@dataclass(frozen=True)
class DropPartitions:
    """ALTER TABLE … DROP PARTITION."""

    name: TableName
    if_exists: bool
    partitions: tuple[PartitionSpec, ...]


@dataclass(frozen=True)
class RepairTable:
    """MSCK REPAIR TABLE."""

    name: TableName


@dataclass(frozen=True)
class ShowDatabases:
    """SHOW DATABASES or SCHEMAS, with an optional pattern."""

    pattern: str | None


@dataclass(frozen=True)
class ShowTables:
    """SHOW TABLES, with an optional database and pattern."""

    database: str | None
    pattern: str | None


@dataclass(frozen=True)
class ShowColumns:
    """SHOW COLUMNS."""

    name: TableName


@dataclass(frozen=True)
class ShowPartitions:
    """SHOW PARTITIONS."""

    name: TableName


@dataclass(frozen=True)
class Describe:
    """DESCRIBE."""

    name: TableName


CatalogStatement: TypeAlias = (
    CreateTable
    | DropTable
    | CreateDatabase
    | DropDatabase
    | AddPartitions
    | DropPartitions
    | RepairTable
    | ShowDatabases
    | ShowTables
    | ShowColumns
    | ShowPartitions
    | Describe
)
