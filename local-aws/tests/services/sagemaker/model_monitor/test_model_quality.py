"""Metrics of predictions, against the figures of AWS's documentation and others worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.services.sagemaker.model_monitor.environment import Attributes
from local_aws.services.sagemaker.model_monitor.errors import AnalysisError
from local_aws.services.sagemaker.model_monitor.model_quality import (
    check_metrics,
    compute_metrics,
    suggest_metric_constraints,
)
from local_aws.services.sagemaker.model_monitor.tables import Table

_BINARY = Attributes("BinaryClassification", "label", "prediction")


def _table(labels: str, predictions: str, **columns: list[str | None]) -> Table:
    return Table({"label": list(labels), "prediction": list(predictions), **columns})


def _values(statistics: dict[str, Any], kind: str) -> dict[str, float]:
    return {name: metric["value"] for name, metric in statistics[f"{kind}_metrics"].items() if "value" in metric}


def test_regression() -> None:
    table = Table({"label": ["1", "2", "3", "6"], "prediction": ["1", "3", "3", "4"]})
    statistics = compute_metrics(table, Attributes("Regression", "label", "prediction"))

    assert statistics["dataset"] == {"item_count": 4}
    assert statistics["regression_metrics"]["mae"] == {"value": 0.75, "standard_deviation": "NaN"}
    # Errors 0, -1, 0, 2; the labels' variance is 3.5.
    values = _values(statistics, "regression")
    assert values == pytest.approx({"mae": 0.75, "mse": 1.25, "rmse": 1.25**0.5, "r2": 1 - 1.25 / 3.5})


def test_binary_figures_are_those_of_the_documentation() -> None:
    statistics = compute_metrics(_table("0001", "0111"), _BINARY)

    metrics = statistics["binary_classification_metrics"]
    assert metrics["confusion_matrix"] == {"0": {"0": 1, "1": 2}, "1": {"0": 0, "1": 1}}
    assert _values(statistics, "binary_classification") == pytest.approx(
        {
            "recall": 1.0,
            "precision": 1 / 3,
            "accuracy": 0.5,
            "recall_best_constant_classifier": 1.0,
            "precision_best_constant_classifier": 0.25,
            "accuracy_best_constant_classifier": 0.25,
            "true_positive_rate": 1.0,
            "true_negative_rate": 1 / 3,
            "false_positive_rate": 2 / 3,
            "false_negative_rate": 0.0,
            "f0_5": 0.3846153846153846,
            "f1": 0.5,
            "f2": 0.7142857142857143,
            "f0_5_best_constant_classifier": 0.29411764705882354,
            "f1_best_constant_classifier": 0.4,
            "f2_best_constant_classifier": 0.625,
        }
    )


def test_probabilities_give_predictions_and_curves() -> None:
    table = Table({"label": ["0", "1", "0", "1"], "probability": ["0.1", "0.4", "0.6", "0.9"]})
    attributes = Attributes("BinaryClassification", "label", probability="probability", threshold=0.5)
    metrics = compute_metrics(table, attributes)["binary_classification_metrics"]

    assert metrics["confusion_matrix"] == {"0": {"0": 1, "1": 1}, "1": {"0": 1, "1": 1}}
    # Of the four pairs of a positive and a negative, three are in order.
    assert metrics["auc"]["value"] == 0.75
    assert metrics["receiver_operating_characteristic_curve"] == {
        "false_positive_rates": [0.0, 0.0, 0.5, 0.5, 1.0, 1.0],
        "true_positive_rates": [0.0, 0.5, 0.5, 1.0, 1.0, 1.0],
    }


def test_multiclass_figures_are_those_of_the_documentation() -> None:
    labels = "0" * (1180 + 510) + "1" * (268 + 138)
    predictions = "0" * 1180 + "1" * 510 + "0" * 268 + "1" * 138
    attributes = Attributes("MulticlassClassification", "label", "prediction")
    statistics = compute_metrics(_table(labels, predictions), attributes)

    metrics = statistics["multiclass_classification_metrics"]
    assert metrics["confusion_matrix"] == {"0": {"0": 1180, "1": 510}, "1": {"0": 268, "1": 138}}
    assert 0 < metrics["accuracy"]["standard_deviation"] < 0.02
    assert _values(statistics, "multiclass_classification") == pytest.approx(
        {
            "accuracy": 0.6288167938931297,
            "weighted_recall": 0.6288167938931297,
            "weighted_precision": 0.6983172269629505,
            "weighted_f0_5": 0.6803947317178771,
            "weighted_f1": 0.6571162346664904,
            "weighted_f2": 0.6384024354394601,
            "accuracy_best_constant_classifier": 0.19370229007633588,
            "weighted_recall_best_constant_classifier": 0.19370229007633588,
            "weighted_precision_best_constant_classifier": 0.03752057718081697,
            "weighted_f0_5_best_constant_classifier": 0.04473443104152011,
            "weighted_f1_best_constant_classifier": 0.06286421244683643,
            "weighted_f2_best_constant_classifier": 0.10570313141262414,
        }
    )


def test_suggested_constraints_leave_out_the_constant_classifier() -> None:
    constraints = suggest_metric_constraints(compute_metrics(_table("0001", "0111"), _BINARY))

    bounds = constraints["binary_classification_constraints"]
    assert bounds["recall"] == {"threshold": 1.0, "comparison_operator": "LessThanThreshold"}
    assert bounds["false_positive_rate"]["comparison_operator"] == "GreaterThanThreshold"
    assert not [name for name in bounds if "constant" in name or "matrix" in name]


def test_worse_metric_is_a_violation() -> None:
    statistics = compute_metrics(_table("0001", "0111"), _BINARY)
    constraints = suggest_metric_constraints(statistics)
    assert check_metrics(statistics, constraints) == []

    constraints["binary_classification_constraints"]["accuracy"]["threshold"] = 0.75
    assert check_metrics(statistics, constraints) == [
        {
            "constraint_check_type": "LessThanThreshold",
            "description": "Metric accuracy with 0.5 was LessThanThreshold 0.75",
            "metric_name": "accuracy",
        }
    ]


def test_predictions_as_fractions_are_the_same_classes() -> None:
    table = Table({"label": ["0", "1"], "prediction": ["0.0", "1.0"]})
    assert _values(compute_metrics(table, _BINARY), "binary_classification")["accuracy"] == 1.0


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        (Attributes("Ranking", "label", "prediction"), "problem_type must be one of Regression, .*; got 'Ranking'"),
        (Attributes("Regression", "", "prediction"), "needs ground_truth_attribute"),
        (Attributes("Regression", "label"), "needs inference_attribute"),
        (Attributes("Regression", "label", "absent"), "the dataset has no column 'absent'; its columns are label"),
        (Attributes("Regression", "label", "note"), "column 'note' has no value in row 2"),
    ],
)
def test_attributes_that_do_not_fit(attributes: Attributes, words: str) -> None:
    with pytest.raises(AnalysisError, match=words):
        compute_metrics(_table("01", "01", note=["1", None]), attributes)
