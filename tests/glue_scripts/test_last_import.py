"""Limits of what may differ between an import and the last accepted one."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from job_contract import FeedError
from last_import import ChangeLimits, check_against_last_import, parse_limits


def table(rows: int, missing: int = 0) -> pa.Table:
    return pa.table({"Level": pa.array([None] * missing + ["4"] * (rows - missing), pa.string())})


@pytest.fixture
def feed_uri(tmp_path: Path) -> str:
    """A feed's folder whose last accepted import has 100 rows, 10 of them without a level."""
    partition = tmp_path / "parks" / "year=2019" / "month=08" / "day=01"
    partition.mkdir(parents=True)
    pq.write_table(table(100, missing=10), partition / "parks.parquet")
    return (tmp_path / "parks").as_uri()


@pytest.mark.parametrize("new", [table(80, missing=8), table(120, missing=18), table(100), table(100, missing=15)])
def test_an_import_within_the_limits_is_accepted(feed_uri: str, new: pa.Table):
    check_against_last_import("parks", "url", new, feed_uri, ChangeLimits())


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        (table(79), r"79 rows, 21% fewer than the 100 .*--MAX_ROW_CHANGE 0\.2 allows 20%.*--MAX_ROW_CHANGE 0\.22"),
        (table(121), r"121 rows, 21% more"),
        (table(100, missing=16), r"'Level' is missing in 16\.0% of the rows, after 10\.0%.*--MAX_MISSING_RISE 0\.07"),
    ],
)
def test_an_import_beyond_a_limit_is_refused_with_the_argument_that_would_allow_it(
    feed_uri: str, new: pa.Table, problem: str
):
    with pytest.raises(FeedError, match=problem):
        check_against_last_import("parks", "url", new, feed_uri, ChangeLimits())
    wide = parse_limits({"MAX_ROW_CHANGE": "0.22", "MAX_MISSING_RISE": "0.07"})
    check_against_last_import("parks", "url", new, feed_uri, wide)


def test_a_first_import_and_one_after_a_few_rows_are_accepted(feed_uri: str, tmp_path: Path):
    check_against_last_import("parks", "url", table(3), (tmp_path / "none").as_uri(), ChangeLimits())
    (file,) = tmp_path.rglob("*.parquet")
    pq.write_table(table(3), file)
    check_against_last_import("parks", "url", table(30), feed_uri, ChangeLimits())


def test_a_last_import_that_is_damaged_is_named(feed_uri: str, tmp_path: Path):
    (file,) = tmp_path.rglob("*.parquet")
    file.write_bytes(b"PAR1")
    with pytest.raises(FeedError, match=r"day=01/parks\.parquet\): the last import cannot be read"):
        check_against_last_import("parks", "url", table(100), feed_uri, ChangeLimits())


@pytest.mark.parametrize("text", ["much", "-0.1", "nan", "inf"])
def test_a_limit_that_is_no_share_is_refused(text: str):
    with pytest.raises(ValueError, match=f"--MAX_ROW_CHANGE '{text}' is not a share"):
        parse_limits({"MAX_ROW_CHANGE": text, "MAX_MISSING_RISE": "0.05"})
