"""SageMaker's model-quality JSON, the schema that Studio draws.

Source: "Model Quality Metrics", SageMaker developer guide (binary classification). There the outer key of the
confusion matrix is the actual class, and a standard deviation that was not measured is the string "NaN".
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import auc, fbeta_score, precision_recall_curve, roc_curve

from processing.decision import confusion, predicted_classes
from processing.metrics import class_metrics, headline_metrics

_BETAS = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}


def quality_metrics(labels: np.ndarray, scores: np.ndarray, constant: int) -> dict[str, Any]:
    """Return `binary_classification_metrics` without the curves; `constant` is the best constant classifier."""
    matrix = confusion(labels, scores)
    true_positive_rate = matrix["1"]["1"] / (matrix["1"]["0"] + matrix["1"]["1"])
    false_positive_rate = matrix["0"]["1"] / (matrix["0"]["0"] + matrix["0"]["1"])
    headline = headline_metrics(labels, scores)
    positive = class_metrics(labels, scores)["1"]
    precisions, recalls, _ = precision_recall_curve(labels, scores)
    constant_answers = np.full(len(labels), constant)
    values = {
        "recall": positive["recall"],
        "precision": positive["precision"],
        "accuracy": headline["accuracy"],
        "true_positive_rate": true_positive_rate,
        "true_negative_rate": 1 - false_positive_rate,
        "false_positive_rate": false_positive_rate,
        "false_negative_rate": 1 - true_positive_rate,
        "auc": headline["roc_auc"],
        "au_prc": float(auc(recalls, precisions)),
        "recall_best_constant_classifier": float(constant),
        "precision_best_constant_classifier": float(labels.mean()) if constant else 0.0,
        "accuracy_best_constant_classifier": float((labels == constant).mean()),
    }
    for name, beta in _BETAS.items():
        values[name] = _f_score(labels, predicted_classes(scores), beta)
        values[f"{name}_best_constant_classifier"] = _f_score(labels, constant_answers, beta)
    return {"confusion_matrix": matrix} | {
        name: {"value": value, "standard_deviation": "NaN"} for name, value in values.items()
    }


def quality_curves(labels: np.ndarray, scores: np.ndarray) -> dict[str, dict[str, list[float]]]:
    """Return the ROC and precision-recall curves, which the property file leaves out to stay small."""
    false_positive_rates, true_positive_rates, _ = roc_curve(labels, scores)
    precisions, recalls, _ = precision_recall_curve(labels, scores)
    return {
        "receiver_operating_characteristic_curve": {
            "false_positive_rates": false_positive_rates.tolist(),
            "true_positive_rates": true_positive_rates.tolist(),
        },
        "precision_recall_curve": {"precisions": precisions.tolist(), "recalls": recalls.tolist()},
    }


def _f_score(labels: np.ndarray, predicted: np.ndarray, beta: float) -> float:
    return float(fbeta_score(labels, predicted, beta=beta, zero_division=0.0))
