"""The reports on the best candidate: its quality, and the importance of its features.

The insights have the schema of "Model Quality Metrics" (SageMaker developer guide), which Autopilot's have too. The
explanation is permutation importance, where Autopilot's is Kernel SHAP.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from autogluon.tabular import TabularPredictor
from sklearn import metrics

from local_aws.services.sagemaker.automl.search.candidate_search import Predictions
from local_aws.services.sagemaker.automl.search.quality import measure
from local_aws.services.sagemaker.automl.search.tables import Tables

_EXPLAINED_ROWS = 500
_SHUFFLES = 3


def explain(predictor: TabularPredictor, model: str, objective: str, tables: Tables, seconds: float) -> str:
    """Return, as JSON, how much worse a model predicts when a feature's values are shuffled.

    Parameters
    ----------
    objective
        The metric; importances are losses of it.
    seconds
        Bound on the time; every feature is shuffled at least once.
    """
    rows = tables.training if tables.validation is None else tables.validation
    importance = predictor.feature_importance(
        rows,
        model=model,
        subsample_size=_EXPLAINED_ROWS,
        num_shuffle_sets=_SHUFFLES,
        time_limit=seconds,
        include_confidence_band=False,
        silent=True,
    )
    features: dict[str, dict[str, float | None]] = {
        str(name): {"importance": float(row["importance"]), "standard_deviation": _number(row["stddev"])}
        for name, row in importance.iterrows()
    }
    # AutoGluon leaves out columns that no model uses, e.g. those with a single value.
    unused: dict[str, float | None] = {"importance": 0.0, "standard_deviation": 0.0}
    features |= {column.name: unused for column in tables.columns if column.name not in features}
    document = {
        "version": "1.0",
        "method": "permutation importance",
        "metric": objective,
        "dataset": "training" if tables.validation is None else "validation",
        "rows": min(_EXPLAINED_ROWS, len(rows)),
        "features": features,
    }
    return json.dumps(document, indent=2)


def insights(predictions: Predictions, tables: Tables) -> str:
    """Return the model-quality JSON of a model's predictions for the rows that it is judged by."""
    positive = tables.labels[1]
    actual = (predictions.labels == positive).to_numpy()
    answered = (predictions.predicted == positive).to_numpy()
    scores = predictions.probabilities[positive].to_numpy()
    measured = measure(predictions, tables.labels)
    matrix = metrics.confusion_matrix(actual, answered, labels=[False, True])
    false_rates, true_rates, _ = metrics.roc_curve(actual, scores)
    precisions, recalls, _ = metrics.precision_recall_curve(actual, scores)
    false_rate = matrix[0, 1] / matrix[0].sum()
    values = {
        "accuracy": measured["Accuracy"],
        "balanced_accuracy": measured["BalancedAccuracy"],
        "precision": measured["Precision"],
        "recall": measured["Recall"],
        "f1": measured["F1"],
        "f0_5": metrics.fbeta_score(actual, answered, beta=0.5, zero_division=0),
        "f2": metrics.fbeta_score(actual, answered, beta=2, zero_division=0),
        "auc": measured["AUC"],
        "au_prc": metrics.auc(recalls, precisions),
        "log_loss": measured["LogLoss"],
        "true_positive_rate": measured["Recall"],
        "false_negative_rate": 1 - measured["Recall"],
        "false_positive_rate": false_rate,
        "true_negative_rate": 1 - false_rate,
        "accuracy_best_constant_classifier": max(actual.mean(), 1 - actual.mean()),
    }
    document = {
        "version": 0.0,
        "dataset": {
            "item_count": len(actual),
            "evaluation_time": datetime.now(UTC).isoformat(timespec="seconds"),
            "evaluation_method": tables.judged,
        },
        "binary_classification_metrics": {
            "confusion_matrix": {
                label: {other: int(matrix[row, column]) for column, other in enumerate(tables.labels)}
                for row, label in enumerate(tables.labels)
            },
            **{name: {"value": float(value), "standard_deviation": "NaN"} for name, value in values.items()},
            "receiver_operating_characteristic_curve": {
                "false_positive_rates": false_rates.tolist(),
                "true_positive_rates": true_rates.tolist(),
            },
            "precision_recall_curve": {"precisions": precisions.tolist(), "recalls": recalls.tolist()},
        },
    }
    return json.dumps(document, indent=2)


def _number(value: Any) -> float | None:
    """Return a number; None for NaN, which JSON does not have."""
    return float(value) if value == value else None
