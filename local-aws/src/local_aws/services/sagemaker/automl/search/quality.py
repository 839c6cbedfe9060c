"""The quality of a candidate's predictions."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from sklearn import metrics

from local_aws.services.sagemaker.automl.objectives import LOG_LOSS


@dataclass(frozen=True)
class Predictions:
    """A candidate's predictions for rows that it was not trained on."""

    labels: pd.Series
    probabilities: pd.DataFrame
    predicted: pd.Series


def measure(predictions: Predictions, labels: tuple[str, str]) -> dict[str, float]:
    """Return Autopilot's metrics of binary classification; the second label is the positive class."""
    truth, predicted = predictions.labels, predictions.predicted
    positive = labels[1]
    actual = truth == positive
    scores = predictions.probabilities[positive]
    values = {
        "Accuracy": metrics.accuracy_score(truth, predicted),
        "AUC": metrics.roc_auc_score(actual, scores),
        "BalancedAccuracy": metrics.balanced_accuracy_score(truth, predicted),
        "F1": metrics.f1_score(truth, predicted, pos_label=positive, zero_division=0),
        "Precision": metrics.precision_score(truth, predicted, pos_label=positive, zero_division=0),
        "Recall": metrics.recall_score(truth, predicted, pos_label=positive, zero_division=0),
        LOG_LOSS: metrics.log_loss(actual, scores),
    }
    return {name: float(value) for name, value in values.items()}
