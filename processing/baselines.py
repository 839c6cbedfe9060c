"""What a model must beat: the majority class, and the best rule on one feature.

Both learn from training rows only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


def majority_class(labels: np.ndarray) -> int:
    """Return the more frequent class; 1 if both are equally frequent."""
    return int(2 * labels.sum() >= len(labels))


@dataclass(frozen=True)
class OneFeatureRule:
    """A decision on one feature: a class below the threshold, one from it upwards, one where the value is missing."""

    feature: str
    threshold: float
    below: int
    from_threshold: int
    missing: int
    training_accuracy: float

    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        """Return the predicted class, 0 or 1, of each row."""
        values = rows[self.feature].to_numpy(dtype=float, na_value=np.nan)
        decided = np.where(values < self.threshold, self.below, self.from_threshold)
        return np.where(np.isnan(values), self.missing, decided)

    def describe(self) -> str:
        """Return the rule in words."""
        words = ("negative", "positive")
        return (
            f"{self.feature} < {self.threshold:g}: {words[self.below]}; {self.feature} >= {self.threshold:g}: "
            f"{words[self.from_threshold]}; {self.feature} missing: {words[self.missing]}"
        )


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
    return OneFeatureRule(
        feature=name,
        threshold=float((present[cut - 1] + present[cut]) / 2) if cut else float("-inf"),
        below=majority_class(present_labels[:cut]) if cut else majority,
        from_threshold=majority_class(present_labels[cut:]) if len(present) else majority,
        missing=missing_class,
        training_accuracy=(int(right_below[best] + right_above[best]) + right_missing) / len(labels),
    )
