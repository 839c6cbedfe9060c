"""``playgrounds query``: SQL through Athena, by default the one that scores playgrounds with the endpoint."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3

from console.errors import CommandError
from console.progress import Progress
from console.registry import served_package
from console.scoring import score_playgrounds, workspace
from inference.athena_query import QueryError, run_query
from infrastructure.names import Names

_WIDEST = 40


def query(
    session: boto3.session.Session,
    names: Names,
    sql: str | None,
    *,
    split: str | None,
    limit: int | None,
    csv_file: Path | None,
) -> int:
    """Run a statement and print its rows, or write them to a file.

    Parameters
    ----------
    sql
        A statement; without one, the rows that the serving package was made with are scored.
    split, limit
        Which rows are scored, and how many.
    csv_file
        Where to write the rows instead.

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    CommandError
        If Athena refuses or fails, or there is nothing to score with.
    """
    if sql is None:
        # The rows are what is asked for, on standard output; what is done for them is not.
        progress = Progress(sys.stderr)
        package = served_package(session.client("sagemaker"), names.pipeline)
        rows: Sequence[Mapping[str, Any]] = score_playgrounds(
            session, names, package, progress, split=split, limit=limit
        ).rows
    else:
        try:
            rows = run_query(session.client("athena"), workspace(names), sql)
        except QueryError as error:
            raise CommandError(f"Athena query {error.query_id}", error.reason) from error
    if csv_file is None:
        _print_table(rows)
    elif not rows:
        print(f"no rows: {csv_file} is not written", file=sys.stderr)
    else:
        with csv_file.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
    return len(rows)


def _print_table(rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        print("no rows")
        return
    lines = [list(rows[0]), *([_text(value) for value in row.values()] for row in rows)]
    widths = [min(_WIDEST, max(map(len, column))) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (f"{cell[:width]:<{width}}" for cell, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
