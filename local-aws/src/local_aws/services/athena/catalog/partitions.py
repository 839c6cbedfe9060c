"""Catalog statements that change the partitions of a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final
from urllib.parse import quote, unquote

from local_aws.kernel.context import Answer
from local_aws.services.athena.catalog.changes import checked_location
from local_aws.services.athena.catalog.glue import (
    GlueCatalog,
    address,
    ddl_failure,
    folder_prefix,
    semantic_failure,
)
from local_aws.services.athena.catalog.statements import CatalogStatement, TableName

_BATCH: Final = 100
"""Maximum of BatchCreatePartition."""


@dataclass(frozen=True)
class PartitionSpec:
    """A partition of ALTER TABLE: values by lower-case key, and its location if the statement has one."""

    values: dict[str, str]
    location: str | None = None


@dataclass(frozen=True)
class AddPartitions(CatalogStatement):
    """ALTER TABLE … ADD PARTITION."""

    name: TableName
    if_not_exists: bool
    partitions: tuple[PartitionSpec, ...]

    def run(self, catalog: GlueCatalog, database: str) -> list[str]:
        """Add the partitions; one without a location lies at ``key=value/`` below the table's."""
        table = self.name.find(catalog, database)
        present = _present(catalog, table)
        new = []
        for partition in self.partitions:
            values = _ordered(table, partition.values)
            if tuple(values) in present:
                if self.if_not_exists:
                    continue
                raise ddl_failure(f"AlreadyExistsException(message:Partition already exists: {values})")
            base = table["StorageDescriptor"]["Location"].rstrip("/")
            new.append((values, checked_location(partition.location or f"{base}/{_hive_path(table, values)}")))
        _create(catalog, table, new)
        return []


@dataclass(frozen=True)
class DropPartitions(CatalogStatement):
    """ALTER TABLE … DROP PARTITION."""

    name: TableName
    if_exists: bool
    partitions: tuple[PartitionSpec, ...]

    def run(self, catalog: GlueCatalog, database: str) -> list[str]:
        """Remove the catalog's entries; the files stay."""
        table = self.name.find(catalog, database)
        present = _present(catalog, table)
        dropped = [_ordered(table, partition.values) for partition in self.partitions]
        missing = [values for values in dropped if tuple(values) not in present]
        if missing and not self.if_exists:
            raise semantic_failure(f"[Error 10006]: Partition not found {missing[0]}")
        for values in dropped:
            if tuple(values) in present:
                catalog.change("DeletePartition", **address(table), PartitionValues=values)
        return []


@dataclass(frozen=True)
class RepairTable(CatalogStatement):
    """MSCK REPAIR TABLE."""

    name: TableName
    result_columns: ClassVar = ("result",)

    def run(self, catalog: GlueCatalog, database: str) -> list[str]:
        """Add the ``key=value/`` folders below the location that the catalog lacks."""
        table = self.name.find(catalog, database)
        present = _present(catalog, table)
        new = [(values, place) for values, place in _hive_folders(catalog, table) if tuple(values) not in present]
        _create(catalog, table, new)
        paths = [_hive_path(table, values) for values, _ in new]
        missing = "\t".join(f"{table['Name']}:{path}" for path in paths)
        added = [f"Repair: Added partition to metastore {table['Name']}:{path}" for path in paths]
        return [f"Partitions not in metastore:\t{missing}", *added] if new else []


def _hive_folders(catalog: GlueCatalog, table: Answer) -> Iterator[tuple[list[str], str]]:
    """Yield values and location of the folders that are named after the table's partition keys."""
    keys = _keys(table)
    bucket, base = folder_prefix(table["StorageDescriptor"]["Location"])
    seen = set()
    for item in catalog.objects.list(bucket, base):
        folders = item.key[len(base) :].split("/")[:-1][: len(keys)]
        parts = [folder.partition("=") for folder in folders]
        path = "/".join(folders)
        if keys and path not in seen and [part[0].lower() for part in parts] == keys:
            seen.add(path)
            yield [unquote(part[2]) for part in parts], f"s3://{bucket}/{base}{path}"


def _create(catalog: GlueCatalog, table: Answer, new: list[tuple[list[str], str]]) -> None:
    storage = table["StorageDescriptor"]
    inputs = [{"Values": values, "StorageDescriptor": {**storage, "Location": place}} for values, place in new]
    for start in range(0, len(inputs), _BATCH):
        batch = inputs[start : start + _BATCH]
        answer = catalog.change("BatchCreatePartition", **address(table), PartitionInputList=batch)
        for error in answer.get("Errors", []):
            raise ddl_failure(f"partition {error['PartitionValues']}: {error['ErrorDetail'].get('ErrorMessage')}")


def _present(catalog: GlueCatalog, table: Answer) -> set[tuple[str, ...]]:
    return {tuple(partition["Values"]) for partition in catalog.partitions(table)}


def _keys(table: Answer) -> list[str]:
    return [key["Name"].lower() for key in table.get("PartitionKeys", [])]


def _ordered(table: Answer, values: dict[str, str]) -> list[str]:
    keys = _keys(table)
    if sorted(keys) != sorted(values):
        raise semantic_failure(f"partition spec {values} does not name the partition keys of {table['Name']}, {keys}")
    return [values[key] for key in keys]


def _hive_path(table: Answer, values: list[str]) -> str:
    keys = [key["Name"] for key in table.get("PartitionKeys", [])]
    return "/".join(f"{key}={quote(value, safe=' -_.')}" for key, value in zip(keys, values, strict=True))
