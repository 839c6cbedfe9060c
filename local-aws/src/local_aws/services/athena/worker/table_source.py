"""The tables of a query, as the server describes them to the worker in JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

PARQUET_SERDE: Final = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
DELIMITED_SERDE: Final = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
QUOTED_SERDE: Final = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
TableFormat = Literal["parquet", "delimited", "quoted"]


@dataclass(frozen=True)
class Column:
    """A column as the catalog declares it, in lower case; `athena` is the name of its type in messages."""

    name: str
    duckdb: str
    athena: str


@dataclass(frozen=True)
class DataFile:
    """An object with rows."""

    uri: str
    path: str


@dataclass(frozen=True)
class Partition:
    """The files of one partition; a table without partitions has one without values."""

    values: tuple[str | None, ...]
    files: tuple[DataFile, ...]


@dataclass(frozen=True)
class TextLayout:
    """How the lines of a text table are written."""

    separator: str = ","
    quote: str = ""
    """Around fields; only the ``quoted`` format has one."""
    escape: str = ""
    """Before a character that is to be taken as it is; empty for none."""
    null: str | None = None
    """The text that stands for NULL; None for none."""
    header_lines: int = 0
    """Lines to skip at the start of each file."""


@dataclass(frozen=True)
class TableSource:
    """A table of the catalog, ready to be read."""

    database: str
    name: str
    format: TableFormat
    """``parquet``; ``delimited`` is Hive's LazySimpleSerDe, ``quoted`` its OpenCSVSerde."""
    columns: tuple[Column, ...]
    partition_columns: tuple[Column, ...]
    """Their values come from the catalog, not from the files."""
    partitions: tuple[Partition, ...]
    layout: TextLayout = TextLayout()
    """Of a text table's lines."""

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> TableSource:
        """Return the table of a document that `dataclasses.asdict` made."""
        return cls(
            database=document["database"],
            name=document["name"],
            format=document["format"],
            columns=tuple(Column(**column) for column in document["columns"]),
            partition_columns=tuple(Column(**column) for column in document["partition_columns"]),
            partitions=tuple(
                Partition(tuple(partition["values"]), tuple(DataFile(**file) for file in partition["files"]))
                for partition in document["partitions"]
            ),
            layout=TextLayout(**document["layout"]),
        )
