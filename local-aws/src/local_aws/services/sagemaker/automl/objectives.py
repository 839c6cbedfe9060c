"""The metrics of binary classification: Autopilot's names, and AutoGluon's for those that can be an objective.

Source: ``AutoMLJobObjective`` of the SageMaker API reference.
"""

from __future__ import annotations

OBJECTIVES = {
    "Accuracy": "accuracy",
    "AUC": "roc_auc",
    "BalancedAccuracy": "balanced_accuracy",
    "F1": "f1",
    "Precision": "precision",
    "Recall": "recall",
}
"""AutoGluon's name of each objective; more is better for all of them."""

DEFAULT_OBJECTIVE = "F1"
"""What Autopilot takes for binary classification when the request names none."""

LOG_LOSS = "LogLoss"
"""Measured for every candidate, but not an objective."""
