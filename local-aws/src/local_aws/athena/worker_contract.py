"""What the server hands to a query worker, and what comes back: JSON files in the query's job folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from local_aws.athena.table_source import TableSource
from local_aws.limits import MB

SPECIFICATION: Final = "query.json"
RESULT: Final = "result.json"
RESULT_CSV: Final = "result.csv"
OVERHEAD: Final = 1024 * MB
"""Memory that a worker has beside DuckDB's: the interpreter, Arrow, rows on their way to the result."""


@dataclass(frozen=True)
class EndpointFunction:
    """An external function as the worker needs it; types are DuckDB's."""

    duckdb_name: str
    name: str
    endpoint: str
    parameters: tuple[str, ...]
    returns: str


@dataclass(frozen=True)
class Bounds:
    """What a query may use; see `local_aws.limits.Limits`.

    Parameters
    ----------
    memory, disk
        Bytes that DuckDB works with in memory, and spills to disk.
    result, rows
        Bytes and rows of the result.
    """

    memory: int
    disk: int
    result: int
    rows: int


@dataclass(frozen=True)
class QuerySpecification:
    """What a worker is asked to run.

    Parameters
    ----------
    sql
        DuckDB's dialect, with the macros of `trino_functions`.
    bounds
        What it may use.
    tables
        The catalog tables that it reads.
    functions
        The external functions that it calls.
    """

    sql: str
    bounds: Bounds
    tables: tuple[TableSource, ...] = ()
    functions: tuple[EndpointFunction, ...] = ()

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> QuerySpecification:
        """Give the specification that `dataclasses.asdict` made a document of."""
        return cls(
            sql=document["sql"],
            bounds=Bounds(**document["bounds"]),
            tables=tuple(TableSource.from_json(table) for table in document["tables"]),
            functions=tuple(
                EndpointFunction(**{**function, "parameters": tuple(function["parameters"])})
                for function in document["functions"]
            ),
        )


@dataclass(frozen=True)
class QueryResult:
    """What a worker reports.

    Parameters
    ----------
    columns
        Name and DuckDB type of each result column; empty after a failure.
    bytes_scanned
        What DuckDB read of the files.
    failure
        None; or ``code``, ``message`` and ``kind`` of a `QueryFailedError`; or ``duckdb``, DuckDB's description of
        an error as JSON.
    """

    columns: tuple[tuple[str, str], ...] = ()
    bytes_scanned: int = 0
    failure: dict[str, Any] | None = None
