"""Reading the report's inputs, and checking that they all belong to one run."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from processing.decision import predicted_classes
from processing.exit_message import ProcessingError
from processing.feature_contract import LABEL, FeatureSet, UnknownFeatureSetError, feature_set
from processing.predictions import SCORE, read_predictions, read_validation_predictions
from processing.reporting.feeds import FeedDates, parse_dates
from processing.scoring_table import read_scoring_table
from processing.serving import Serving, ServingInputs, score_with_serving

XGBOOST, AUTOML = "XGBoost", "AutoML"
CANDIDATES = "candidates.json"
_TOLERANCE = 1e-9
_SAME_RUN = "Pass the outputs of one pipeline execution."

_JOB_CONFIG = Path("/opt/ml/config/processingjobconfig.json")
_CODE = re.compile(r"/code/([0-9a-f]{64})(?:/|$)")


@dataclass(frozen=True)
class Evaluation:
    """One model's evaluation: its name, ``evaluation.json``, the curves of ``model_quality.json``, scored rows.

    `validation` holds the scored validation rows, `predictions` the test rows.
    """

    name: str
    report: dict[str, Any]
    curves: dict[str, Any]
    predictions: pd.DataFrame
    validation: pd.DataFrame


@dataclass(frozen=True)
class Thresholds:
    """The quality gate's thresholds."""

    accuracy: float
    """Least accuracy on the test rows, a fraction."""
    margin: float
    """Loss of ROC AUC that still counts as "not inferior"."""
    minimum_rows: int
    """Fewer test rows judge nothing."""


@dataclass(frozen=True)
class ReportInputs:
    """Everything that the report is computed from."""

    features: FeatureSet
    engineering: dict[str, Any]
    """``features.json`` of feature engineering."""
    rows: pd.DataFrame
    """The scoring table."""
    evaluations: tuple[Evaluation, ...]
    """XGBoost's, then AutoML's where there is one; of the same test rows in the same order. The first has permutation
    importance and scores without the label-defining features."""
    leaderboard: dict[str, Any] | None
    """What AutoML has tried, from the Lambda step ``ListCandidates``; None in a run without AutoML."""
    thresholds: Thresholds
    serving: Serving
    """What serves now, on the same test rows."""
    provenance: dict[str, str]
    """From `provenance`."""
    feeds: FeedDates
    """When the feeds were made."""


def read_inputs(
    features_dir: Path,
    scoring_dir: Path,
    evaluation_dirs: dict[str, Path],
    candidates_dir: Path | None,
    thresholds: Thresholds,
    serving: ServingInputs,
    feed_dates: Sequence[str] = ("", "", "", ""),
) -> ReportInputs:
    """Read and cross-check the report's inputs.

    Parameters
    ----------
    features_dir, scoring_dir
        Outputs ``report`` and ``scoring`` of engineer_features.
    evaluation_dirs
        Output of evaluate by the model's name, XGBoost first.
    candidates_dir
        Output of the Lambda step ``ListCandidates``.
    serving
        What is recorded of the model that serves now.
    feed_dates
        Of playgrounds, parks and income, as `processing.feed_dates` writes them, and the tax year; empty: unknown.

    Raises
    ------
    ProcessingError
        A file is missing or unreadable, or the files are not of one run.
    """
    engineering = _read_json(features_dir / "features.json", "engineer_features", ("set", "exploration"))
    try:
        features = feature_set(engineering["set"])
    except UnknownFeatureSetError as error:
        raise ProcessingError(f"features.json in {features_dir}: {error}") from error
    evaluations = tuple(_read_evaluation(name, folder, features) for name, folder in evaluation_dirs.items())
    if evaluations[0].report["training"] is None:
        raise ProcessingError(
            f"The first evaluation, {evaluations[0].name}, was made from scores; it must be one of an archived model "
            "(processing.evaluate --model-dir), which the report takes what needs training from."
        )
    first, *others = (evaluation.predictions for evaluation in evaluations)
    identity = ["playground_key", LABEL]
    for other in others:
        if not first[identity].equals(other[identity]):
            raise ProcessingError(f"The evaluations {list(evaluation_dirs)} are not of the same test rows. {_SAME_RUN}")
    if len(first) != engineering["test_rows"]:
        raise ProcessingError(
            f"The evaluations are of {len(first)} test rows, features.json in {features_dir} counts "
            f"{engineering['test_rows']}. {_SAME_RUN}"
        )
    table = read_scoring_table(scoring_dir, features)
    return ReportInputs(
        features,
        engineering,
        table,
        evaluations,
        None if candidates_dir is None else _read_leaderboard(candidates_dir),
        thresholds,
        score_with_serving(serving, table, features),
        provenance(),
        parse_dates(*feed_dates, generated=bool(engineering.get("generated"))),
    )


