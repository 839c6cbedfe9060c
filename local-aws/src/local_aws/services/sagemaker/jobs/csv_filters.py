"""The JSONPath expressions that batch transform's ``DataProcessing`` applies to CSV records.

Source of the contract: "Associate Prediction Results with Input Records" of the SageMaker developer guide. A CSV
record is an array, so that of its operators ``$``, ``[*]``, ``[i,j,…]`` and ``[start:end]`` apply.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

from local_aws.services.sagemaker.errors import invalid

Fields = list[str]
Filter = Callable[[Fields], Fields]

_INDICES = re.compile(r"\$\[\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*\]")
_SLICE = re.compile(r"\$\[\s*(-?\d*)\s*:\s*(-?\d*)\s*\]")


def compile_filter(path: str) -> Filter:
    """Return the function that picks a path's fields out of a record, and raises IndexError where one is missing.

    A path that does not apply to CSV raises ``ValidationException``.
    """
    if path in ("", "$", "$[*]"):
        return list
    indices = _INDICES.fullmatch(path)
    if indices:
        positions = [int(position) for position in indices[1].split(",")]
        return lambda fields: [fields[position] for position in positions]
    bounds = _SLICE.fullmatch(path)
    if bounds:
        start, end = (int(bound) if bound else None for bound in bounds.groups())
        return lambda fields: fields[start:end]
    raise invalid(
        f"{path!r} picks nothing out of a CSV record; use $, $[*], indices such as $[0,-1] or a slice such as $[1:]"
    )


def parse_record(line: str) -> Fields:
    """Split a record into its fields."""
    return next(csv.reader([line]), [])


def write_record(fields: Fields) -> str:
    """Write a record, without the line's end."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(fields)
    return buffer.getvalue()
