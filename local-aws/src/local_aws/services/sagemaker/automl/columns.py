"""The feature columns of a model: written beside it by the search, read by the model server.

Both read CSV fields by it, so that a record means the same to the model in training and in serving.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

FILE = "columns.json"
"""Its name in a model archive."""

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")
"""Fields that stand for a missing value."""


@dataclass(frozen=True)
class Column:
    """A feature, of kind ``number`` when every value is a number or missing."""

    name: str
    kind: Literal["number", "text"]


def write_columns(columns: Sequence[Column], folder: Path) -> None:
    """Write the columns, in their order, into a model folder."""
    (folder / FILE).write_text(json.dumps([asdict(column) for column in columns]), encoding="utf-8")


def read_columns(folder: Path) -> tuple[Column, ...]:
    """Read the columns of a model folder."""
    return tuple(Column(**entry) for entry in json.loads((folder / FILE).read_text(encoding="utf-8")))
