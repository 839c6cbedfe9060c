"""Metrics of a model's predictions against labels, in the form of Model Monitor's model quality.

Source: the developer guide's "Model quality metrics"; the constraints are those of files in the SDK's tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from local_aws.services.sagemaker.model_monitor.classification import binary_metrics, curves, multiclass_metrics
from local_aws.services.sagemaker.model_monitor.constraints import Violation
from local_aws.services.sagemaker.model_monitor.environment import Attributes
from local_aws.services.sagemaker.model_monitor.errors import AnalysisError
from local_aws.services.sagemaker.model_monitor.statistics import VERSION
from local_aws.services.sagemaker.model_monitor.tables import Table

ProblemType: TypeAlias = Literal["Regression", "BinaryClassification", "MulticlassClassification"]
Metrics = dict[str, float]

_PREFIXES: Mapping[str, str] = {
    "Regression": "regression",
    "BinaryClassification": "binary_classification",
    "MulticlassClassification": "multiclass_classification",
}
_LOWER_IS_BETTER = ("mae", "mse", "rmse", "false_positive_rate", "false_negative_rate")
_NEVER_A_CONSTRAINT = "_best_constant_classifier"
_FEWEST_FOR_DEVIATION = 200
_SAMPLES = 5
_SAMPLE_SHARE = 0.8


def compute_metrics(table: Table, attributes: Attributes) -> dict[str, Any]:
    """Return ``statistics.json``: each metric with its standard deviation, ``NaN`` of fewer than 200 rows."""
    labels, predictions, probabilities = _columns(table, attributes)
    compute, further = _metrics_of(attributes.problem_type, labels)

    def of(rows: np.ndarray) -> Metrics:
        return compute(labels[rows], predictions[rows], None if probabilities is None else probabilities[rows])

    rows = np.arange(len(labels))
    metrics, deviations = of(rows), _deviations(of, rows)
    values = {
        name: {"value": value, "standard_deviation": deviations.get(name, "NaN")} for name, value in metrics.items()
    }
    shown = {**further(labels, predictions, probabilities), **values}
    return {
        "version": VERSION,
        "dataset": {"item_count": table.row_count},
        f"{_PREFIXES[attributes.problem_type]}_metrics": shown,
    }


def suggest_metric_constraints(statistics: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``constraints.json``: no metric may be worse than it is."""
    prefix, metrics = _metrics_in(statistics)
    constraints = {
        name: {"threshold": metric["value"], "comparison_operator": _operator(name)}
        for name, metric in metrics.items()
        if "value" in metric and not name.endswith(_NEVER_A_CONSTRAINT)
    }
    return {"version": VERSION, f"{prefix}_constraints": constraints}


def check_metrics(statistics: Mapping[str, Any], constraints: Mapping[str, Any]) -> list[Violation]:
    """Return the metrics that are worse than a baseline's constraints allow."""
    prefix, metrics = _metrics_in(statistics)
    bounds = constraints.get(f"{prefix}_constraints")
    if bounds is None:
        raise AnalysisError(f"the baseline has no {prefix}_constraints, but {', '.join(constraints)}")
    violations = []
    for name, bound in bounds.items():
        if name not in metrics:
            raise AnalysisError(f"the baseline constrains {name!r}, which this dataset does not have")
        value, threshold, operator = metrics[name]["value"], float(bound["threshold"]), bound["comparison_operator"]
        if value < threshold if operator == "LessThanThreshold" else value > threshold:
            description = f"Metric {name} with {value} was {operator} {threshold}"
            violations.append({"constraint_check_type": operator, "description": description, "metric_name": name})
    return violations


