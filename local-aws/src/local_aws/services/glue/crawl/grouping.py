"""Groups files into tables and partitions by their folders, as Glue's crawlers do.

Seen from the deepest folders upwards: a folder whose files are of one schema is uniform; a folder whose sub-folders are
all uniform, partitioned alike and (most of them) similar is uniform too, and its sub-folders are partitions. What is
uniform and not part of something uniform is a table. Glue documents the outcome ("How does a crawler determine when to
create partitions?") and the thresholds, not the algorithm.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from local_aws.services.glue.crawl.classify import DataFile, FileFormat
from local_aws.services.glue.crawl.schema import Schema, merge, similar

THRESHOLD = 0.7
"""The share of schemas in the largest group must be higher for all to be one table."""

MOST_GROUPS = 5
"""And there must be no more groups of similar schemas than this."""

_HIVE = re.compile(r"([^=]+)=(.*)")


@dataclass(frozen=True)
class PartitionFound:
    """One partition of a table, or the whole of a table without partitions."""

    values: tuple[str, ...]
    """The partition's values; empty for a table without partitions."""
    folder: str
    files: tuple[DataFile, ...]

    @property
    def schema(self) -> Schema:
        """The columns of its files."""
        return merge(file.schema for file in self.files)


@dataclass(frozen=True)
class TableFound:
    """A table."""

    location: str
    """Key prefix with its last slash, or the key of the one file that is the table."""
    keys: tuple[str | None, ...]
    """Names of the partition keys; None where the folders do not name them."""
    partitions: tuple[PartitionFound, ...]

    @property
    def files(self) -> tuple[DataFile, ...]:
        """All its files."""
        return tuple(file for partition in self.partitions for file in partition.files)

    @property
    def format(self) -> FileFormat:
        """What its files have in common."""
        return self.files[0].format

    @property
    def schema(self) -> Schema:
        """The columns of all partitions."""
        return merge(partition.schema for partition in self.partitions)


def find_tables(files: Iterable[DataFile], root: str, *, combine: bool = False) -> list[TableFound]:
    """Group the files of one crawler target into tables.

    Parameters
    ----------
    root
        The target's folder as a key prefix, with its last slash; empty for the whole bucket.
    combine
        True to make one table of what is compatible however different the schemas are
        (``TableGroupingPolicy: CombineCompatibleSchemas``).

    Returns
    -------
    list of TableFound
        By location.
    """
    by_folder: defaultdict[str, list[DataFile]] = defaultdict(list)
    for file in files:
        by_folder[file.key.rpartition("/")[0] + "/" if "/" in file.key else ""].append(file)
    survey = _Survey(by_folder, combine)
    uniform, tables = survey.folder(root)
    if uniform is not None:
        tables = [*tables, uniform]
    return sorted(tables, key=lambda table: table.location)


class _Survey:
    """One walk over a target's folders."""

    def __init__(self, by_folder: dict[str, list[DataFile]], combine: bool) -> None:
        self._files = by_folder
        self._combine = combine
        self._children: defaultdict[str, set[str]] = defaultdict(set)
        for folder in by_folder:
            parts = folder.split("/")[:-1]
            for depth in range(len(parts)):
                parent = "".join(f"{part}/" for part in parts[:depth])
                self._children[parent].add(f"{parent}{parts[depth]}/")

    def folder(self, folder: str) -> tuple[TableFound | None, list[TableFound]]:
        """Return the folder as one table if it is uniform, and the tables that are in it beside or instead."""
        own = self._files.get(folder, [])
        children = sorted(self._children.get(folder, ()))
        if not children:
            if own and self._alike([(file.format, file.schema) for file in own]):
                return TableFound(folder, (), (PartitionFound((), folder, tuple(own)),)), []
            return None, [_file_table(file) for file in own]
        uniform, tables = [], [_file_table(file) for file in own]
        for child in children:
            table, inside = self.folder(child)
            uniform += [table] if table else []
            tables += inside
        if not tables and len(uniform) == len(children) and self._are_partitions(folder, uniform):
            return _partitioned(folder, uniform), []
        return None, tables + uniform

    def _are_partitions(self, folder: str, tables: Sequence[TableFound]) -> bool:
        """Return whether sub-folders, each a table by itself, are the partitions of one table.

        A single sub-folder is one only by a ``key=value`` name, its own or its parent's: else a bucket with one table
        in it would be that table.
        """
        names = {_partition_key(table.location) for table in tables}
        if len(names) > 1 or len({table.keys for table in tables}) > 1:
            return False
        if len(tables) == 1 and names == {None} and _partition_key(folder) is None:
            return False
        return self._alike([(table.format, table.schema) for table in tables])

    def _alike(self, schemas: Sequence[tuple[FileFormat, Schema]]) -> bool:
        """Return whether formats are the same and most schemas similar."""
        if len({file_format for file_format, _ in schemas}) > 1:
            return False
        if self._combine:
            return True
        groups: list[list[Schema]] = []
        for _, schema in schemas:
            group = next((group for group in groups if similar(group[0], schema)), None)
            if group is None:
                groups.append([schema])
            else:
                group.append(schema)
        return len(groups) <= MOST_GROUPS and max(len(group) for group in groups) > THRESHOLD * len(schemas)


def _file_table(file: DataFile) -> TableFound:
    """Make a table of one file, which is what Glue does where a folder's files have nothing in common."""
    return TableFound(file.key, (), (PartitionFound((), file.key, (file,)),))


def _partitioned(folder: str, tables: Sequence[TableFound]) -> TableFound:
    partitions = tuple(
        PartitionFound((_partition_value(table.location), *partition.values), partition.folder, partition.files)
        for table in tables
        for partition in table.partitions
    )
    return TableFound(folder, (_partition_key(tables[0].location), *tables[0].keys), partitions)


def _folder_name(folder: str) -> str:
    return folder.rstrip("/").rpartition("/")[2]


def _partition_key(folder: str) -> str | None:
    """Return the key of a ``key=value`` folder, in lower case."""
    match = _HIVE.fullmatch(_folder_name(folder))
    return match.group(1).lower() if match else None


def _partition_value(folder: str) -> str:
    match = _HIVE.fullmatch(_folder_name(folder))
    return match.group(2) if match else _folder_name(folder)
