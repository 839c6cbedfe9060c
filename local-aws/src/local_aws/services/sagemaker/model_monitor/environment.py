"""The variables that tell the container what to analyse.

Source: the developer guide's "Container Contract Inputs", and ``ModelMonitor._generate_env_map`` of the SDK.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_aws.services.sagemaker.model_monitor.errors import AnalysisError

MODEL_QUALITY = "MODEL_QUALITY"
BASELINE_CONSTRAINTS = "baseline_constraints"
BASELINE_STATISTICS = "baseline_statistics"
_ANALYSES = ("DATA_QUALITY", MODEL_QUALITY)
_UNSUPPORTED = ("record_preprocessor_script", "post_analytics_processor_script")


@dataclass(frozen=True)
class Attributes:
    """Where the dataset has what; a column by name, position or JSON path, empty where there is none."""

    problem_type: str
    ground_truth: str
    inference: str = ""
    probability: str = ""
    threshold: float = 0.5
    """The probability from which on a prediction is positive, where the dataset has no predicted labels."""


@dataclass(frozen=True)
class Analysis:
    """What a job is to do; `attributes` are those of model quality, None where data is analysed."""

    source: Path
    dataset_format: Mapping[str, Any]
    output: Path
    attributes: Attributes | None
    baseline_constraints: Path | None
    baseline_statistics: Path | None


def check_environment(environment: Mapping[str, Any]) -> None:
    """Raise `AnalysisError` for what is not done here; values that are not text yet are not looked at."""
    for name in _UNSUPPORTED:
        if environment.get(name):
            raise AnalysisError(f"local_aws does not support {name} of Model Monitor's image; remove it to run here")
    if environment.get("publish_cloudwatch_metrics") == "Enabled":
        raise AnalysisError("local_aws does not support publish_cloudwatch_metrics Enabled; set it to Disabled")
    for name in ("dataset_source", "dataset_format", "output_path"):
        if name not in environment:
            raise AnalysisError(f"the environment lacks {name}, which Model Monitor's image needs")
    analysis = environment.get("analysis_type", _ANALYSES[0])
    if isinstance(analysis, str) and analysis not in _ANALYSES:
        raise AnalysisError(f"analysis_type must be one of {', '.join(_ANALYSES)}; got {analysis!r}")
    if isinstance(environment["dataset_format"], str):
        dataset_format(environment["dataset_format"])


def dataset_format(text: str) -> dict[str, Any]:
    """Read ``dataset_format``; one that is not read here raises `AnalysisError`."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise AnalysisError(f"dataset_format {text!r} is not JSON: {error}") from None
    if not isinstance(value, dict) or len(value) != 1 or not value.keys() <= {"csv", "json"}:
        raise AnalysisError(f"local_aws does not support dataset_format {text}; it must have one of csv, json")
    return value


def _threshold(text: str | None) -> float:
    try:
        return float(text) if text else Attributes.threshold
    except ValueError:
        raise AnalysisError(f"probability_threshold_attribute must be a number; got {text!r}") from None


def read_environment(environment: Mapping[str, str]) -> Analysis:
    """Return what the variables ask for."""
    check_environment(environment)
    attributes = None
    if environment.get("analysis_type") == MODEL_QUALITY:
        attributes = Attributes(
            problem_type=environment.get("problem_type", ""),
            ground_truth=environment.get("ground_truth_attribute", ""),
            inference=environment.get("inference_attribute", ""),
            probability=environment.get("probability_attribute", ""),
            threshold=_threshold(environment.get("probability_threshold_attribute")),
        )
    baselines = [environment.get(name) for name in (BASELINE_CONSTRAINTS, BASELINE_STATISTICS)]
    constraints, statistics = (Path(path) if path else None for path in baselines)
    return Analysis(
        source=Path(environment["dataset_source"]),
        dataset_format=dataset_format(environment["dataset_format"]),
        output=Path(environment["output_path"]),
        attributes=attributes,
        baseline_constraints=constraints,
        baseline_statistics=statistics,
    )