def _columns(table: Table, attributes: Attributes) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return labels, predictions and probabilities; numbers for regression, text for classes."""
    if attributes.problem_type not in get_args(ProblemType):
        raise AnalysisError(
            f"problem_type must be one of {', '.join(get_args(ProblemType))}; got {attributes.problem_type!r}"
        )
    if not attributes.ground_truth:
        raise AnalysisError("model quality needs ground_truth_attribute, the column of labels")
    is_regression = attributes.problem_type == "Regression"
    labels = _values(table, attributes.ground_truth, numeric=is_regression)
    binary = attributes.problem_type == "BinaryClassification"
    probabilities = _values(table, attributes.probability, numeric=True) if binary and attributes.probability else None
    if attributes.inference:
        predictions = _values(table, attributes.inference, numeric=is_regression)
    elif probabilities is not None:
        negative, positive = _two_classes(labels)
        predictions = np.where(probabilities >= attributes.threshold, positive, negative)
    else:
        raise AnalysisError("model quality needs inference_attribute, the column of predictions")
    if not is_regression:
        labels, predictions = _same_writing(labels, predictions)
    return labels, predictions, probabilities


def _values(table: Table, attribute: str, *, numeric: bool) -> np.ndarray:
    column = table.column(attribute)
    missing = [row for row, text in enumerate(column, start=1) if text is None]
    if missing:
        raise AnalysisError(f"column {attribute!r} has no value in row {missing[0]}")
    if not numeric:
        return np.array(column, dtype=object)
    try:
        return np.array([float(text or "") for text in column])
    except ValueError as error:
        raise AnalysisError(f"column {attribute!r} must hold numbers: {error}") from None


def _two_classes(labels: np.ndarray) -> tuple[str, str]:
    classes = sorted(set(labels))
    if len(classes) > 2:
        raise AnalysisError(f"BinaryClassification has two classes; the labels are {', '.join(classes)}")
    return (classes[0], classes[-1]) if len(classes) == 2 else ("0", "1")


def _same_writing(labels: np.ndarray, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return classes as they compare: ``1`` and ``1.0`` are one class where all are whole numbers."""
    try:
        numbers = [np.array([float(text) for text in column]) for column in (labels, predictions)]
    except ValueError:
        return labels, predictions
    if any((column % 1).any() for column in numbers):
        return labels, predictions
    first, second = (np.array([str(int(value)) for value in column], dtype=object) for column in numbers)
    return first, second


def _metrics_of(problem_type: str, labels: np.ndarray) -> tuple[Callable[..., Metrics], Callable[..., dict[str, Any]]]:
    """Return what computes the metrics, and what is shown beside them."""
    if problem_type == "Regression":
        return (lambda truth, predicted, _: _regression(truth, predicted)), lambda *_: {}
    if problem_type == "BinaryClassification":
        classes = _two_classes(labels)
        return (lambda *columns: binary_metrics(classes, *columns)), (lambda *columns: curves(classes, *columns))
    return (lambda truth, predicted, _: multiclass_metrics(truth, predicted)), (
        lambda truth, predicted, _: curves(sorted({*truth, *predicted}), truth, predicted, None)
    )


def _regression(labels: np.ndarray, predictions: np.ndarray) -> Metrics:
    errors = labels - predictions
    mse = float(np.mean(errors**2))
    variance = float(np.var(labels))
    return {
        "mae": float(np.mean(np.abs(errors))),
        "mse": mse,
        "rmse": float(np.sqrt(mse)),
        "r2": 1 - mse / variance if variance else 0.0,
    }


def _deviations(of: Callable[[np.ndarray], Metrics], rows: np.ndarray) -> Metrics:
    if len(rows) < _FEWEST_FOR_DEVIATION:
        return {}
    random = np.random.default_rng(0)
    samples = [of(random.choice(rows, int(_SAMPLE_SHARE * len(rows)), replace=False)) for _ in range(_SAMPLES)]
    return {name: float(np.std([sample[name] for sample in samples])) for name in samples[0]}


def _metrics_in(statistics: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    prefix = next(prefix for prefix in _PREFIXES.values() if f"{prefix}_metrics" in statistics)
    return prefix, statistics[f"{prefix}_metrics"]


def _operator(name: str) -> str:
    return "GreaterThanThreshold" if name in _LOWER_IS_BETTER else "LessThanThreshold"
