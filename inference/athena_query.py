"""Run a statement in Athena and read its rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

REFUSED: Final = "(refused)"
"""Stands for the id of a query that Athena did not take up."""

_FIRST_POLL_SECONDS = 0.05
_MAX_POLL_SECONDS = 1.0

_PYTHON_TYPES: dict[str, Callable[[str], Any]] = {
    "tinyint": int,
    "smallint": int,
    "integer": int,
    "bigint": int,
    "float": float,
    "real": float,
    "double": float,
    "boolean": lambda text: text == "true",
}


@dataclass(frozen=True)
class AthenaWorkspace:
    """Where queries run, and for how many seconds before they are stopped.

    The output location is an S3 prefix; None uses the work group's own.
    """

    database: str
    output_location: str | None = None
    work_group: str = "primary"
    timeout_seconds: float = 600.0


class QueryError(RuntimeError):
    """Raised when a query does not succeed; the id is `REFUSED` for a query that Athena did not accept."""

    def __init__(self, query_id: str, reason: str) -> None:
        super().__init__(f"Athena query {query_id}: {reason}")
        self.query_id = query_id
        self.reason = reason


def run_query(client: Any, workspace: AthenaWorkspace, sql: str) -> list[dict[str, Any]]:
    """Run a statement to its end and return all of its rows; see `iterate_query`."""
    return list(iterate_query(client, workspace, sql))


def iterate_query(client: Any, workspace: AthenaWorkspace, sql: str) -> Iterator[dict[str, Any]]:
    """Run a statement to its end and yield its rows as they are read, a page of results at a time.

    Yields
    ------
    dict
        A row by column name: numbers and booleans as Python's, everything else as text, NULL as None. A statement such
        as ``CREATE TABLE`` has no rows.

    Raises
    ------
    QueryError
        It is refused, fails, is cancelled, takes too long or returns two columns of the same name.
    """
    query_id = start_query(client, workspace, sql)
    try:
        statement_type = _wait(client, query_id, workspace.timeout_seconds)
    except KeyboardInterrupt:
        client.stop_query_execution(QueryExecutionId=query_id)
        raise
    yield from query_rows(client, query_id, headed=statement_type == "DML")


def start_query(client: Any, workspace: AthenaWorkspace, sql: str) -> str:
    """Start a statement and return its ID; raise `QueryError` if Athena refuses it."""
    location = workspace.output_location
    try:
        query_id: str = client.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": workspace.database},
            WorkGroup=workspace.work_group,
            **({"ResultConfiguration": {"OutputLocation": location}} if location else {}),
        )["QueryExecutionId"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidRequestException":
            raise
        raise QueryError(REFUSED, error.response["Error"]["Message"]) from error
    return query_id


def _wait(client: Any, query_id: str, timeout_seconds: float) -> str:
    deadline = time.monotonic() + timeout_seconds
    pause = _FIRST_POLL_SECONDS
    while True:
        execution = client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        state = execution["Status"]["State"]
        if state == "SUCCEEDED":
            return execution["StatementType"]
        if state in ("FAILED", "CANCELLED"):
            raise QueryError(query_id, execution["Status"].get("StateChangeReason", state))
        if time.monotonic() > deadline:
            client.stop_query_execution(QueryExecutionId=query_id)
            raise QueryError(query_id, f"took more than {timeout_seconds:.0f} s and was stopped")
        time.sleep(pause)
        pause = min(2 * pause, _MAX_POLL_SECONDS)


def query_rows(client: Any, query_id: str, *, headed: bool) -> Iterator[dict[str, Any]]:
    """Yield the rows of a statement that has succeeded, as `iterate_query` does.

    The first row of a SELECT is its header (`headed`); SHOW and DESCRIBE have none.
    """
    columns: list[tuple[str, Callable[[str], Any]]] = []
    for page in client.get_paginator("get_query_results").paginate(QueryExecutionId=query_id):
        results = page["ResultSet"]
        rows = results["Rows"]
        if not columns:
            infos = results["ResultSetMetadata"]["ColumnInfo"]
            columns = [(info["Name"], _PYTHON_TYPES.get(info["Type"], str)) for info in infos]
            names = [name for name, _ in columns]
            if twice := {name for name in names if names.count(name) > 1}:
                raise QueryError(query_id, f"more than one column is called {', '.join(sorted(twice))}; use AS")
            rows = rows[1:] if headed else rows
        for row in rows:
            yield _row(columns, row["Data"])


def _row(columns: list[tuple[str, Callable[[str], Any]]], data: list[dict[str, str]]) -> dict[str, Any]:
    texts = [cell.get("VarCharValue") for cell in data]
    if len(texts) == 1 < len(columns):  # DESCRIBE puts a column's name, type and comment into one cell
        parts = [text.strip() for text in (texts[0] or "").split("\t", len(columns) - 1)]
        texts = [*parts, *[None] * (len(columns) - len(parts))]
    return {name: None if text is None else convert(text) for (name, convert), text in zip(columns, texts, strict=True)}
