"""The evaluation of scored test rows: metrics beside baselines, by view and by slice.

It takes scores, not a model, so that any kind of model is evaluated by the same code.

Fields of ``evaluation.json``:

- `accuracy`, `balanced_accuracy`, `roc_auc`, `log_loss`, `majority_accuracy`, `rule_accuracy`, `rule_roc_auc`,
  `table_accuracy`, `table_roc_auc`, `accuracy_lift` (accuracy above the majority class): of the labelled test rows,
  never null but the table's, where no two features have few values.
- `validation`: `rows`, `log_loss` and `roc_auc` on the validation rows, which choose between models.
- `feature_set`; `rows`: train, test, test_positives; `majority_class`; `rule`, `table`: the baselines in words;
  `best_baseline`: `rule` or `table`, by the log loss of the validation rows.
- `classes`: precision, recall, F1 and rows of each class; `slices`: by borough and by income quintile (`roc_auc` is
  null where a slice has one class only); `binary_classification_metrics`: SageMaker's schema without the curves.
- `views`: the same figures for `labelled` rows, those `with_level`, and `without_adaptive_swing`: a model trained
  without it; null where it cannot be computed.
- `permutation_importance`: see that module, or null; `stand_ins`: see that module.
- `folds`: repeated folds by site and by place, see that module, or null;
  `training`: hyperparameters, rounds and learning curve.
- `not_measured`: the reason for each field (dotted path) that is null.
- `own_label_differs`: rows whose label, as an AutoML model answered it, is not that of the decision threshold; null for
  a model that answers scores only.
- `findings`: sentences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from processing.baselines import (
    MISSING,
    FlagTable,
    OneFeatureRule,
    learn_flag_table,
    learn_one_feature_rule,
    majority_class,
)
from processing.decision import CLASSES, predicted_classes
from processing.feature_contract import LABEL, TEST, VALIDATION, FeatureSet
from processing.findings import without_view
from processing.metrics import check_scorable, class_metrics, headline_metrics, log_loss, roc_auc
from processing.model_quality import quality_metrics
from processing.predictions import QUINTILE

RULE, TABLE = "rule", "table"


@dataclass(frozen=True)
class Scores:
    """Scores of the test rows, and what their source allows to measure beside them."""

    scores: np.ndarray
    validation: np.ndarray
    """Probability of class 1 for each test row and for each validation row."""
    without: np.ndarray | None
    """Of the test rows, from a model trained without the features that define the label, or None."""
    importance: dict[str, Any]
    """From `permutation_importance`."""
    folds: dict[str, Any] | None
    """From `measure_folds`; None without a way to train."""
    explanation: dict[str, Any] | None = None
    training: dict[str, Any] | None = None
    """From `clarify_analysis` and the training; None without a model to look into."""
    not_measured: str | None = None
    """The reason, if `without` and `folds` are None."""
    own_label_differs: int | None = None
    """See ``evaluation.json``."""


@dataclass(frozen=True)
class Baselines:
    """What training rows alone teach: their number, their majority class, the best rule on one feature, the best table.

    `best` is the name of the one with the lower log loss on the validation rows.
    """

    rows: int
    majority: int
    rule: OneFeatureRule
    table: FlagTable | None
    best: str

    @classmethod
    def learn(cls, train: pd.DataFrame, validation: pd.DataFrame, names: tuple[str, ...]) -> Baselines:
        """Learn all on training rows, from the named features; validation rows tell which of them is the best."""
        labels, unseen = (rows[LABEL].to_numpy(dtype=int) for rows in (train, validation))
        rule, table = learn_one_feature_rule(train, names, labels), learn_flag_table(train, names, labels)
        losses = {
            name: log_loss(unseen, baseline.scores(validation))
            for name, baseline in ((RULE, rule), (TABLE, table))
            if baseline is not None
        }
        return cls(len(labels), majority_class(labels), rule, table, min(losses, key=lambda name: losses[name]))

    def scores(self, rows: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the scores of the rule, and of the table where there is one, by name."""
        tables = {} if self.table is None else {TABLE: self.table.scores(rows)}
        return {RULE: self.rule.scores(rows), **tables}


