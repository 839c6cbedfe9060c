"""Distributions: KLL sketches of numbers, and the distance between two distributions.

A sketch is a list of levels; a value of level ``i`` stands for ``2**i`` values. Up to `K` values are kept as they are.
Source of the distances: ``Distance`` of ``awslabs/deequ``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

K = 2048
C = 0.64
BUCKETS = 10
_SMALL_SAMPLE = 1.8
"""The coefficient by which Deequ allows for the size of samples."""

Sketch = Sequence[Sequence[float]]


def distribution(values: Sequence[float]) -> dict[str, Any]:
    """Return the ``kll`` distribution of numbers: buckets of equal width, and the sketch."""
    edges = np.linspace(min(values), max(values), BUCKETS + 1)
    places = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, BUCKETS - 1)
    counts = np.bincount(places, minlength=BUCKETS)
    buckets = [
        {"lower_bound": float(lower), "upper_bound": float(upper), "count": float(count)}
        for lower, upper, count in zip(edges, edges[1:], counts, strict=False)
    ]
    return {"kll": {"buckets": buckets, "sketch": {"parameters": {"c": C, "k": float(K)}, "data": sketch(values)}}}


def sketch(values: Sequence[float]) -> list[list[float]]:
    """Return the sketch of numbers; of a level that is too long, every other value moves to the next."""
    levels: list[list[float]] = [list(values)]
    while len(levels[-1]) > K:
        full = sorted(levels[-1])
        odd = [full.pop()] if len(full) % 2 else []
        levels[-1] = odd
        levels.append(full[::2])
    return levels


def numerical_distance(current: Sketch, baseline: Sketch, *, robust: bool) -> float:
    """Return the largest difference of two distribution functions, less what samples of their size may differ by."""
    (points, weights), (other_points, other_weights) = _weighted(current), _weighted(baseline)
    keys = np.union1d(points, other_points)
    difference = _cumulative(keys, points, weights) - _cumulative(keys, other_points, other_weights)
    return _corrected(float(np.abs(difference).max()), weights.sum(), other_weights.sum(), robust)


def categorical_distance(current: Mapping[str, float], baseline: Mapping[str, float], *, robust: bool) -> float:
    """Return the largest difference of two relative frequencies; see `numerical_distance`."""
    size, other_size = sum(current.values()), sum(baseline.values())
    names = current.keys() | baseline.keys()
    largest = max(abs(current.get(name, 0) / size - baseline.get(name, 0) / other_size) for name in names)
    return _corrected(largest, size, other_size, robust)


def _corrected(largest: float, size: float, other_size: float, robust: bool) -> float:
    if not robust:
        return largest
    return max(0.0, largest - _SMALL_SAMPLE * math.sqrt((size + other_size) / (size * other_size)))


def _weighted(levels: Sketch) -> tuple[np.ndarray, np.ndarray]:
    points = np.concatenate([np.asarray(level, float) for level in levels])
    weights = np.concatenate([np.full(len(level), 2.0**height) for height, level in enumerate(levels)])
    order = np.argsort(points)
    return points[order], weights[order]


def _cumulative(keys: np.ndarray, points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    sums = np.concatenate([[0.0], np.cumsum(weights)])
    return np.asarray(sums[np.searchsorted(points, keys, side="right")] / weights.sum())
