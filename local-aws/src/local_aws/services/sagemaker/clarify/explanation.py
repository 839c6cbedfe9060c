"""SHAP values of a dataset, the ``explanations`` of ``analysis.json``, and their drift from a baseline's.

Source: the developer guide's "Analysis Results" and "Model Feature Attribution Drift Violations", and ``SHAPConfig`` of
the SDK; the columns of ``explanations_shap/out.csv`` are those that AWS's notebooks read.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from local_aws.services.sagemaker.clarify.kernel_shap import attribute, draw_coalitions
from local_aws.services.sagemaker.model_monitor.errors import AnalysisError
from local_aws.services.sagemaker.model_monitor.tables import Column
from local_aws.services.sagemaker.model_monitor.value_types import inferred_type, number

METHOD = "kernel_shap"
_READ = frozenset(
    {"baseline", "num_samples", "agg_method", "use_logit", "save_local_shap_values", "seed", "num_clusters"}
)
_AGGREGATIONS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean_abs": lambda values: np.abs(values).mean(axis=0),
    "median": lambda values: np.median(values, axis=0),
    "mean_sq": lambda values: (values**2).mean(axis=0),
}
_LEAST_NDCG = 0.9
_FOLDER = "explanations_shap"

Rows = Iterable[Sequence[str | None] | np.ndarray]
Model = Callable[[Rows], np.ndarray]
"""Answers rows with numbers (rows, outputs)."""


@dataclass(frozen=True)
class Explanation:
    """The SHAP values of a dataset."""

    features: Sequence[str]
    labels: Sequence[str]
    baseline: np.ndarray
    """The rows that stand for absent features."""
    expected: np.ndarray
    """What the model answers for them on average (outputs)."""
    values: np.ndarray
    """Outputs, rows, features."""

    def report(self, aggregation: str) -> dict[str, Any]:
        """Return the global values by label, as ``analysis.json`` has them."""
        return {
            label: {
                "global_shap_values": dict(
                    zip(self.features, _AGGREGATIONS[aggregation](values).tolist(), strict=True)
                ),
                "expected_value": float(expected),
            }
            for label, expected, values in zip(self.labels, self.expected, self.values, strict=True)
        }


def check_settings(settings: Mapping[str, Any]) -> None:
    """Raise `AnalysisError` for what is not done here, by its name."""
    if refused := sorted(settings.keys() - _READ):
        raise AnalysisError(f"local_aws does not support {', '.join(refused)} of the method shap of Clarify's image")
    if (aggregation := settings.get("agg_method", "mean_abs")) not in _AGGREGATIONS:
        raise AnalysisError(f"agg_method must be one of {', '.join(_AGGREGATIONS)}; got {aggregation!r}")


def explain(
    features: Mapping[str, Column], settings: Mapping[str, Any], model: Model, labels: Sequence[str]
) -> Explanation:
    """Return the SHAP values of all rows.

    Parameters
    ----------
    labels
        The names of the model's outputs; ``label0`` and so on where there are not as many.
    """
    data = np.array(list(features.values()), dtype=object).T
    baseline = _baseline(features, settings)
    rows, count = data.shape
    if baseline.shape[1:] != (count,):
        raise AnalysisError(f"each row of the SHAP baseline must have the {count} features {', '.join(features)}")
    masks, weights = draw_coalitions(count, settings.get("num_samples") or 2 * count + 2048, settings.get("seed"))
    link = _logit if settings.get("use_logit") else np.asarray
    expected = link(model(baseline).mean(axis=0))
    totals = link(model(data)) - expected
    mixed = (each for row in data for each in np.where(masks[:, None], row, baseline).reshape(-1, count))
    answers = model(mixed) if len(masks) else np.empty((0, len(expected)))
    gains = link(answers.reshape(rows, len(masks), len(baseline), len(expected)).mean(axis=2)) - expected
    values = [attribute(masks, weights, gains[:, :, k], totals[:, k]) for k in range(len(expected))]
    names = labels if len(labels) == len(values) else [f"label{k}" for k in range(len(values))]
    return Explanation(list(features), names, baseline, expected, np.array(values))


def write_explanation(folder: Path, explanation: Explanation, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Write the files of an explanation; return the section of ``analysis.json``."""
    files = folder / _FOLDER
    files.mkdir(parents=True, exist_ok=True)
    if settings.get("baseline") is None:
        _write(files / "baseline.csv", explanation.baseline)
    if settings.get("save_local_shap_values", True):
        header = [f"{feature}_{label}" for label in explanation.labels for feature in explanation.features]
        _write(files / "out.csv", [header, *np.concatenate(explanation.values, axis=1)])
    return {METHOD: explanation.report(settings.get("agg_method", "mean_abs"))}


