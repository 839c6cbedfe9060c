"""Figures in the JSON documents that evaluations write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def numbers_in(document: Any) -> dict[str, float]:
    """Return the numbers at the top of a document, by name; those of SageMaker's model quality have a ``value``.

    A document of SageMaker's has one more level: ``binary_classification_metrics`` and the metrics below it.
    """
    return dict(_numbers(document, 2))


def _numbers(document: Any, levels: int) -> Iterator[tuple[str, float]]:
    if not isinstance(document, dict):
        return
    for name, value in document.items():
        if _is_number(value):
            yield name, value
        elif isinstance(value, dict) and _is_number(value.get("value")):
            yield name, value["value"]
        elif name.endswith("_metrics") and levels > 1:
            yield from _numbers(value, levels - 1)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
