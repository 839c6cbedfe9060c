"""The evaluation of scored test rows: metrics beside baselines, by view and by slice.

It takes scores, not a model, so that any kind of model is evaluated by the same code.

Fields of ``evaluation.json``:

- `accuracy`, `balanced_accuracy`, `roc_auc`, `majority_accuracy`, `rule_accuracy`, `accuracy_lift` (accuracy above the
  majority class): fractions of the labelled test rows, never null; the pipeline's conditions read them.
- `feature_set`; `rows`: train, test, test_positives; `majority_class`; `rule`: the best rule on one feature.
- `classes`: precision, recall, F1 and rows of each class; `slices`: by borough (`roc_auc` is null where a borough has
  one class only); `binary_classification_metrics`: SageMaker's schema without the curves.
- `views`: the same figures for `labelled` rows, those `with_level`, and `without_adaptive_swing`: a model trained
  without it, or null.
- `permutation_importance`: see that module, or null.
- `not_measured`: the reason for each field (dotted path) that is null because there is no model to measure.
- `own_label_differs`: rows whose label, as an AutoML model answered it, is not that of the decision threshold; null for
  a model that answers scores only.
- `findings`: sentences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from processing.baselines import OneFeatureRule, learn_one_feature_rule, majority_class
from processing.decision import CLASSES, predicted_classes
from processing.feature_contract import LABEL, FeatureSet
from processing.findings import without_view
from processing.metrics import check_scorable, class_metrics, headline_metrics
from processing.model_quality import quality_metrics


@dataclass(frozen=True)
class Scores:
    """Scores of the test rows, and what their source allows to measure beside them.

    Attributes
    ----------
    scores
        Probability of class 1 for each test row.
    without
        The same from a model trained without the features that define the label, or None.
    importance
        From `permutation_importance`; None without a model to measure.
    not_measured
        The reason, if either is None.
    own_label_differs
        See ``evaluation.json``.
    """

    scores: np.ndarray
    without: np.ndarray | None
    importance: dict[str, Any] | None
    not_measured: str | None = None
    own_label_differs: int | None = None


@dataclass(frozen=True)
class Baselines:
    """What training rows alone teach: their number, their majority class, and the best rule on one feature."""

    rows: int
    majority: int
    rule: OneFeatureRule

    @classmethod
    def learn(cls, train: pd.DataFrame, names: tuple[str, ...]) -> Baselines:
        """Learn both on training rows, the rule on one of the named features."""
        labels = train[LABEL].to_numpy(dtype=int)
        return cls(len(labels), majority_class(labels), learn_one_feature_rule(train, names, labels))


def evaluate_scores(
    test: pd.DataFrame, scored: Scores, baselines: Baselines, baselines_without: Baselines, features: FeatureSet
) -> dict[str, Any]:
    """Evaluate scores of the labelled test rows; return the fields of ``evaluation.json`` except `findings`.

    Raises
    ------
    ProcessingError
        A metric is not defined on the test rows, or on those with a level.
    """
    labels = test[LABEL].to_numpy(dtype=int)
    scores = scored.scores
    levelled = test["level"].notna().to_numpy()
    without_name = without_view(features.label_defining)

    labelled = view(test, scores, baselines, "labelled test rows")
    without = None
    if scored.without is not None:
        without = view(test, scored.without, baselines_without, "labelled test rows") | {
            "rule": _describe_rule(baselines_without.rule)
        }
    unmeasured = {f"views.{without_name}": without, "permutation_importance": scored.importance}
    return {
        "feature_set": features.name,
        **{name: value for name, value in labelled.items() if name != "rows"},
        "rows": {"train": baselines.rows, "test": len(test), "test_positives": int(labels.sum())},
        "classes": class_metrics(labels, scores),
        "majority_class": baselines.majority,
        "rule": _describe_rule(baselines.rule),
        "views": {
            "labelled": labelled,
            "with_level": view(test[levelled], scores[levelled], baselines, "test rows with a level"),
            without_name: without,
        },
        "slices": {"borough": slices(test, scores, baselines, "borough")},
        "permutation_importance": scored.importance,
        "not_measured": {field: scored.not_measured for field, value in unmeasured.items() if value is None},
        "own_label_differs": scored.own_label_differs,
        "binary_classification_metrics": quality_metrics(labels, scores, baselines.majority),
    }


def view(rows: pd.DataFrame, scores: np.ndarray, baselines: Baselines, what: str) -> dict[str, float]:
    """Return headline metrics of some test rows beside their baselines; `what` names the rows in errors."""
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
    """Return metrics for each value of a column; ROC AUC is null where a slice has one class only."""
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
