"""``analysis.json``: the bias metrics of each facet, and how a report compares with a baseline's.

Source: the developer guide's "Analysis Results" and "Bias Drift Violations"; the form is that of files in the SDK's
tests. Columns are categories, or numbers that are split at thresholds, as ``ensure_series_data_type`` and
``_interval_index`` of ``aws/amazon-sagemaker-clarify`` take them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from local_aws.services.sagemaker.clarify import explanation
from local_aws.services.sagemaker.clarify.configuration import Configuration, Facet
from local_aws.services.sagemaker.clarify.metrics import POST_TRAINING, PRE_TRAINING, Groups
from local_aws.services.sagemaker.model_monitor.errors import AnalysisError
from local_aws.services.sagemaker.model_monitor.tables import Column, Table
from local_aws.services.sagemaker.model_monitor.value_types import inferred_type, number

FILE = "analysis.json"
VERSION = "1.0"
_SECTIONS = {"pre_training_bias": PRE_TRAINING, "post_training_bias": POST_TRAINING}
_FAIR = {"DI": 1.0}
"""What a metric is without bias, where that is not 0."""

_ROUNDING = 1e-12

_FEWEST_OF_CONTINUOUS = 0.05
"""The share of distinct values from which on a column of whole numbers is continuous."""


def analyse(table: Table, configuration: Configuration, predictions: Sequence[str] | None) -> dict[str, Any]:
    """Return the metrics of all stages that the configuration names.

    Parameters
    ----------
    predictions
        The predicted labels; None where there are none.
    """
    result: dict[str, Any] = {"version": VERSION}
    if not configuration.metrics:
        return result
    label = _present(table, configuration.label)
    positive, written = select(label, configuration.label_values, configuration.label)
    if not positive.any():
        raise AnalysisError(
            f"no label in column {configuration.label!r} is positive by label_values_or_threshold "
            f"{list(configuration.label_values)!r}"
        )
    predicted = None
    if predictions is not None:
        predicted = _predicted(label, predictions, configuration.label_values)
    for stage, names in configuration.metrics.items():
        facets = {
            facet.column: list(_facet(table, configuration, facet, positive, predicted, stage, names))
            for facet in configuration.facets
        }
        section = {"label": configuration.label, "facets": facets, "label_value_or_threshold": written}
        result[f"{stage}_metrics"] = section
    return result


def compare(analysis: Mapping[str, Any], baseline: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the metrics that are farther from fair, and the attributions of other order, than in a baseline's."""
    bounds, attributions = dict(_figures(baseline)), baseline.get("explanations", {})
    if not bounds and not attributions:
        raise AnalysisError("the baseline has no metrics; supply the analysis.json of an earlier job")
    current = dict(_figures(analysis))
    violations = explanation.compare(analysis["explanations"], attributions) if "explanations" in analysis else []
    for key, bound in bounds.items():
        section, facet, value, metric = key
        if f"{section}_metrics" not in analysis or bound is None:
            continue
        figure = current.get(key)
        fair = _FAIR.get(metric, 0.0)
        if figure is None or abs(figure - fair) > abs(bound - fair) + _ROUNDING:
            violations.append(
                {
                    "facet": facet,
                    "facet_value": value,
                    "metric_name": metric,
                    "constraint_check_type": "bias_drift_check",
                    "description": f"Value {figure} does not meet the constraint requirement",
                }
            )
    return violations


def features(table: Table, configuration: Configuration) -> dict[str, Column]:
    """Return the columns that a model gets: all but label, predicted label and what is excluded."""
    others = {configuration.label, configuration.predicted_label, *configuration.excluded}
    return {name: column for name, column in table.columns.items() if name not in others}


def select(column: Sequence[str], values: Sequence[Any], name: str) -> tuple[np.ndarray, str]:
    """Return which rows have one of the values, or lie above the threshold, and how the report writes it.

    Parameters
    ----------
    values
        Categories; of a continuous column, thresholds.
    """
    if _is_continuous(column, values):
        numbers = np.array([number(text) for text in column])
        breaks = _thresholds(values, name)
        if float(numbers.max()) not in breaks:
            breaks.append(float(numbers.max()))
        breaks.sort()
        is_fractional = inferred_type(list(column)) == "Fractional" or any(value % 1 for value in breaks)
        shown = [str(value if is_fractional else int(value)) for value in breaks]
        written = ",".join(f"({lower}, {upper}]" for lower, upper in itertools.pairwise(shown))
        return (numbers > breaks[0]) & (numbers <= breaks[-1]), written
    wanted = {_category(str(value)) for value in values}
    return np.array([_category(text) in wanted for text in column]), ",".join(map(str, values))


