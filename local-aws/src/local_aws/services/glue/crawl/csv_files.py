"""Glue's built-in CSV classifier: delimiter, header and column types from a sample.

The rules are those of the Glue developer guide, "Built-in CSV classifier", but for the names of columns without a
header: the guide counts them from col1, and the tables of real accounts from col0.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from dataclasses import dataclass
from typing import IO

from local_aws.services.glue.crawl.schema import Column, Schema, common_type

SAMPLE_ROWS = 1000
"""Glue looks at the first thousand records."""

DELIMITERS = (",", "|", "\t", ";", "\x01")

_LONGEST_NAME = 150
_CHUNK_BYTES = 1 << 20
_INTEGER = re.compile(r"[+-]?\d{1,19}")
_LARGEST = 2**63 - 1
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_COLUMN_NAME = re.compile(r"[^\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class CsvShape:
    """What the classifier makes of a CSV file."""

    delimiter: str
    header: bool
    """True if the first row names the columns."""
    schema: Schema
    """The columns; without a header they are named col0, col1, and so on."""


def read_csv_shape(sample: bytes, *, complete: bool) -> CsvShape | None:
    """Recognise CSV in the beginning of a file.

    Parameters
    ----------
    sample
        The first bytes, uncompressed.
    complete
        True if that is the whole file; else its last, cut line is left out.

    Returns
    -------
    CsvShape or None
        None when it is not CSV: fewer than two columns or rows, or rows of different lengths.
    """
    if b"\0" in sample:
        return None
    text = sample.decode("utf-8-sig", "replace")
    if not complete:
        text = text.rpartition("\n")[0]
    best: tuple[str, list[list[str]]] | None = None
    for delimiter in DELIMITERS:
        rows = _rows(text, delimiter)
        if rows and (best is None or len(rows[0]) > len(best[1][0])):
            best = delimiter, rows
    if best is None:
        return None
    delimiter, rows = best
    header = _has_header(rows)
    names = [name.strip().lower() for name in rows[0]] if header else [f"col{at}" for at in range(len(rows[0]))]
    types = _column_types(rows[1:] if header else rows)
    columns = [Column(name, kind) for name, kind in zip(names, types, strict=True) if name]
    return CsvShape(delimiter, header, tuple(columns))


def count_records(stream: IO[bytes] | gzip.GzipFile) -> int:
    """Count the lines of a file in constant memory; a last line without a newline counts."""
    lines, last = 0, b"\n"
    while chunk := stream.read(_CHUNK_BYTES):
        lines += chunk.count(b"\n")
        last = chunk[-1:]
    return lines + (last != b"\n")


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """Split the sample; empty when it is not a table of at least two columns and rows under that delimiter."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=delimiter, strict=True):
            if row:
                rows.append(row)
            if len(rows) == SAMPLE_ROWS:
                break
    except csv.Error:
        return []
    uniform = len({len(row) for row in rows}) == 1
    return rows if len(rows) >= 2 and uniform and len(rows[0]) >= 2 else []


def _has_header(rows: list[list[str]]) -> bool:
    names = [name.strip() for name in rows[0]]
    trailing = not any(row[-1].strip() for row in rows)
    checked = names[:-1] if trailing else names
    if any(not _COLUMN_NAME.fullmatch(name) or _value_type(name) != "string" for name in checked):
        return False
    if any(len(name) >= _LONGEST_NAME for name in names[:-1]):
        return False
    if len({name.lower() for name in checked}) < len(checked):
        return False
    return any(_value_type(value) not in (None, "string") for row in rows[1:] for value in row)


def _column_types(rows: list[list[str]]) -> list[str]:
    types: list[str | None] = [None] * len(rows[0])
    for row in rows:
        for at, value in enumerate(row):
            kind = _value_type(value)
            known = types[at]
            if kind is not None:
                types[at] = kind if known is None else common_type(known, kind)
    return [kind or "string" for kind in types]


def _value_type(value: str) -> str | None:
    """Return the narrowest of Glue's types that a value parses as; None for an empty one, which fits every type."""
    text = value.strip()
    if not text:
        return None
    if _INTEGER.fullmatch(text) and -_LARGEST <= int(text) <= _LARGEST:
        return "bigint"
    if _NUMBER.fullmatch(text):
        return "double"
    return "boolean" if text.lower() in ("true", "false") else "string"
