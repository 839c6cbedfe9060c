"""``statistics.json`` of a dataset.

Source: the developer guide's "Schema for Statistics", and the file that the SDK's integration tests compare with.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from local_aws.services.sagemaker.model_monitor.sketches import distribution
from local_aws.services.sagemaker.model_monitor.tables import Column, Table
from local_aws.services.sagemaker.model_monitor.value_types import inferred_type, number

FILE = "statistics.json"
VERSION = 0.0
MOST_CATEGORIES = 120
"""Columns of text with more distinct values are not listed value by value; Deequ's default."""


def compute_statistics(table: Table) -> dict[str, Any]:
    """Return the statistics of each column."""
    return {
        "version": VERSION,
        "dataset": {"item_count": table.row_count},
        "features": [_feature(name, column) for name, column in table.columns.items()],
    }


def categories(column: Column) -> Counter[str]:
    """Return how often each value is there."""
    return Counter(text for text in column if text is not None)


def _feature(name: str, column: Column) -> dict[str, Any]:
    kind = inferred_type(column)
    present = [text for text in column if text is not None]
    common = {"num_present": len(present), "num_missing": len(column) - len(present)}
    if kind in ("Integral", "Fractional"):
        return {"name": name, "inferred_type": kind, "numerical_statistics": {"common": common, **_numbers(present)}}
    counts = categories(column)
    text: dict[str, Any] = {"common": common, "distinct_count": float(len(counts))}
    if 0 < len(counts) <= MOST_CATEGORIES:
        buckets = [{"value": value, "count": count} for value, count in counts.most_common()]
        text["distribution"] = {"categorical": {"buckets": buckets}}
    return {"name": name, "inferred_type": kind, "string_statistics": text}


def _numbers(present: list[str]) -> dict[str, Any]:
    values = [number(text) for text in present]
    return {
        "mean": float(np.mean(values)),
        "sum": float(np.sum(values)),
        "std_dev": float(np.std(values)),
        "min": min(values),
        "max": max(values),
        "distribution": distribution(values),
    }
