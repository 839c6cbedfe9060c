"""Datasets as tables of text, in which nothing has a type yet: types are inferred from what is written."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_aws.services.sagemaker.model_monitor.errors import AnalysisError

Column = list[str | None]
"""The text of each cell of a column; None where the value is missing."""

UNNAMED = "_c{}"
"""The name of a column of a CSV file without header, by its position from 0."""


@dataclass(frozen=True)
class Table:
    """A dataset's columns by name, in the order of the file."""

    columns: Mapping[str, Column]

    @property
    def row_count(self) -> int:
        """The number of rows."""
        return len(next(iter(self.columns.values()), []))

    def column(self, attribute: str) -> Column:
        """Return a column by its name, by its position from 0, or by a JSON path such as ``$.label``."""
        name = attribute.removeprefix("$.")
        if name in self.columns:
            return self.columns[name]
        names = list(self.columns)
        if name.isdecimal() and int(name) < len(names):
            return self.columns[names[int(name)]]
        raise AnalysisError(f"the dataset has no column {attribute!r}; its columns are {', '.join(names)}")


def read_table(source: Path, dataset_format: Mapping[str, Any]) -> Table:
    """Return the rows of all files below a folder.

    Parameters
    ----------
    dataset_format
        ``{"csv": {"header": true}}`` or ``{"json": {"lines": true}}``, as the SDK's ``DatasetFormat`` writes it.
    """
    if len(dataset_format) != 1 or not dataset_format.keys() <= {"csv", "json"}:
        raise AnalysisError(
            f"local_aws does not support dataset_format {json.dumps(dataset_format)}; it must have one of csv, json"
        )
    ((kind, options),) = dataset_format.items()
    columns: dict[str, Column] | None = None
    for file in _files(source):
        names, rows = _read_csv(file, options) if kind == "csv" else _read_json(file, options)
        if columns is None:
            columns = {name: [] for name in names}
        elif names and names != list(columns):
            raise AnalysisError(f"{file.name} has the columns {', '.join(names)}, an earlier file {', '.join(columns)}")
        for row in rows:
            for column, cell in zip(columns.values(), row, strict=True):
                column.append(cell)
    if columns is None or not Table(columns).row_count:
        raise AnalysisError(f"the dataset has no rows: there are none in the files below {source}")
    return Table(columns)


def _files(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
    for path in sorted(source.rglob("*")):
        if path.is_file() and path.stat().st_size:
            yield path


def _read_csv(file: Path, options: Mapping[str, Any]) -> tuple[list[str], list[Column]]:
    with file.open(newline="", encoding="utf-8-sig") as stream:
        lines = [(number, row) for number, row in enumerate(csv.reader(stream), start=1) if row]
    if not lines:
        return [], []
    names = lines.pop(0)[1] if options.get("header", True) else [UNNAMED.format(i) for i in range(len(lines[0][1]))]
    if len(set(names)) != len(names):
        raise AnalysisError(f"{file.name} has two columns of one name; its header is {', '.join(names)}")
    for number, row in lines:
        if len(row) != len(names):
            raise AnalysisError(f"{file.name} has {len(names)} columns, but row {number} has {len(row)}")
    return names, [[cell or None for cell in row] for _, row in lines]


def _read_json(file: Path, options: Mapping[str, Any]) -> tuple[list[str], list[Column]]:
    text = file.read_text(encoding="utf-8")
    parts = [line for line in text.splitlines() if line.strip()] if options.get("lines", True) else [text]
    try:
        # Numbers stay as they are written, so that 1.0 is fractional and 1 is not.
        documents = [json.loads(part, parse_float=str, parse_int=str) for part in parts]
    except ValueError as error:
        raise AnalysisError(f"{file.name} is not the JSON that dataset_format says: {error}") from None
    records = [record for document in documents for record in (document if isinstance(document, list) else [document])]
    names = list(dict.fromkeys(name for record in records for name in _record(record, file)))
    return names, [[_text(record.get(name), name, file) for name in names] for record in records]


def _record(document: Any, file: Path) -> Iterable[str]:
    if not isinstance(document, dict):
        raise AnalysisError(f"{file.name} must hold objects; got {document!r}")
    return document


def _text(value: Any, name: str, file: Path) -> str | None:
    if isinstance(value, dict | list):
        raise AnalysisError(f"local_aws does not support nested JSON: {name!r} of {file.name} is not a single value")
    if isinstance(value, bool):
        return json.dumps(value)
    return value or None
