"""Pages of a stored result."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from local_aws.kernel.errors import AwsError
from local_aws.services.athena.result_pages import read_page

CSV = '"a","b"\n"1",\n"two\nlines, ""quoted""",""\n,\n"4","x"\n'
ROWS = [["a", "b"], ["1", None], ['two\nlines, "quoted"', ""], [None, None], ["4", "x"]]


def pages(path: Path, size: int, *, is_csv: bool = True) -> list[list[list[str | None]]]:
    token, read = None, []
    while True:
        rows, token = read_page(path, token, size, is_csv=is_csv)
        read.append([[value.get("VarCharValue") for value in row["Data"]] for row in rows])
        if token is None:
            return read


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_pages_join_to_the_whole_result(size: int, tmp_path: Path) -> None:
    path = tmp_path / "result.csv"
    path.write_text(CSV)

    read = pages(path, size)

    assert [row for page in read for row in page] == ROWS
    assert all(len(page) == size for page in read[:-1])


def test_column_of_nulls_is_empty_lines(tmp_path: Path) -> None:
    path = tmp_path / "result.csv"
    path.write_text('"a"\n\n"1"\n\n')

    assert pages(path, 10) == [[["a"], [None], ["1"], [None]]]


def test_lines_are_rows_of_one_value(tmp_path: Path) -> None:
    path = tmp_path / "result.txt"
    path.write_text("year=2016\na\tb\n")

    assert pages(path, 1, is_csv=False) == [[["year=2016"]], [["a\tb"]]]


def test_empty_result_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "result.txt"
    path.write_text("")

    assert pages(path, 10, is_csv=False) == [[]]


@pytest.mark.parametrize("token", ["nonsense", "Ynl0ZTo5OTk5", "Ynl0ZTotMQ=="])
def test_token_of_another_listing_is_refused(token: str, tmp_path: Path) -> None:
    path = tmp_path / "result.csv"
    path.write_text(CSV)

    with pytest.raises(AwsError, match="Invalid pagination token"):
        read_page(path, token, 1, is_csv=True)


def test_value_of_many_lines_is_read_in_linear_time(tmp_path: Path) -> None:
    """Each line used to be counted again with all before it: a value of a megabyte took minutes."""
    path = tmp_path / "result.csv"
    path.write_text('"a","b"\n"' + "\n" * 1_000_000 + '","x"\n')
    begun = time.monotonic()
    rows, token = read_page(path, None, 10, is_csv=True)
    assert time.monotonic() - begun < 5
    assert [cell["VarCharValue"] for cell in rows[1]["Data"]] == ["\n" * 1_000_000, "x"]
    assert token is None
