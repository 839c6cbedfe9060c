"""Evaluation of a trained model on the test rows, beside its baselines.

Run in a processing container as ``python3 -m processing.evaluate``. It writes ``evaluation.json`` (small:
conditions of the pipeline read it), ``model_quality.json`` (SageMaker's schema, with the curves) and ``plots/``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from processing.comparison_model import (
    add_hyperparameter_arguments,
    hyperparameters_from,
    train_comparison_model,
)
from processing.evaluation_report import evaluate_scores
from processing.exit_message import ProcessingError, add_message_argument, run_script
from processing.feature_contract import (
    LABEL,
    SPLITS,
    TEST,
    TRAIN,
    VALIDATION,
    FeatureSet,
    UnknownFeatureSetError,
    feature_set,
    scoring_schema,
)
from processing.findings import find
from processing.model_archive import feature_matrix, load_booster, predict
from processing.model_quality import quality_curves
from processing.permutation_importance import permutation_importance
from processing.plots import draw_plots


def read_labelled_splits(scoring_dir: Path, features: FeatureSet) -> dict[str, pd.DataFrame]:
    """Read the labelled rows of the scoring table.

    Parameters
    ----------
    scoring_dir
        Folder with the parquet files of the table.
    features
        The feature set that it holds.

    Returns
    -------
    dict of str to pandas.DataFrame
        Rows of train, validation and test.

    Raises
    ------
    ProcessingError
        If the table is missing, lacks a column, or a split is empty.
    """
    columns = [name for name, _ in scoring_schema(features)]
    files = sorted(scoring_dir.glob("*.parquet"))
    if not files:
        raise ProcessingError(f"{scoring_dir} holds no parquet file; pass the output scoring/ of engineer_features.")
    try:
        rows = pa.concat_tables([pq.read_table(file, columns=columns) for file in files]).to_pandas()
    except (pa.ArrowInvalid, KeyError) as error:
        raise ProcessingError(
            f"{scoring_dir} is no scoring table of the feature set {features.name}: {error}"
        ) from error
    rows = rows[rows["label_known"] == 1]
    splits = {split: rows[rows["split"] == split].reset_index(drop=True) for split in SPLITS}
    empty = [split for split, members in splits.items() if members.empty]
    if empty:
        raise ProcessingError(f"The scoring table in {scoring_dir} has no labelled row in: {', '.join(empty)}.")
    return splits


def evaluate(options: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """Evaluate the archived model.

    Parameters
    ----------
    options
        Of this script's command line.

    Returns
    -------
    report : dict
        Content of ``evaluation.json``.
    curves : dict
        ROC and precision-recall curve.

    Raises
    ------
    ProcessingError
        If an input is not as described, or a metric is not defined.
    """
    try:
        features = feature_set(options.feature_set)
    except UnknownFeatureSetError as error:
        raise ProcessingError(str(error)) from error
    splits = read_labelled_splits(options.scoring_dir, features)
    booster = load_booster(options.model_dir, features)

    test = splits[TEST]
    labels = test[LABEL].to_numpy(dtype=int)
    matrix = feature_matrix(test, features.feature_names)
    scores = predict(booster, matrix)

    remaining = tuple(name for name in features.feature_names if name not in features.label_defining)
    comparison = train_comparison_model(splits[TRAIN], splits[VALIDATION], remaining, hyperparameters_from(options))
    scores_without = predict(comparison, feature_matrix(test, remaining))

    report = evaluate_scores(splits[TRAIN], test, scores, scores_without, features)
    report["permutation_importance"] = permutation_importance(
        partial(predict, booster), matrix, labels, features, options.seed
    )
    report["findings"] = find(report, features.label_defining)
    return report, quality_curves(labels, scores)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="evaluate", description=__doc__)
    parser.add_argument("--model-dir", type=Path, default=Path("/opt/ml/processing/input/model"))
    parser.add_argument("--scoring-dir", type=Path, default=Path("/opt/ml/processing/input/scoring"))
    parser.add_argument("--output-dir", type=Path, default=Path("/opt/ml/processing/output/evaluation"))
    parser.add_argument("--feature-set", default="playground")
    add_hyperparameter_arguments(parser)
    add_message_argument(parser)
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> None:
    report, curves = evaluate(options)
    options.output_dir.mkdir(parents=True, exist_ok=True)
    _write_json(report, options.output_dir / "evaluation.json")
    quality = {"binary_classification_metrics": report["binary_classification_metrics"] | curves}
    _write_json(quality, options.output_dir / "model_quality.json")
    draw_plots(report, curves, options.output_dir / "plots")
    print("\n".join(report["findings"]))


def _write_json(content: dict[str, Any], file: Path) -> None:
    """Strict JSON: a metric that is not a number must not pass a condition unseen."""
    try:
        text = json.dumps(content, indent=1, allow_nan=False)
    except ValueError as error:
        raise ProcessingError(f"A metric for {file.name} is not a finite number ({error}).") from error
    file.write_text(text + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; return its exit code."""
    options = _parse(arguments)
    return run_script(lambda: _run(options), options.message_file)


if __name__ == "__main__":
    sys.exit(main())
