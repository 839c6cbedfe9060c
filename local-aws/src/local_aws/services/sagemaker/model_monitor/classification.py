"""The metrics of classes: of two, of which the latter is positive, and of any number, weighted by how often each is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

_BETAS = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}
_CONSTANT = "_best_constant_classifier"


def binary_metrics(
    classes: Sequence[str], labels: np.ndarray, predictions: np.ndarray, probabilities: np.ndarray | None
) -> dict[str, float]:
    """Return the metrics of two classes; the constant classifier is the one that says the positive class."""
    positive = classes[-1]
    truth, predicted = labels == positive, predictions == positive
    recall, precision = _share(truth & predicted, truth), _share(truth & predicted, predicted)
    false_positives = _share(~truth & predicted, ~truth)
    prevalence = float(np.mean(truth))
    metrics = {
        "recall": recall,
        "precision": precision,
        "accuracy": float(np.mean(labels == predictions)),
        f"recall{_CONSTANT}": float(prevalence > 0),
        f"precision{_CONSTANT}": prevalence,
        f"accuracy{_CONSTANT}": prevalence,
        "true_positive_rate": recall,
        "true_negative_rate": 1 - false_positives,
        "false_positive_rate": false_positives,
        "false_negative_rate": 1 - recall,
    }
    if probabilities is not None:
        false_rates, true_rates, _, _ = _points(truth, probabilities)
        metrics["auc"] = float(np.trapezoid(true_rates, false_rates))
    metrics |= {name: _f(precision, recall, beta) for name, beta in _BETAS.items()}
    constant = float(prevalence > 0)
    return metrics | {f"{name}{_CONSTANT}": _f(prevalence, constant, beta) for name, beta in _BETAS.items()}


def multiclass_metrics(labels: np.ndarray, predictions: np.ndarray) -> dict[str, float]:
    """Return the weighted metrics; the constant classifier is the one that says the last class."""
    constant = np.full(len(labels), max(labels), dtype=object)
    metrics = _weighted(labels, predictions)
    return metrics | {f"{name}{_CONSTANT}": value for name, value in _weighted(labels, constant).items()}


def curves(
    classes: Sequence[str], labels: np.ndarray, predictions: np.ndarray, probabilities: np.ndarray | None
) -> dict[str, Any]:
    """Return the confusion matrix, a row per label, and the curves of probabilities if there are any."""
    shown: dict[str, Any] = {
        "confusion_matrix": {
            label: {other: int(np.sum((labels == label) & (predictions == other))) for other in classes}
            for label in classes
        }
    }
    if probabilities is not None:
        false_rates, true_rates, precisions, recalls = _points(labels == classes[-1], probabilities)
        shown["receiver_operating_characteristic_curve"] = {
            "false_positive_rates": false_rates.tolist(),
            "true_positive_rates": true_rates.tolist(),
        }
        shown["precision_recall_curve"] = {"precisions": precisions.tolist(), "recalls": recalls.tolist()}
    return shown


def _weighted(labels: np.ndarray, predictions: np.ndarray) -> dict[str, float]:
    sums = dict.fromkeys(("recall", "precision", *_BETAS), 0.0)
    for label in sorted(set(labels)):
        truth, predicted = labels == label, predictions == label
        recall, precision = _share(truth & predicted, truth), _share(truth & predicted, predicted)
        own = {"recall": recall, "precision": precision}
        own |= {name: _f(precision, recall, beta) for name, beta in _BETAS.items()}
        for name, value in own.items():
            sums[name] += value * float(np.mean(truth))
    return {
        "accuracy": float(np.mean(labels == predictions)),
        **{f"weighted_{name}": value for name, value in sums.items()},
    }


def _points(truth: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the points of both curves, from the highest threshold on: FPR, TPR, precision and recall."""
    order = np.argsort(-probabilities, kind="stable")
    last_of_each = np.append(np.diff(probabilities[order]) != 0, True)
    positives, totals = np.cumsum(truth[order])[last_of_each], np.flatnonzero(last_of_each) + 1
    true_rates = positives / max(truth.sum(), 1)
    false_rates = (totals - positives) / max((~truth).sum(), 1)
    precisions = positives / totals
    start = [0.0]
    return (
        np.concatenate([start, false_rates, [1.0]]),
        np.concatenate([start, true_rates, [1.0]]),
        np.concatenate([precisions[:1], precisions]),
        np.concatenate([start, true_rates]),
    )


def _share(part: np.ndarray, whole: np.ndarray) -> float:
    return float(part.sum() / whole.sum()) if whole.any() else 0.0


def _f(precision: float, recall: float, beta: float) -> float:
    weight = beta**2
    below = weight * precision + recall
    return (1 + weight) * precision * recall / below if below else 0.0
