"""Brings the Data Catalog in line with what a crawl found, within the crawler's options."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import selected
from local_aws.services.glue.crawl.grouping import TableFound
from local_aws.services.glue.crawl.options import CrawlOptions
from local_aws.services.glue.crawl.table_input import (
    CRAWLER_PARAMETER,
    DEPRECATED_PARAMETER,
    Origin,
    partition_input,
    table_input,
    table_name,
)

Call = Callable[[str, str, Request], Answer]

_BATCH = 100
"""Glue takes up to 100 partitions a request, and deletes up to 25."""

_DELETE_BATCH = 25
_INHERITED = ("Columns", "InputFormat", "OutputFormat", "SerdeInfo", "Compressed")


class CatalogWriter:
    """Writes one crawl's tables and partitions.

    Parameters
    ----------
    database
        Where tables go; made when it is not there.
    """

    def __init__(self, call: Call, database: str, options: CrawlOptions, say: Callable[[str], None]) -> None:
        self._call = call
        self._database = database
        self._options = options
        self._say = say
        self._written: set[str] = set()
        self.changes: Counter[tuple[str, str]] = Counter()
        self._tables = self._existing()

    def write(self, table: TableFound, origin: Origin) -> None:
        """Create or update one table and its partitions."""
        location = origin.uri(table.location)
        own = next((name for name, known in self._tables.items() if _location(known) == location), None)
        name = own or table_name(table, origin, self._tables)
        new = table_input(table, name, origin)
        old = self._tables.get(name)
        if old is not None and not _same_keys(old, new) and self._options.update_tables:
            self._glue("DeleteTable", Name=name)
            self._note("TABLE", "DELETE", f"Partition keys of table {name} changed; the table is made anew")
            old = None
        if old is None:
            self._glue("CreateTable", TableInput=new)
            self._note("TABLE", "ADD", f"Created table {name} in database {self._database}")
        elif _differs(old, new):
            new = self._updated(name, old, new)
        self._tables[name] = new
        self._written.add(name)
        if table.keys and (old is None or _same_keys(old, new)):
            self._write_partitions(name, [self._partition(entry, new) for entry in _partitions(table, origin)])

    def settle(self, crawler: str) -> None:
        """See to tables of this crawler that the crawl no longer found."""
        for name, known in list(self._tables.items()):
            parameters = known.get("Parameters", {})
            if name in self._written or parameters.get(CRAWLER_PARAMETER) != crawler:
                continue
            if self._options.on_delete == "DELETE_FROM_DATABASE":
                self._glue("DeleteTable", Name=name)
                self._note("TABLE", "DELETE", f"Deleted table {name} from database {self._database}")
            elif self._options.on_delete == "DEPRECATE_IN_DATABASE" and DEPRECATED_PARAMETER not in parameters:
                marked = {**parameters, DEPRECATED_PARAMETER: str(int(time.time() * 1000))}
                self._glue("UpdateTable", TableInput={**_as_input(known), "Parameters": marked})
                self._note(
                    "TABLE",
                    "UPDATE",
                    f"Table {name} is marked deprecated because a matching schema was not found at its location.",
                )
            else:
                self._say(f"INFO : Found no matching schema at the location of table {name}")

    def _updated(self, name: str, old: Mapping[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        """Update a table that changed, as far as the options allow; return what the catalog then holds."""
        if not self._options.update_tables:
            self._say(f"INFO : Table {name} in database {self._database} has changed and is left as it is")
            return _as_input(old)
        if self._options.merge_new_columns:
            new["StorageDescriptor"]["Columns"] = _with_new_columns(
                old["StorageDescriptor"]["Columns"], new["StorageDescriptor"]["Columns"]
            )
        self._glue("UpdateTable", TableInput=new)
        self._note("TABLE", "UPDATE", f"Updated table {name} in database {self._database}")
        return new

    def _partition(self, entry: dict[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
        if self._options.inherit_from_table:
            entry["StorageDescriptor"] |= {key: table["StorageDescriptor"][key] for key in _INHERITED}
        return entry

    def _write_partitions(self, name: str, entries: Sequence[dict[str, Any]]) -> None:
        known = {tuple(entry["Values"]): entry for entry in self._known_partitions(name)}
        values = {tuple(entry["Values"]) for entry in entries}
        new = [entry for entry in entries if tuple(entry["Values"]) not in known]
        changed = [
            entry
            for entry in entries
            if tuple(entry["Values"]) in known and _differs(known[tuple(entry["Values"])], entry)
        ]
        gone = [entry for entry in known if entry not in values]
        for batch in _batches(new, _BATCH):
            self._batch("BatchCreatePartition", name, "PartitionInputList", batch)
        self._count(name, "ADD", len(new))
        if self._options.update_tables:
            for entry in changed:
                self._glue("UpdatePartition", TableName=name, PartitionValueList=entry["Values"], PartitionInput=entry)
            self._count(name, "UPDATE", len(changed))
        if self._options.on_delete == "DELETE_FROM_DATABASE":
            for values_batch in _batches(gone, _DELETE_BATCH):
                self._batch("BatchDeletePartition", name, "PartitionsToDelete", [{"Values": v} for v in values_batch])
            self._count(name, "DELETE", len(gone))
        else:
            for missing in gone:
                self._say(
                    f"INFO : Found partition of table {name} with partition values [{', '.join(missing)}] "
                    "with no matching schema at the partition's S3 location"
                )

    def _known_partitions(self, name: str) -> list[dict[str, Any]]:
        answer = self._glue("GetPartitions", TableName=name)
        entries = list(answer.get("Partitions", []))
        while answer.get("NextToken"):
            answer = self._glue("GetPartitions", TableName=name, NextToken=answer["NextToken"])
            entries += answer.get("Partitions", [])
        return entries

    def _existing(self) -> dict[str, Mapping[str, Any]]:
        """Return the database's tables by name; the database is made when it is not there."""
        try:
            self._call("glue", "GetDatabase", {"Name": self._database})
        except AwsError as error:
            if error.code != "EntityNotFoundException":
                raise
            self._call("glue", "CreateDatabase", {"DatabaseInput": {"Name": self._database}})
            return {}
        tables: dict[str, Mapping[str, Any]] = {}
        answer = self._glue("GetTables")
        tables |= {table["Name"]: table for table in answer["TableList"]}
        while answer.get("NextToken"):
            answer = self._glue("GetTables", NextToken=answer["NextToken"])
            tables |= {table["Name"]: table for table in answer["TableList"]}
        return tables

    def _batch(self, operation: str, table: str, member: str, entries: Sequence[Any]) -> None:
        answer = self._glue(operation, TableName=table, **{member: list(entries)})
        if answer.get("Errors"):
            detail = answer["Errors"][0].get("ErrorDetail", {})
            raise AwsError(
                detail.get("ErrorCode", "InternalServiceException"),
                f"{operation} on {self._database}.{table}: {detail.get('ErrorMessage')}",
            )

    def _glue(self, operation: str, **members: Any) -> Answer:
        return self._call("glue", operation, {"DatabaseName": self._database, **members})

    def _count(self, table: str, action: str, number: int) -> None:
        if number:
            self.changes["PARTITION", action] += number
            self._say(f"INFO : {action} {number} partitions of table {table}")

    def _note(self, kind: str, action: str, line: str) -> None:
        self.changes[kind, action] += 1
        self._say(f"INFO : {line}")


def _partitions(table: TableFound, origin: Origin) -> Iterator[dict[str, Any]]:
    for partition in table.partitions:
        yield partition_input(partition, origin)


def _batches(entries: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]


def _location(table: Mapping[str, Any]) -> str:
    return table.get("StorageDescriptor", {}).get("Location", "")


def _same_keys(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    def keys(table: Mapping[str, Any]) -> list[str]:
        return [key["Name"] for key in table.get("PartitionKeys", [])]

    return keys(old) == keys(new)


def _differs(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether the catalog holds anything else than what was found."""
    return any(old.get(member) != value for member, value in new.items())


def _with_new_columns(old: Sequence[dict[str, str]], crawled: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    names = {column["Name"] for column in old}
    return [*old, *(column for column in crawled if column["Name"] not in names)]


def _as_input(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a catalog table that UpdateTable takes."""
    members = (
        "Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters",
        "ViewOriginalText", "ViewExpandedText",
    )  # fmt: skip
    return selected(table, members)
