"""Evaluation of a model on the test rows, beside its baselines.

Run in a processing container as ``python3 -m processing.evaluate``. The model is an archive (``--model-dir``), or known
only by its scores of the test rows (``--scores-dir``: the output of a transform job over ``test_features/test.csv``);
rows, metrics and baselines are the same. It writes ``evaluation.json`` (small: conditions of the pipeline read it; see
`processing.evaluation_report` for the fields), ``model_quality.json`` (SageMaker's schema, with the curves),
``bias.json`` (Clarify's), ``predictions.csv`` and ``plots/``.
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

from processing import bias
from processing.bias import analyse_bias
from processing.comparison_model import (
    add_hyperparameter_arguments,
    hyperparameters_from,
    train_comparison_model,
)
from processing.evaluation_report import Baselines, Scores, evaluate_scores
from processing.exit_message import ProcessingError, add_message_argument, run_script
from processing.feature_contract import (
    LABEL,
    TEST,
    TRAIN,
    VALIDATION,
    FeatureSet,
    UnknownFeatureSetError,
    feature_set,
)
from processing.findings import find
from processing.income_slices import income_quintiles
from processing.metrics import check_scorable
from processing.model_archive import feature_matrix, load_booster, predict
from processing.model_quality import quality_curves
from processing.permutation_importance import permutation_importance
from processing.plots import draw_plots
from processing.predictions import write_predictions
from processing.scoring_table import labelled_splits, read_scoring_table
from processing.transform_output import read_automl_scores

_KNOWN_BY_SCORES = (
    "Only the model's scores of the test rows are known, so it can neither be retrained nor score shuffled rows here."
)


def score_with_model(splits: dict[str, pd.DataFrame], features: FeatureSet, options: argparse.Namespace) -> Scores:
    """Score the test rows with the archived model, and train its counterpart without the label-defining features.

    Raises
    ------
    ProcessingError
        The archive holds no model of these features, or metrics of its scores are not defined.
    """
    booster = load_booster(options.model_dir, features)
    matrix = feature_matrix(splits[TEST], features.feature_names)
    remaining = features.names_without_label_defining
    scores = predict(booster, matrix)
    labels = splits[TEST][LABEL].to_numpy(dtype=int)
    check_scorable(labels, scores, "labelled test rows")
    comparison = train_comparison_model(splits[TRAIN], splits[VALIDATION], remaining, hyperparameters_from(options))
    return Scores(
        scores,
        without=predict(comparison, feature_matrix(splits[TEST], remaining)),
        importance=permutation_importance(partial(predict, booster), matrix, labels, features, options.seed),
    )


def read_scores(scores_dir: Path, rows: int) -> Scores:
    """Read the scores of the test rows from a transform job's output; raise `ProcessingError` if they do not fit."""
    answered = read_automl_scores(scores_dir, rows)
    return Scores(
        answered.scores,
        without=None,
        importance=None,
        not_measured=_KNOWN_BY_SCORES,
        own_label_differs=answered.own_label_differs,
    )


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="evaluate", description=__doc__)
    model = parser.add_mutually_exclusive_group()
    model.add_argument("--model-dir", type=Path, default=Path("/opt/ml/processing/input/model"))
    model.add_argument("--scores-dir", type=Path, help="folder with the transform output test.csv.out")
    parser.add_argument("--scoring-dir", type=Path, default=Path("/opt/ml/processing/input/scoring"))
    parser.add_argument("--output-dir", type=Path, default=Path("/opt/ml/processing/output/evaluation"))
    parser.add_argument("--feature-set", default="playground")
    add_hyperparameter_arguments(parser)
    add_message_argument(parser)
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> None:
    try:
        features = feature_set(options.feature_set)
    except UnknownFeatureSetError as error:
        raise ProcessingError(str(error)) from error
    splits = labelled_splits(read_scoring_table(options.scoring_dir, features))
    test = splits[TEST]
    if options.scores_dir is None:
        scored = score_with_model(splits, features, options)
    else:
        scored = read_scores(options.scores_dir, len(test))
    baselines = Baselines.learn(splits[TRAIN], features.feature_names)
    baselines_without = Baselines.learn(splits[TRAIN], features.names_without_label_defining)

    report = evaluate_scores(test, scored, baselines, baselines_without, features)
    report["findings"] = find(report, features.label_defining)
    curves = quality_curves(test[LABEL].to_numpy(dtype=int), scored.scores)

    output = options.output_dir
    output.mkdir(parents=True, exist_ok=True)
    _write_json(report, output / "evaluation.json")
    quality = {"binary_classification_metrics": report["binary_classification_metrics"] | curves}
    _write_json(quality, output / "model_quality.json")
    facets = {"borough": test["borough"], "income": income_quintiles(test, features)}
    _write_json(analyse_bias(test[LABEL].to_numpy(dtype=int), scored.scores, facets), output / bias.FILE)
    rule, rule_without = (baseline.rule.predict(test) for baseline in (baselines, baselines_without))
    write_predictions(test, scored.scores, scored.without, rule, rule_without, output)
    draw_plots(report, curves, output / "plots")
    print("\n".join(report["findings"]))


def _write_json(content: dict[str, Any], file: Path) -> None:
    """Write strict JSON: a metric that is not a number must not pass a condition unseen."""
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