def evaluate_scores(
    splits: dict[str, pd.DataFrame],
    scored: Scores,
    baselines: Baselines,
    baselines_without: Baselines,
    features: FeatureSet,
    stand_ins: list[dict[str, Any]],
) -> dict[str, Any]:
    """Evaluate scores of the labelled test rows; return the fields of ``evaluation.json`` except `findings`.

    Test rows have their income quintile as a column.

    Raises
    ------
    ProcessingError
        A metric is not defined on all test rows or on all validation rows.
    """
    test, validation = splits[TEST], splits[VALIDATION]
    labels, unseen = (rows[LABEL].to_numpy(dtype=int) for rows in (test, validation))
    scores = scored.scores
    check_scorable(unseen, scored.validation, "labelled validation rows")
    levelled = test["level"].notna().to_numpy()
    without_name = without_view(features.label_defining)

    labelled = view(test, scores, baselines, "labelled test rows")
    with_level, one_class = None, one_class_only(labels[levelled], "test rows with a level")
    if one_class is None:
        with_level = view(test[levelled], scores[levelled], baselines, "test rows with a level")
    without = None
    if scored.without is not None:
        without = view(test, scored.without, baselines_without, "labelled test rows") | {
            "rule": _describe_rule(baselines_without.rule)
        }
    null = {
        "views.with_level": (with_level, one_class),
        f"views.{without_name}": (without, scored.not_measured),
        "folds": (scored.folds, scored.not_measured),
        "training": (scored.training, scored.not_measured),
    }
    return {
        "feature_set": features.name,
        **{name: value for name, value in labelled.items() if name != "rows"},
        "validation": {
            "rows": len(validation),
            "log_loss": log_loss(unseen, scored.validation),
            "roc_auc": roc_auc(unseen, scored.validation),
        },
        "rows": {"train": baselines.rows, "test": len(test), "test_positives": int(labels.sum())},
        "classes": class_metrics(labels, scores),
        "majority_class": baselines.majority,
        "rule": _describe_rule(baselines.rule),
        "table": _describe_table(baselines.table),
        "best_baseline": baselines.best,
        "views": {"labelled": labelled, "with_level": with_level, without_name: without},
        "slices": {
            "borough": slices(test, scores, baselines, "borough"),
            QUINTILE: slices(test, scores, baselines, QUINTILE),
        },
        "permutation_importance": scored.importance,
        "stand_ins": stand_ins,
        "folds": scored.folds,
        "training": scored.training,
        "not_measured": {field: reason for field, (value, reason) in null.items() if value is None},
        "own_label_differs": scored.own_label_differs,
        "binary_classification_metrics": quality_metrics(labels, scores, baselines.majority),
    }


def one_class_only(labels: np.ndarray, what: str) -> str | None:
    """Return why some rows allow no comparison of rankings, None if they do."""
    if len(set(labels.tolist())) == len(CLASSES):
        return None
    present = sorted(set(labels.tolist()))
    return f"The {len(labels)} {what} have {f'the label {present[0]} only' if present else 'no label'}."


def view(rows: pd.DataFrame, scores: np.ndarray, baselines: Baselines, what: str) -> dict[str, float | None]:
    """Return headline metrics of some test rows beside their baselines; `what` names the rows in errors."""
    labels = rows[LABEL].to_numpy(dtype=int)
    check_scorable(labels, scores, what)
    metrics = headline_metrics(labels, scores)
    majority_accuracy = float((labels == baselines.majority).mean())
    simple = {name: headline_metrics(labels, answers) for name, answers in baselines.scores(rows).items()}
    table = simple.get(TABLE, {})
    return {
        "rows": len(rows),
        **metrics,
        "majority_accuracy": majority_accuracy,
        "rule_accuracy": float((baselines.rule.predict(rows) == labels).mean()),
        "rule_roc_auc": simple[RULE]["roc_auc"],
        "rule_log_loss": simple[RULE]["log_loss"],
        "table_accuracy": table.get("accuracy"),
        "table_roc_auc": table.get("roc_auc"),
        "table_log_loss": table.get("log_loss"),
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
            "roc_auc": roc_auc(labels[member], scores[member]) if both else None,
        }
    return result


def _describe_rule(rule: OneFeatureRule) -> dict[str, Any]:
    return {
        "feature": rule.feature,
        "description": rule.describe(),
        "training_accuracy": rule.training_accuracy,
    }


def _describe_table(table: FlagTable | None) -> dict[str, Any] | None:
    if table is None:
        return None
    cells = [
        {
            **{name: None if value == MISSING else value for name, value in zip(table.features, cell, strict=True)},
            "rows": rows,
            "rate": rate,
        }
        for cell, (rows, rate) in table.cells.items()
    ]
    return {"features": list(table.features), "description": table.describe(), "cells": cells}