def compare(explanations: Mapping[str, Any], baseline: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the labels whose features have changed their order too much since a baseline's analysis."""
    violations = []
    for label, before in baseline.get(METHOD, {}).items():
        now = explanations.get(METHOD, {}).get(label, {}).get("global_shap_values", {})
        score = _ndcg(before["global_shap_values"], now)
        if score < _LEAST_NDCG:
            violations.append(
                {
                    "label": label,
                    "metric_name": "shap",
                    "constraint_check_type": "feature_attribution_drift_check",
                    "description": f"Feature attribution drift {score} exceeds threshold {_LEAST_NDCG}",
                }
            )
    return violations


def _ndcg(before: Mapping[str, float], now: Mapping[str, float]) -> float:
    """Return how well the present order of features ranks the former values: 1 for the same order."""
    if len(before) < 2:
        return float(before.keys() <= now.keys())
    from sklearn.metrics import ndcg_score

    relevance = [abs(value) for value in before.values()]
    return float(ndcg_score([relevance], [[abs(now.get(feature, 0.0)) for feature in before]]))


def _baseline(features: Mapping[str, Column], settings: Mapping[str, Any]) -> np.ndarray:
    """Return the rows that stand for absent features: those of the settings, else centres of the dataset's clusters."""
    baseline = settings.get("baseline")
    if isinstance(baseline, str):
        return np.array(list(csv.reader(_read_object(baseline).splitlines())), dtype=object)
    if isinstance(baseline, list) and baseline and all(isinstance(row, list) for row in baseline):
        return np.array([[None if cell is None else str(cell) for cell in row] for row in baseline], dtype=object)
    if baseline is not None:
        raise AnalysisError("local_aws needs the SHAP baseline as a list of rows, or as the S3 URI of a CSV file")
    clusters = settings.get("num_clusters", 1)
    if clusters == 1:
        return np.array([[_centre(column) for column in features.values()]], dtype=object)
    if {inferred_type(column) for column in features.values()} - {"Integral", "Fractional"}:
        raise AnalysisError("local_aws supports num_clusters of a dataset of numbers only; supply a baseline")
    from sklearn.cluster import KMeans

    numbers = np.array([[np.nan if text is None else number(text) for text in column] for column in features.values()])
    filled = np.where(np.isnan(numbers), np.nanmean(numbers, axis=1, keepdims=True), numbers)
    centres = KMeans(n_clusters=clusters, n_init=1, random_state=settings.get("seed")).fit(filled.T).cluster_centers_
    return centres.astype(str).astype(object)


def _centre(column: Column) -> str | None:
    """Return the mean of numbers, or the most frequent text, of the cells that are not empty."""
    present = [text for text in column if text is not None]
    if inferred_type(column) in ("Integral", "Fractional"):
        return str(np.mean([number(text) for text in present]))
    return max(dict.fromkeys(present), key=present.count, default=None)


def _read_object(uri: str) -> str:
    import boto3

    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return str(boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode())


def _logit(probabilities: np.ndarray) -> np.ndarray:
    if ((probabilities <= 0) | (probabilities >= 1)).any():
        raise AnalysisError("use_logit needs a model that answers with probabilities between 0 and 1")
    return np.asarray(np.log(probabilities / (1 - probabilities)))


def _write(file: Path, rows: Rows) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)
