"""Rows as a CSV file that is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet may compute (OWASP, "CSV Injection"); the last are the full-width forms."""
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def write_csv(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write rows as they come, under a header, and return their number; the file appears when it is complete.

    Text that a spreadsheet would take for a formula gets an apostrophe in front; numbers stay as they are. Without rows
    no file is written.
    """
    incoming = path.with_name(f"{path.name}.incoming")
    lines = 0
    try:
        with incoming.open("w", newline="", encoding="utf-8", errors="replace") as file:
            writer = csv.writer(file)
            for cells in _cells(rows):
                writer.writerow([escape_formula(cell) for cell in cells])
                lines += 1
        if lines:
            incoming.replace(path)
    finally:
        incoming.unlink(missing_ok=True)
    return max(0, lines - 1)


def escape_formula(cell: Any) -> Any:
    """Return a cell that no spreadsheet evaluates."""
    if isinstance(cell, str) and cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def _cells(rows: Iterable[Mapping[str, Any]]) -> Iterator[Iterable[Any]]:
    """Yield the names, then the values of each row."""
    for number, row in enumerate(rows):
        if number == 0:
            yield row.keys()
        yield row.values()
