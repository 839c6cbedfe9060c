"""Metrics of a binary classifier from labels and scores, whatever the scores' source.

They are those of scikit-learn, which the tests compare them with; its import takes longer than most reports.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from processing.decision import CLASSES, confusion, predicted_classes
from processing.exit_message import ProcessingError


def headline_metrics(labels: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    """Return accuracy, balanced accuracy and ROC AUC as fractions, and log loss; both classes must occur."""
    right = predicted_classes(scores) == labels
    return {
        "accuracy": float(right.mean()),
        "balanced_accuracy": float(np.mean([right[labels == label].mean() for label in CLASSES])),
        "roc_auc": roc_auc(labels, scores),
        "log_loss": log_loss(labels, scores),
    }


def roc_auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return the fraction of pairs of a positive and a negative row that the scores order correctly; ties are half."""
    return float(roc_aucs(labels, scores[None, :])[0])


def roc_aucs(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the ROC AUC of each of many score vectors, shape (vectors, rows).

    By the rank-sum statistic: folds ask for it a hundred times, of which scikit-learn's checks take most.
    """
    positive = labels == 1
    positives = positive.sum()
    ranks = pd.DataFrame(scores).rank(axis=1).to_numpy()
    above = ranks[:, positive].sum(axis=1) - positives * (positives + 1) / 2
    return np.asarray(above / (positives * (len(labels) - positives)))


def log_loss(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return the mean of -ln(probability of the row's class), a proper score: lowest for the true probabilities.

    A probability of 0 is taken for the smallest step of its type above it, as scikit-learn does.
    """
    step = np.finfo(scores.dtype).eps if np.issubdtype(scores.dtype, np.floating) else np.finfo(float).eps
    of_class = np.clip(np.where(labels == 1, scores, 1 - scores).astype(float), step, 1 - step)
    return float(-np.log(of_class).mean())


def class_metrics(labels: np.ndarray, scores: np.ndarray) -> dict[str, dict[str, float | int]]:
    """Return precision, recall, F1 and number of rows of each class; a class never predicted has precision 0."""
    counts = confusion(labels, scores)
    return {label: _of_class(counts, label) for label in counts}


def _of_class(counts: dict[str, dict[str, int]], label: str) -> dict[str, float | int]:
    right, rows = counts[label][label], sum(counts[label].values())
    predicted = sum(answers[label] for answers in counts.values())
    return {
        "precision": right / predicted if predicted else 0.0,
        "recall": right / rows if rows else 0.0,
        "f1": 2 * right / (predicted + rows) if predicted + rows else 0.0,
        "rows": rows,
    }


def check_scorable(labels: np.ndarray, scores: np.ndarray, rows: str) -> None:
    """Check that every metric is defined; `rows` names the rows in errors.

    Raises
    ------
    ProcessingError
        A class is absent, or a score is not a probability.
    """
    present = sorted(set(labels.tolist()))
    if present != list(CLASSES):
        raise ProcessingError(
            f"The {rows} have the label(s) {present} only, so that ROC AUC is not defined; split again with "
            "another seed or more data."
        )
    bad = ~(np.isfinite(scores) & (scores >= 0) & (scores <= 1))
    if bad.any():
        raise ProcessingError(
            f"{bad.sum()} of {len(scores)} scores of the {rows} are not probabilities (first: {scores[bad][0]}); "
            "the model must be trained with objective binary:logistic."
        )