def _is_continuous(column: Sequence[str], values: Sequence[Any]) -> bool:
    """Return whether a column is of numbers that one threshold splits."""
    kind = inferred_type(list(column))
    if len(values) > 1 or kind not in ("Integral", "Fractional"):
        return False
    return kind == "Fractional" or len(set(column)) / len(column) >= _FEWEST_OF_CONTINUOUS


def _category(text: str) -> str:
    """Return a category as it compares: 1 and 1.0 are one."""
    if inferred_type([text]) in ("Integral", "Fractional") and number(text) % 1 == 0:
        return str(int(number(text)))
    return text


def _thresholds(values: Sequence[Any], name: str) -> list[float]:
    try:
        thresholds = [float(value) for value in values]
    except ValueError:
        thresholds = []
    if not thresholds:
        raise AnalysisError(f"column {name!r} is continuous and needs a threshold; got {list(values)!r}")
    return thresholds


def _facet(
    table: Table,
    configuration: Configuration,
    facet: Facet,
    positive: np.ndarray,
    predicted: np.ndarray | None,
    stage: str,
    names: Sequence[str],
) -> Iterator[dict[str, Any]]:
    column = _present(table, facet.column)
    chosen: list[Sequence[Any]] = [facet.values]
    if not facet.values and not _is_continuous(column, ()):
        chosen = [[value] for value in dict.fromkeys(column)]
    group = None if configuration.group is None else np.array(_present(table, configuration.group), dtype=object)
    numbers = _numbers({k: v for k, v in features(table, configuration).items() if k != facet.column})
    for values in chosen:
        rows, written = select(column, values, facet.column)
        metrics = []
        for name in names:
            description, compute = _SECTIONS[stage][name]
            metric: dict[str, Any] = {"name": name, "description": description}
            try:
                metric["value"] = _written(compute(Groups(rows, positive, predicted, group, numbers)))
            except ValueError as error:
                metric |= {"value": None, "error": str(error)}
            metrics.append(metric)
        yield {"value_or_threshold": written, "metrics": metrics}


def _predicted(label: Sequence[str], predictions: Sequence[str], values: Sequence[Any]) -> np.ndarray:
    """Return which predictions are positive; they must be of the label's kind, and one of them positive."""
    if _is_continuous(label, values) != _is_continuous(predictions, values):
        raise AnalysisError(
            "Predicted Label Column series datatype is not the same as Label Column series; where the model answers "
            "with probabilities, set probability_threshold"
        )
    predicted, _ = select(predictions, values, "predicted label")
    if not predicted.any():
        raise AnalysisError(f"no prediction is positive by label_values_or_threshold {list(values)!r}")
    return predicted


def _written(value: float) -> float | str:
    return value if math.isfinite(value) else str(value).replace("inf", "Infinity")


def _numbers(columns: Mapping[str, Sequence[str | None]]) -> np.ndarray | None:
    kinds = {inferred_type(list(column)) for column in columns.values()}
    missing = any(text is None for column in columns.values() for text in column)
    if not columns or missing or not kinds <= {"Integral", "Fractional"}:
        return None
    return np.array([[number(str(text)) for text in column] for column in columns.values()]).T


def _present(table: Table, name: str) -> list[str]:
    column = table.columns[name]
    if None in column:
        raise AnalysisError(f"column {name!r} has no value in row {column.index(None) + 1}")
    return [str(text) for text in column]


def _figures(analysis: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str, str, str], float | None]]:
    for stage in _SECTIONS:
        for facet, reports in analysis.get(f"{stage}_metrics", {}).get("facets", {}).items():
            for report in reports:
                for metric in report["metrics"]:
                    value = metric.get("value")
                    figure = None if value is None else float(value)
                    yield (stage, facet, report["value_or_threshold"], metric["name"]), figure
