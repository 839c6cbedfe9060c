"""Columns as Clarify takes them: categories, or numbers that are split at thresholds.

Source: ``ensure_series_data_type`` and ``_interval_index`` of ``aws/amazon-sagemaker-clarify``.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from local_aws.services.sagemaker.model_monitor.errors import AnalysisError
from local_aws.services.sagemaker.model_monitor.value_types import inferred_type, number

_FEWEST_OF_CONTINUOUS = 0.05
"""The share of distinct values from which on a column of whole numbers is continuous."""


def select(column: Sequence[str], values: Sequence[Any], name: str) -> tuple[np.ndarray, str]:
    """Return which rows have one of the values, or lie above the threshold, and how the report writes it.

    Parameters
    ----------
    values
        Categories; of a continuous column, thresholds.
    """
    if is_continuous(column, values):
        numbers = np.array([number(text) for text in column])
        breaks = _thresholds(values, name)
        if float(numbers.max()) not in breaks:
            breaks.append(float(numbers.max()))
        breaks.sort()
        is_fractional = inferred_type(list(column)) == "Fractional" or any(value % 1 for value in breaks)
        shown = [str(value if is_fractional else int(value)) for value in breaks]
        written = ",".join(f"({lower}, {upper}]" for lower, upper in itertools.pairwise(shown))
        return (numbers > breaks[0]) & (numbers <= breaks[-1]), written
    wanted = {_category(str(value)) for value in values}
    return np.array([_category(text) in wanted for text in column]), ",".join(map(str, values))


def is_continuous(column: Sequence[str], values: Sequence[Any]) -> bool:
    """Return whether a column is of numbers that one threshold splits."""
    kind = inferred_type(list(column))
    if len(values) > 1 or kind not in ("Integral", "Fractional"):
        return False
    return kind == "Fractional" or len(set(column)) / len(column) >= _FEWEST_OF_CONTINUOUS


def _category(text: str) -> str:
    """Return a category as it compares: 1 and 1.0 are one."""
    if inferred_type([text]) in ("Integral", "Fractional") and number(text) % 1 == 0:
        return str(int(number(text)))
    return text


def _thresholds(values: Sequence[Any], name: str) -> list[float]:
    try:
        thresholds = [float(value) for value in values]
    except ValueError:
        thresholds = []
    if not thresholds:
        raise AnalysisError(f"column {name!r} is continuous and needs a threshold; got {list(values)!r}")
    return thresholds
