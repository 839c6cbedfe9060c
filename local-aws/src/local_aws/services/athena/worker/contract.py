"""What passes between the server and a query worker: JSON files in the query's job folder.

The server writes ``query.json``, the worker ``references.json``, the server ``tables.json``, the worker ``result.csv``
and ``result.json``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local_aws.kernel.limits import MB

QUERY: Final = "query.json"
"""A `QueryRequest`."""
REFERENCES: Final = "references.json"
"""A list of `NamedTable`: the tables that the worker asks for."""
TABLES: Final = "tables.json"
"""``tables``, a list of `TableSource` in that order; or ``failure``, a `QueryFailedError`."""
RESULT: Final = "result.json"
"""A `QueryResult`."""
RESULT_CSV: Final = "result.csv"
OVERHEAD: Final = 1024 * MB
"""Memory that a worker has beside DuckDB's: the interpreter, Arrow, rows on their way to the result."""


@dataclass(frozen=True)
class Bounds:
    """What a query may use; see `local_aws.kernel.limits.Limits`."""

    memory: int
    disk: int
    """Bytes that DuckDB works with in memory, and spills to disk."""
    result: int
    rows: int
    """Bytes and rows of the result."""


@dataclass(frozen=True)
class QueryRequest:
    """The query that a worker is to run, as submitted, and the database of names without one."""

    sql: str
    parameters: tuple[str, ...]
    database: str
    bounds: Bounds

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> QueryRequest:
        """Return the request of a document that `dataclasses.asdict` made."""
        return cls(
            sql=document["sql"],
            parameters=tuple(document["parameters"]),
            database=document["database"],
            bounds=Bounds(**document["bounds"]),
        )


@dataclass(frozen=True)
class NamedTable:
    """A table that a worker asks for, in lower case, and where the query first names it, e.g. ``"line 1:15"``."""

    database: str
    name: str
    place: str


@dataclass(frozen=True)
class QueryResult:
    """What a worker reports."""

    columns: tuple[tuple[str, str], ...] = ()
    """Name and DuckDB type of each result column; empty after a failure."""
    bytes_scanned: int = 0
    failure: dict[str, Any] | None = None
    """None; or the document of a `QueryFailedError`; or ``duckdb``, DuckDB's description of an error, before it is
    worded as Athena does."""
    planning_ms: int = 0
    """Time of parsing, look-ups and translation."""


def write_document(path: Path, document: Any) -> None:
    """Write JSON so that whoever waits for the file reads it whole."""
    incoming = path.with_name(f"{path.name}.incoming")
    incoming.write_text(json.dumps(document), encoding="utf-8")
    incoming.rename(path)
