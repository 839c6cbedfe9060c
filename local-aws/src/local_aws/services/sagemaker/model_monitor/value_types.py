"""The types that Model Monitor infers from text.

Source: ``StatefulDataType`` and the data type constraint of ``awslabs/deequ``, which the container is built on.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Literal

from local_aws.services.sagemaker.model_monitor.tables import Column

ValueType = Literal["Integral", "Fractional", "String", "Unknown"]

_INTEGRAL = re.compile(r"[-+]? ?\d+")
_FRACTIONAL = re.compile(r"[-+]? ?\d+(\.\d+|(\.\d+)?[eE][-+]?\d+)")


def value_type(text: str) -> ValueType:
    """Return the type of a value that is not missing."""
    if _INTEGRAL.fullmatch(text):
        return "Integral"
    return "Fractional" if _FRACTIONAL.fullmatch(text) else "String"


def inferred_type(column: Column) -> ValueType:
    """Return the type that holds all values of a column; ``Unknown`` if all are missing."""
    types = {value_type(text) for text in column if text is not None}
    for widest in ("String", "Fractional", "Integral"):
        if widest in types:
            return widest
    return "Unknown"


def share_of_type(column: Column, expected: str) -> float:
    """Return the share of the values present that are of exactly a type; 0 if none is present."""
    counts = Counter(value_type(text) for text in column if text is not None)
    return counts[expected] / counts.total() if counts else 0.0  # type: ignore[index]


def number(text: str) -> float:
    """Return the number that a value of a numeric type stands for."""
    return float(text.replace(" ", ""))
