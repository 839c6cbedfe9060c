"""What an import must have in common with the last one that was accepted: its size, and how often values are missing.

The last accepted import is the newest partition itself, so nothing else has to be kept. The module travels beside the
two import jobs in ``--extra-py-files``.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from job_contract import FeedError, newest_partition
from table_files import fetch_file, list_files

from processing.value_domains import Domain

FEWEST_ROWS = 20
"""A share of fewer rows says nothing."""


@dataclass(frozen=True)
class ChangeLimits:
    """How far an import may be from the last accepted one; the names are those of the jobs' arguments."""

    max_row_change: float = 0.2
    """Share by which the number of rows may grow or shrink."""
    max_missing_rise: float = 0.05
    """How far a field's share of missing values may rise: 0.05 allows 12 % after 7 %."""


LIMIT_ARGUMENTS = {
    "MAX_ROW_CHANGE": str(ChangeLimits.max_row_change),
    "MAX_MISSING_RISE": str(ChangeLimits.max_missing_rise),
}
"""The jobs' optional arguments with their defaults."""


def parse_limits(arguments: Mapping[str, str]) -> ChangeLimits:
    """Read the limits from a job's arguments; raise `ValueError` for what is not a number from 0 on."""
    limits = {}
    for name in LIMIT_ARGUMENTS:
        try:
            limits[name.lower()] = float(arguments[name])
        except ValueError:
            limits[name.lower()] = -1.0
        if not 0 <= limits[name.lower()] < float("inf"):
            raise ValueError(f"--{name} {arguments[name]!r} is not a share: use a number from 0 on, such as 0.2")
    return ChangeLimits(**limits)


def check_missing_shares(feed: str, url: str, table: pa.Table, domains: Mapping[str, Domain]) -> None:
    """Raise `FeedError` if a field lacks more values than any import may."""
    if table.num_rows < FEWEST_ROWS:
        return
    for field, domain in domains.items():
        share = _missing_share(table, field)
        if share > domain.most_missing:
            problem = (
                f"field '{field}' is missing in {share:.1%} of {table.num_rows:,} rows, and may be in no more than "
                f"{domain.most_missing:.0%} of any import's"
            )
            remedy = "Compare the feed with an older copy; the limit is in processing/value_domains.py"
            raise FeedError(feed, url, problem, remedy)


def check_against_last_import(
    feed: str, url: str, table: pa.Table, folder_uri: str, limits: ChangeLimits, where: tuple[str, str] | None = None
) -> None:
    """Compare an import with the newest partition of its feed, if there is one.

    Parameters
    ----------
    table
        The import, as its parquet file will have it.
    folder_uri
        The feed's folder of the raw zone, with partitions below it.
    where
        Column and value of the rows that count; all rows by default. Also applied to the last import.

    Raises
    ------
    FeedError
        The number of rows or a field's share of missing values is too far from it.
    """
    newest = newest_partition(list_files(folder_uri))
    if newest is None:
        return
    file = f"{newest}/{feed}.parquet"
    last = _read(feed, file, table.column_names, where)
    if last.num_rows < FEWEST_ROWS:
        return
    change = table.num_rows / last.num_rows - 1
    if abs(change) > limits.max_row_change:
        problem = (
            f"it has {table.num_rows:,} rows, {abs(change):.0%} {'more' if change > 0 else 'fewer'} than the "
            f"{last.num_rows:,} of the last accepted import ({file}), and --MAX_ROW_CHANGE {limits.max_row_change:g} "
            f"allows {limits.max_row_change:.0%}"
        )
        raise FeedError(feed, url, problem, _remedy("MAX_ROW_CHANGE", abs(change)))
    for field in last.column_names:
        before, now = _missing_share(last, field), _missing_share(table, field)
        if now - before > limits.max_missing_rise:
            problem = (
                f"field '{field}' is missing in {now:.1%} of the rows, after {before:.1%} in the last accepted import "
                f"({file}), and --MAX_MISSING_RISE {limits.max_missing_rise:g} allows a rise of "
                f"{limits.max_missing_rise:.1%} of the rows"
            )
            raise FeedError(feed, url, problem, _remedy("MAX_MISSING_RISE", now - before))


def select_rows(table: pa.Table, where: tuple[str, str] | None) -> pa.Table:
    """Return the rows in which a column has a value; all without a condition."""
    if where is None:
        return table
    column, value = where
    return table.filter(pa.compute.equal(table[column], value))


def _read(feed: str, file: str, columns: list[str], where: tuple[str, str] | None) -> pa.Table:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "last.parquet")
        try:
            fetch_file(file, copy)
            table = pq.ParquetFile(copy).read()
        except (pa.ArrowInvalid, OSError) as error:
            remedy = "Delete that partition, from which nothing can be read, and run the job again"
            raise FeedError(feed, file, f"the last import cannot be read: {error}", remedy) from error
    table = select_rows(table, where)
    return table.select([name for name in table.column_names if name in columns])


def _missing_share(table: pa.Table, field: str) -> float:
    return float(table[field].null_count / table.num_rows) if table.num_rows else 0.0


def _remedy(argument: str, needed: float) -> str:
    return (
        "Compare the feed with an older copy. If the change is right, run this job once with "
        f"--{argument} {needed + 0.01:.2f}"
    )
