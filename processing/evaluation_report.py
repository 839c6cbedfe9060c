"""The evaluation of scored test rows: metrics beside baselines, by view and by slice.

It takes scores, not a model, so that a model of another kind is judged by the same code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from processing.baselines import OneFeatureRule, learn_one_feature_rule, majority_class
from processing.feature_contract import LABEL, FeatureSet
from processing.findings import without_view
from processing.metrics import CLASSES, check_scorable, class_metrics, headline_metrics, predicted_classes
from processing.model_quality import quality_metrics


@dataclass(frozen=True)
class Baselines:
    """What training rows alone teach: their majority class, and the best rule on one feature."""

    majority: int
    rule: OneFeatureRule

    @classmethod
    def learn(cls, train: pd.DataFrame, names: tuple[str, ...]) -> Baselines:
        """Learn both on training rows, the rule on one of the named features."""
        labels = train[LABEL].to_numpy(dtype=int)
        return cls(majority_class(labels), learn_one_feature_rule(train, names, labels))


def evaluate_scores(
    train: pd.DataFrame,
    test: pd.DataFrame,
    scores: np.ndarray,
    scores_without: np.ndarray,
    features: FeatureSet,
) -> dict[str, Any]:
    """Judge scores of the test rows.

    Parameters
    ----------
    train, test
        Labelled rows of the scoring table; train serves the baselines only.
    scores
        The model's score for each test row.
    scores_without
        The same from a model trained without the features that define the label.
    features
        Contract of the rows.

    Returns
    -------
    dict
        The fields of ``evaluation.json`` except permutation importance and findings.

    Raises
    ------
    ProcessingError
        If a metric is not defined on the test rows, or on those with a level.
    """
    labels = test[LABEL].to_numpy(dtype=int)
    baselines = Baselines.learn(train, features.feature_names)
    remaining = tuple(name for name in features.feature_names if name not in features.label_defining)
    baselines_without = Baselines.learn(train, remaining)
    levelled = test["level"].notna().to_numpy()

    labelled = view(test, scores, baselines, "labelled test rows")
    return {
        "feature_set": features.name,
        **{name: value for name, value in labelled.items() if name != "rows"},
        "rows": {"train": len(train), "test": len(test), "test_positives": int(labels.sum())},
        "classes": class_metrics(labels, scores),
        "rule": _describe_rule(baselines.rule),
        "views": {
            "labelled": labelled,
            "with_level": view(test[levelled], scores[levelled], baselines, "test rows with a level"),
            without_view(features.label_defining): view(test, scores_without, baselines_without, "labelled test rows")
            | {"rule": _describe_rule(baselines_without.rule)},
        },
        "slices": {"borough": slices(test, scores, baselines, "borough")},
        "binary_classification_metrics": quality_metrics(labels, scores, baselines.majority),
    }


def view(rows: pd.DataFrame, scores: np.ndarray, baselines: Baselines, what: str) -> dict[str, float]:
    """Headline metrics of some test rows beside their baselines; `what` names the rows in errors."""
    labels = rows[LABEL].to_numpy(dtype=int)
    check_scorable(labels, scores, what)
    metrics = headline_metrics(labels, scores)
    majority_accuracy = float((labels == baselines.majority).mean())
    return {
        "rows": len(rows),
        **metrics,
        "majority_accuracy": majority_accuracy,
        "rule_accuracy": float((baselines.rule.predict(rows) == labels).mean()),
        "accuracy_lift": metrics["accuracy"] - majority_accuracy,
    }


def slices(
    rows: pd.DataFrame, scores: np.ndarray, baselines: Baselines, column: str
) -> dict[str, dict[str, float | int | None]]:
    """Metrics for each value of a column; ROC AUC is null where a slice has one class only."""
    labels = rows[LABEL].to_numpy(dtype=int)
    predicted = predicted_classes(scores)
    rule = baselines.rule.predict(rows)
    result: dict[str, dict[str, float | int | None]] = {}
    for value in sorted(rows[column].unique()):
        member = (rows[column] == value).to_numpy()
        both = len(set(labels[member].tolist())) == len(CLASSES)
        result[value] = {
            "rows": int(member.sum()),
            "positives": int(labels[member].sum()),
            "accuracy": float((predicted[member] == labels[member]).mean()),
            "majority_accuracy": float((labels[member] == baselines.majority).mean()),
            "rule_accuracy": float((rule[member] == labels[member]).mean()),
            "roc_auc": headline_metrics(labels[member], scores[member])["roc_auc"] if both else None,
        }
    return result


def _describe_rule(rule: OneFeatureRule) -> dict[str, Any]:
    return {
        "feature": rule.feature,
        "description": rule.describe(),
        "training_accuracy": rule.training_accuracy,
    }
