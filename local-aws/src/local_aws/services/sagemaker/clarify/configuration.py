"""``analysis_config.json``: what is read of it, and what is refused.

Source: the developer guide's "Analysis Configuration Files", and ``ANALYSIS_CONFIG_SCHEMA_V1_0`` of the SDK.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.services.sagemaker.clarify.explanation import check_settings
from local_aws.services.sagemaker.clarify.metrics import POST_TRAINING, PRE_TRAINING
from local_aws.services.sagemaker.model_monitor.errors import AnalysisError

_READ = frozenset(
    {
        *("version", "dataset_type", "dataset_uri", "headers", "label", "label_values_or_threshold", "facet"),
        *("group_variable", "predicted_label", "excluded_columns", "joinsource_name_or_index"),
        *("probability_threshold", "methods", "predictor"),
    }
)
_STAGES = {"pre_training_bias": PRE_TRAINING, "post_training_bias": POST_TRAINING}
_CSV = "text/csv"

Name = str | int


@dataclass(frozen=True)
class Facet:
    """A sensitive column; without values each of its values is compared with all others."""

    column: str
    values: Sequence[Any]


@dataclass(frozen=True)
class Configuration:
    """What is analysed."""

    headers: Sequence[str]
    label: str
    """Empty where the dataset has none."""
    label_values: Sequence[Any]
    facets: Sequence[Facet]
    metrics: Mapping[str, Sequence[str]]
    """The names of the metrics of each stage, ``pre_training_bias`` and ``post_training_bias``."""
    shap: Mapping[str, Any] | None
    """How SHAP values are computed; None if they are not."""
    group: str | None
    predicted_label: str | None
    excluded: Sequence[str]
    """Columns that are not features."""
    probability_threshold: float | None
    predictor: Mapping[str, Any] | None
    """How predictions are got; None where the dataset has them or there are none."""


def name_columns(document: Mapping[str, Any], count: int) -> list[str]:
    """Return placeholders for the columns of a dataset whose configuration has no headers."""
    numbers = itertools.count()
    apart = {position: kind for kind in ("label", "predicted_label") if isinstance(position := document.get(kind), int)}
    return [apart.get(position) or f"feature_{next(numbers)}" for position in range(count)]


def read_configuration(document: Mapping[str, Any]) -> Configuration:
    """Return the configuration; what is not done here raises `AnalysisError` by its name."""
    if unread := sorted(document.keys() - _READ):
        raise AnalysisError(f"local_aws does not support {', '.join(unread)} of analysis_config.json")
    if document.get("dataset_type", _CSV).lower() != _CSV:
        raise AnalysisError(f"local_aws does not support dataset_type {document['dataset_type']}; it must be {_CSV}")
    if not document.get("headers"):
        raise AnalysisError("local_aws needs the headers of the dataset in analysis_config.json")
    metrics, shap = _metrics(document.get("methods", {})), document.get("methods", {}).get("shap")
    for member in ("label", "label_values_or_threshold", "facet") if metrics else ():
        if document.get(member) in (None, []):
            raise AnalysisError(f"bias metrics need {member} in analysis_config.json")
    if shap is not None:
        check_settings(shap)
    headers = document["headers"]

    def name(column: Name) -> str:
        header = headers[column] if isinstance(column, int) and column < len(headers) else column
        if header not in headers:
            raise AnalysisError(f"the dataset has no column {column!r}; its headers are {', '.join(headers)}")
        return str(header)

    def optional(member: str) -> str | None:
        return None if document.get(member) is None else name(document[member])

    facet_settings = document["facet"] if metrics else []
    facets = facet_settings if isinstance(facet_settings, list) else [facet_settings]
    join = optional("joinsource_name_or_index")
    return Configuration(
        headers=headers,
        label=optional("label") or "",
        label_values=document.get("label_values_or_threshold", ()),
        facets=[Facet(name(facet["name_or_index"]), facet.get("value_or_threshold") or []) for facet in facets],
        metrics=metrics,
        shap=shap,
        group=optional("group_variable"),
        predicted_label=optional("predicted_label"),
        excluded=[*map(name, document.get("excluded_columns", ())), *([join] if join else [])],
        probability_threshold=document.get("probability_threshold"),
        predictor=document.get("predictor"),
    )


def _metrics(methods: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the metrics of each stage in the order of their names."""
    if refused := sorted(methods.keys() - {*_STAGES, "report", "shap"}):
        raise AnalysisError(f"local_aws does not support the method {', '.join(refused)} of Clarify's image")
    chosen = {}
    for stage, known in _STAGES.items():
        if stage in methods:
            selection = methods[stage].get("methods", "all")
            names = sorted(known) if selection in ("all", ["all"]) else sorted(selection)
            if unknown := [name for name in names if name not in known]:
                raise AnalysisError(f"{stage} must be among {', '.join(sorted(known))}; got {', '.join(unknown)}")
            chosen[stage] = names
    if not chosen and "shap" not in methods:
        raise AnalysisError(f"methods of analysis_config.json must have one of {', '.join((*_STAGES, 'shap'))}")
    return chosen
