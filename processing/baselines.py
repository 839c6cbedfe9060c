"""What a model must beat: the majority class, the best rule on one feature, and the best table of two.

All learn from training rows only. Each answers with a score, the rate of positive rows among the training rows that it
cannot tell apart, so that a baseline has a ROC AUC and a log loss as a model has.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import pandas as pd

MAX_VALUES = 3  # a table's features have at most so many values, a missing one among them
MISSING = float("-inf")  # stands for a missing value in the cells of a table


def majority_class(labels: np.ndarray) -> int:
    """Return the more frequent class; 1 if both are equally frequent."""
    return int(2 * labels.sum() >= len(labels))


@dataclass(frozen=True)
class OneFeatureRule:
    """A decision on one feature: a class below the threshold, one from it upwards, one where the value is missing.

    `rates` are the smoothed positive rates of these three groups of training rows, in this order.
    """

    feature: str
    threshold: float
    below: int
    from_threshold: int
    missing: int
    training_accuracy: float
    rates: tuple[float, float, float]

    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        """Return the predicted class, 0 or 1, of each row."""
        return self._of_group(rows, (self.below, self.from_threshold, self.missing))

    def scores(self, rows: pd.DataFrame) -> np.ndarray:
        """Return the training rate of each row's group."""
        return self._of_group(rows, self.rates)

    def _of_group(self, rows: pd.DataFrame, answers: tuple[float, float, float]) -> np.ndarray:
        values = rows[self.feature].to_numpy(dtype=float, na_value=np.nan)
        below, from_threshold, missing = answers
        return np.where(np.isnan(values), missing, np.where(values < self.threshold, below, from_threshold))

    def describe(self) -> str:
        """Return the rule in words."""
        words = ("negative", "positive")
        return (
            f"{self.feature} < {self.threshold:g}: {words[self.below]}; {self.feature} >= {self.threshold:g}: "
            f"{words[self.from_threshold]}; {self.feature} missing: {words[self.missing]}"
        )


@dataclass(frozen=True)
class FlagTable:
    """The positive rate of every combination of the values of two features with few values."""

    features: tuple[str, str]
    cells: dict[tuple[float, float], tuple[int, float]]
    """Number and smoothed positive rate of the training rows of each combination; `MISSING` is a missing value."""
    rate: float
    """Of all training rows: the score of a combination that they do not have."""

    def scores(self, rows: pd.DataFrame) -> np.ndarray:
        """Return the training rate of each row's cell."""
        keys = _keys(rows, self.features)
        scores = np.full(len(rows), self.rate)
        for cell, (_, rate) in self.cells.items():
            scores[(keys == cell).all(axis=1)] = rate
        return scores

    def describe(self) -> str:
        """Return the table's features and its number of cells."""
        return f"table of {' and '.join(self.features)} ({len(self.cells)} cells)"


@dataclass(frozen=True)
class _Flag:
    """A feature with few values: those that it has, in order, and which of them each row has."""

    name: str
    values: np.ndarray
    of_row: np.ndarray


@dataclass(frozen=True)
class _Cells:
    """The cells of two features' values: which of them each row is in, their numbers of rows and smoothed rates."""

    of_row: np.ndarray
    sizes: np.ndarray
    rates: np.ndarray


def learn_flag_table(rows: pd.DataFrame, names: tuple[str, ...], labels: np.ndarray) -> FlagTable | None:
    """Find the table of two features with the lowest log loss on the training rows; the first pair wins a tie.

    Only features of at most `MAX_VALUES` values take part; None if there are not two of them that vary.
    """
    columns = zip(names, _keys(rows, names).T, strict=True)
    flags = [_Flag(name, *np.unique(column, return_inverse=True)) for name, column in columns]
    few = [flag for flag in flags if 1 < len(flag.values) <= MAX_VALUES]
    tables = [(first, second, _cells(first, second, labels)) for first, second in combinations(few, 2)]
    best = min(tables, key=lambda table: _log_loss(labels, table[2].rates[table[2].of_row]), default=None)
    return None if best is None else _table(*best, float(labels.mean()))


def _cells(first: _Flag, second: _Flag, labels: np.ndarray) -> _Cells:
    of_row = first.of_row * len(second.values) + second.of_row
    number = len(first.values) * len(second.values)
    sizes = np.bincount(of_row, minlength=number)
    positives = np.bincount(of_row, weights=labels, minlength=number)
    return _Cells(of_row, sizes, _smoothed(positives, sizes, labels.mean()))


def _table(first: _Flag, second: _Flag, cells: _Cells, rate: float) -> FlagTable:
    combinations_of_values = product(first.values.tolist(), second.values.tolist())
    rows = zip(combinations_of_values, cells.sizes.tolist(), cells.rates.tolist(), strict=True)
    return FlagTable((first.name, second.name), {values: (size, share) for values, size, share in rows if size}, rate)


def _keys(rows: pd.DataFrame, features: tuple[str, ...]) -> np.ndarray:
    values = rows[list(features)].to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isnan(values), MISSING, values)


def _smoothed(positives: np.ndarray, rows: np.ndarray, rate: float) -> np.ndarray:
    """Return positive rates with one more row of the overall rate, so that a rate of 0 or 1 costs no infinity."""
    return (positives + rate) / (rows + 1)


def _log_loss(labels: np.ndarray, scores: np.ndarray) -> float:
    return float(-np.log(np.where(labels == 1, scores, 1 - scores)).mean())


def learn_one_feature_rule(rows: pd.DataFrame, names: tuple[str, ...], labels: np.ndarray) -> OneFeatureRule:
    """Find the rule on one feature that is right on most training rows; the first feature wins a tie.

    All thresholds halfway between neighbouring values are tried.
    """
    rules = [_best_threshold(name, rows[name].to_numpy(dtype=float, na_value=np.nan), labels) for name in names]
    return max(rules, key=lambda rule: rule.training_accuracy)


def _best_threshold(name: str, values: np.ndarray, labels: np.ndarray) -> OneFeatureRule:
    missing = np.isnan(values)
    order = np.argsort(values[~missing], kind="stable")
    present, present_labels = values[~missing][order], labels[~missing][order].astype(int)

    # Rows and positives below each cut; cut 0 leaves every row on the upper side.
    changes = np.flatnonzero(np.diff(present)) + 1
    rows_below = np.concatenate([[0], changes])
    positives_below = np.concatenate([[0], np.cumsum(present_labels)])[rows_below]
    rows_above = len(present) - rows_below
    positives_above = present_labels.sum() - positives_below

    right_below = np.maximum(positives_below, rows_below - positives_below)
    right_above = np.maximum(positives_above, rows_above - positives_above)
    best = int(np.argmax(right_below + right_above))
    cut = rows_below[best]

    majority = majority_class(labels)
    missing_class = majority_class(labels[missing]) if missing.any() else majority
    right_missing = int((labels[missing] == missing_class).sum())
    rate = float(labels.mean())
    return OneFeatureRule(
        feature=name,
        threshold=float((present[cut - 1] + present[cut]) / 2) if cut else float("-inf"),
        below=majority_class(present_labels[:cut]) if cut else majority,
        from_threshold=majority_class(present_labels[cut:]) if len(present) else majority,
        missing=missing_class,
        training_accuracy=(int(right_below[best] + right_above[best]) + right_missing) / len(labels),
        rates=(
            float(_smoothed(positives_below[best], cut, rate)),
            float(_smoothed(positives_above[best], rows_above[best], rate)),
            float(_smoothed(labels[missing].sum(), missing.sum(), rate)),
        ),
    )