def _read_evaluation(name: str, folder: Path, features: FeatureSet) -> Evaluation:
    report = _read_json(folder / "evaluation.json", "evaluate", ("accuracy", "views", "not_measured"))
    if report["feature_set"] != features.name:
        raise ProcessingError(
            f"The evaluation in {folder} is of the feature set {report['feature_set']}, features.json of "
            f"{features.name}. {_SAME_RUN}"
        )
    predictions = read_predictions(folder)
    accuracy = float((predicted_classes(predictions[SCORE].to_numpy()) == predictions[LABEL].to_numpy()).mean())
    if abs(accuracy - report["accuracy"]) > _TOLERANCE:
        raise ProcessingError(
            f"In {folder} evaluation.json has accuracy {report['accuracy']}, predictions.csv gives {accuracy}. "
            f"{_SAME_RUN}"
        )
    quality = _read_json(folder / "model_quality.json", "evaluate", ("binary_classification_metrics",))
    curves = quality["binary_classification_metrics"]
    return Evaluation(name, report, curves, predictions, read_validation_predictions(folder))


def _read_json(file: Path, script: str, fields: tuple[str, ...]) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ProcessingError(f"Cannot read {file} ({error}); pass the output of processing.{script}.") from error
    missing = [field for field in fields if field not in content]
    if missing:
        raise ProcessingError(f"{file} lacks {', '.join(missing)}; run processing.{script} again.")
    return content


def _read_leaderboard(folder: Path) -> dict[str, Any]:
    file = folder / CANDIDATES
    try:
        board: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        missing = {"job", "chosen", "reason", "candidates"} - board.keys()
    except (OSError, ValueError, AttributeError) as error:
        raise ProcessingError(f"Cannot read {file} ({error}); pass the output of the step ListCandidates.") from error
    if missing:
        raise ProcessingError(f"{file} lacks {', '.join(sorted(missing))}; pass the output of the step ListCandidates.")
    return board


def provenance(config: Path = _JOB_CONFIG) -> dict[str, str]:
    """Return `execution` (its id) and `code` (the digest of the code asset), as far as this job's description has them.

    A pipeline variable in the command would keep the step from being cached.
    Source: "How Amazon SageMaker Processing configures your processing container": ``processingjobconfig.json`` is the
    request of the job.
    """
    try:
        job = json.loads(config.read_text(encoding="utf-8"))
        inputs = [entry["S3Input"]["S3Uri"] for entry in job["ProcessingInputs"] if "S3Input" in entry]
        outputs = [entry["S3Output"]["S3Uri"] for entry in job["ProcessingOutputConfig"]["Outputs"]]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    digests = [match[1] for uri in inputs if (match := _CODE.search(uri))]
    members = {"code": digests[0]} if digests else {}
    # s3://<bucket>/<pipeline>/<execution id>/<step>/<output>
    parts = outputs[0].removeprefix("s3://").split("/") if outputs else []
    return members | ({"execution": parts[2]} if len(parts) > 4 else {})
