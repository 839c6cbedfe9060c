"""``constraints.json`` of a dataset: what a baseline suggests, and what later data violates.

Source: the developer guide's "Schema for Constraints" and "Schema for Violations"; the defaults and the oldest wording
are those of files in the SDK's tests, the newer wording that of published reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local_aws.services.sagemaker.model_monitor.errors import AnalysisError
from local_aws.services.sagemaker.model_monitor.sketches import categorical_distance, numerical_distance
from local_aws.services.sagemaker.model_monitor.statistics import MOST_CATEGORIES, VERSION, categories
from local_aws.services.sagemaker.model_monitor.tables import Column, Table
from local_aws.services.sagemaker.model_monitor.value_types import inferred_type, number, share_of_type

FILE = "constraints.json"
_DEFAULTS = {
    "evaluate_constraints": "Enabled",
    "emit_metrics": "Enabled",
    "datatype_check_threshold": 1.0,
    "domain_content_threshold": 1.0,
    "distribution_constraints": {
        "perform_comparison": "Enabled",
        "comparison_threshold": 0.1,
        "comparison_method": "Robust",
        "categorical_comparison_threshold": 0.1,
        "categorical_drift_method": "LInfinity",
    },
}
_OVERRIDES = ("monitoring_config_overrides", "monitoringConfigOverrides")

Violation = dict[str, str]


def suggest_constraints(table: Table) -> dict[str, Any]:
    """Return the constraints that a baseline dataset itself suggests."""
    features = [_suggested(name, column) for name, column in table.columns.items()]
    return {"version": VERSION, "features": features, "monitoring_config": _DEFAULTS}


def check_constraints(
    table: Table, statistics: Mapping[str, Any], constraints: Mapping[str, Any], baseline: Mapping[str, Any] | None
) -> list[Violation]:
    """Return how a dataset violates the constraints of a baseline.

    Parameters
    ----------
    statistics
        The dataset's own.
    baseline
        The baseline's statistics; without them distributions are not compared.
    """
    config = _merged(_DEFAULTS, constraints.get("monitoring_config", {}))
    if config["evaluate_constraints"] != "Enabled":
        return []
    violations = list(_column_counts(table, constraints))
    current_features, baseline_features = _by_name(statistics), _by_name(baseline or {})
    for feature in constraints["features"]:
        name = feature["name"]
        if name not in table.columns:
            continue
        own: Mapping[str, Any] = next((feature[key] for key in _OVERRIDES if feature.get(key)), {})
        settings = _merged(config, own)
        if settings["evaluate_constraints"] != "Enabled":
            continue
        failures = [*_values(table.columns[name], feature, settings)]
        if name in baseline_features:
            failures += _drift(current_features[name], baseline_features[name], settings["distribution_constraints"])
        violations += [
            {"feature_name": name, "constraint_check_type": kind, "description": description}
            for kind, description in failures
        ]
    return violations


def _suggested(name: str, column: Column) -> dict[str, Any]:
    kind = inferred_type(column)
    present = [text for text in column if text is not None]
    feature: dict[str, Any] = {"name": name, "inferred_type": kind, "completeness": len(present) / len(column)}
    if kind in ("Integral", "Fractional"):
        return {**feature, "num_constraints": {"is_non_negative": min(map(number, present)) >= 0}}
    domain = list(categories(column))
    if 0 < len(domain) <= MOST_CATEGORIES:
        return {**feature, "string_constraints": {"domains": domain}}
    return feature


def _column_counts(table: Table, constraints: Mapping[str, Any]) -> Iterator[Violation]:
    """Yield a violation for too few or too many columns; a renamed column counts as missing."""
    current, expected = len(table.columns), len(constraints["features"])
    kinds = []
    if any(feature["name"] not in table.columns for feature in constraints["features"]):
        kinds.append("missing")
    if current > expected:
        kinds.append("extra")
    for kind in kinds:
        yield {
            "feature_name": f"{kind.capitalize()} columns",
            "constraint_check_type": f"{kind}_column_check",
            "description": (
                f"There are {kind} columns in current dataset. Number of columns in current dataset: {current}, "
                f"Number of columns in baseline constraints: {expected}"
            ),
        }


def _values(column: Column, feature: Mapping[str, Any], settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    present = [text for text in column if text is not None]
    completeness = len(present) / len(column)
    if completeness < feature.get("completeness", 0):
        yield "completeness_check", f"Value: {completeness} does not meet the constraint requirement! "
    kind, threshold = feature["inferred_type"], settings["datatype_check_threshold"]
    if not present or kind == "Unknown":
        return
    share = share_of_type(column, kind)
    if share < threshold:
        yield (
            "data_type_check",
            f"Data type match requirement is not met. Expected data type: {kind}, Expected match: {threshold * 100}%. "
            f"Observed: Only {share * 100}% of data is {kind}.",
        )
    domain = (feature.get("string_constraints") or {}).get("domains")
    if domain:
        known = sum(text in domain for text in present) / len(present)
        if known < settings["domain_content_threshold"]:
            yield "categorical_values_check", f"Value: {known} does not meet the constraint requirement! "


def _drift(
    current: Mapping[str, Any], baseline: Mapping[str, Any], settings: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    if settings["perform_comparison"] != "Enabled":
        return
    robust = settings["comparison_method"] == "Robust"
    sketches = [_part(feature, "numerical_statistics", "kll") for feature in (current, baseline)]
    counts = [_part(feature, "string_statistics", "categorical") for feature in (current, baseline)]
    if all(sketches):
        threshold = settings["comparison_threshold"]
        distance = numerical_distance(*(part["sketch"]["data"] for part in sketches), robust=robust)
    elif all(counts):
        if settings["categorical_drift_method"] != "LInfinity":
            method = settings["categorical_drift_method"]
            raise AnalysisError(f"local_aws does not support categorical_drift_method {method}; use LInfinity")
        threshold = settings["categorical_comparison_threshold"]
        frequencies = ({bucket["value"]: bucket["count"] for bucket in part["buckets"]} for part in counts)
        distance = categorical_distance(*frequencies, robust=robust)
    else:
        return
    if distance > threshold:
        yield "baseline_drift_check", f"Baseline drift distance: {distance} exceeds threshold: {threshold}"


def _part(feature: Mapping[str, Any], member: str, kind: str) -> Mapping[str, Any]:
    part: Mapping[str, Any] = feature.get(member, {}).get("distribution", {}).get(kind, {})
    return part


def _merged(config: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    part = "distribution_constraints"
    return {**config, **changes, part: {**config[part], **changes.get(part, {})}}


def _by_name(statistics: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {feature["name"]: feature for feature in statistics.get("features", ())}
