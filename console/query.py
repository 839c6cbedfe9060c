"""``playgrounds query``: SQL through Athena, by default the one that scores playgrounds with the endpoint."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3

from console.csv_file import write_csv
from console.errors import CommandError
from console.progress import Progress
from console.registry import served_package
from console.scoring import Scores, score_playgrounds, workspace
from console.terminal import say, visible_line
from inference.athena_query import QueryError, iterate_query
from infrastructure.names import Names
from processing.feature_contract import DECISION_THRESHOLD, LABEL

_WIDEST = 40
_SHOWN = 10
_COLUMNS = ("name", "borough", "level", "split")
_MEASURED = 1000
"""Rows that are looked at for the widths of a table."""


def query(
    session: boto3.session.Session,
    names: Names,
    sql: str | None,
    *,
    split: str | None,
    limit: int | None,
    csv_file: Path | None,
) -> int:
    """Run a statement and print its rows, or write them to a file; return their number.

    Without a statement, the endpoint scores the rows that the serving package was trained with; `split` and `limit`
    select from them, 0 being no limit. A table without a limit shows ten rows, from the lowest answer to the highest.

    Raises
    ------
    CommandError
        Athena refuses or fails, or there is nothing to score with.
    """
    if sql is None:
        # The rows are what is asked for, on standard output; what is done for them is not.
        progress = Progress(sys.stderr)
        package = served_package(session.client("sagemaker"), names.pipeline)
        scores = score_playgrounds(session, names, package, progress, split=split, limit=limit or None)
        if csv_file is None:
            return _print_scores(scores, limit)
        rows: Iterable[Mapping[str, Any]] = scores.rows
    else:
        rows = iterate_query(session.client("athena"), workspace(names), sql)
    try:
        count = _print_table(iter(rows)) if csv_file is None else write_csv(csv_file, rows)
    except QueryError as error:
        raise CommandError(f"Athena query {error.query_id}", error.reason) from error
    if count == 0:
        if csv_file is None:
            say("no rows")
        else:
            say(f"no rows: {csv_file} is not written", stream=sys.stderr)
    return count


def _print_scores(scores: Scores, limit: int | None) -> int:
    """Print what a person looks for in scored rows, and how many of the known ones the model has right."""
    shown = scores.rows if limit is not None else scores.spread(_SHOWN)
    if not _print_table({**{name: row[name] for name in _COLUMNS}, scores.answer: row[scores.answer]} for row in shown):
        say("no rows")
        return 0
    known = [row for row in scores.rows if row["label_known"]]
    right = sum((row[scores.answer] >= DECISION_THRESHOLD) == bool(row[LABEL]) for row in known)
    say(
        f"\n{len(shown)} of {len(scores.rows)} rows; the model has {right} of {len(known)} with a known label right "
        f"({scores.answer} {DECISION_THRESHOLD} or more: level 4). --csv FILE has every row and column",
        stream=sys.stderr,
    )
    return len(scores.rows)


def _print_table(rows: Iterator[Mapping[str, Any]]) -> int:
    """Print rows under their names; the first ones set the column widths."""
    first = list(itertools.islice(rows, _MEASURED))
    if not first:
        return 0
    measured = [[visible_line(name) for name in first[0]], *map(_cells, first)]
    widths = [min(_WIDEST, max(map(len, column))) for column in zip(*measured, strict=True)]
    printed = 0
    for line in itertools.chain(measured, map(_cells, rows)):
        cells = (f"{cell[:width]:<{width}}" for cell, width in zip(line, widths, strict=True))
        say("  ".join(cells).rstrip())
        printed += 1
    return printed - 1


def _cells(row: Mapping[str, Any]) -> list[str]:
    return [visible_line(_text(value)) for value in row.values()]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
