"""CSV files that a spreadsheet may open."""

from __future__ import annotations

import csv
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.csv_file import escape_formula, write_csv


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "-", "=", "+1-2", "-1e5x"],
)
def test_formulas_become_text(cell: str) -> None:
    assert escape_formula(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", [-5, -1.5, 3, True, None, "-5", "+3.25", "-.5", "-1.5E-10", "plain", "a=b", "", "2-1"])
def test_numbers_and_other_text_stay(cell: Any) -> None:
    assert escape_formula(cell) is cell


def test_names_and_cells_are_written_harmless(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"=HYPERLINK(1)": "=2", "n": -3.5}, {"=HYPERLINK(1)": None, "n": "-4"}]
    assert write_csv(tmp_path / "rows.csv", rows) == 2
    with (tmp_path / "rows.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["'=HYPERLINK(1)", "n"], ["'=2", "-3.5"], ["", "-4"]]
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


def test_no_rows_are_no_file(tmp_path: Path) -> None:
    assert write_csv(tmp_path / "rows.csv", []) == 0
    assert not any(tmp_path.iterdir())


def test_rows_that_fail_midway_leave_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("before")

    def rows() -> Iterator[dict[str, int]]:
        yield {"a": 1}
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_csv(tmp_path / "rows.csv", rows())
    assert (tmp_path / "rows.csv").read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


def test_many_rows_pass_through_a_little_memory(tmp_path: Path) -> None:
    tracemalloc.start()
    assert write_csv(tmp_path / "rows.csv", ({"n": number, "text": "x" * 100} for number in range(200_000))) == 200_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000
