"""The ledger of beliefs about AWS: every row has a mark, and few rest on nothing but inference."""

from __future__ import annotations

import re
from pathlib import Path

LEDGER = Path(__file__).parents[1] / "docs" / "aws-assumptions.md"
ROW = re.compile(
    r"^\| (?P<id>[A-WYZ]\d+) \| (?P<belief>.*) \| (?P<place>.*) \| (?P<mark>.*) \| (?P<settled>.*) \|$", re.M
)
MARKS = ("doc", "source", "recorded", "assumed")
MOST_ASSUMED = 85


def rows() -> list[re.Match[str]]:
    """Return the rows that state a belief; those of the walk-through have other columns."""
    return list(ROW.finditer(LEDGER.read_text(encoding="utf-8")))


def test_each_row_is_listed_once_with_a_mark() -> None:
    assert len(rows()) > 290
    assert len({row["id"] for row in rows()}) == len(rows())
    assert [row["id"] for row in rows() if not row["mark"].startswith(MARKS)] == []


def test_few_rows_are_wholly_assumed() -> None:
    wholly = [row["id"] for row in rows() if not re.search(r"\b(doc|source|recorded)\b", row["mark"])]

    assert len(wholly) <= MOST_ASSUMED, wholly
