"""Reading the answers of a transform job: CSV, one line per row sent; imports the standard library alone."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from processing.exit_message import ProcessingError

SUFFIX = ".out"
"""Batch transform appends it to the name of the input object."""


def read_answer_lines(folder: Path, name: str = f"*{SUFFIX}") -> Iterator[tuple[list[str], str]]:
    """Yield each line's fields and its place, from files of a name in sub-folders or not, by file name and line.

    Raises
    ------
    ProcessingError
        The folder holds no output, or the output is not text.
    """
    files = sorted(folder.rglob(name))
    if not files:
        raise ProcessingError(f"{folder} holds no file {name}: the transform job left no such output.")
    for file in files:
        try:
            with file.open(encoding="utf-8", newline="") as lines:
                for number, fields in enumerate(csv.reader(lines), start=1):
                    yield [field.strip() for field in fields], f"Line {number} of {file}"
        except (UnicodeDecodeError, csv.Error) as error:
            raise ProcessingError(
                f"{file} is not CSV text ({error}): it is not the output of a transform job."
            ) from error
