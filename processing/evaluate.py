"""Evaluation of a model on the test rows, beside its baselines.

Run in a processing container as ``python3 -m processing.evaluate``. The model is an archive (``--model-dir``), or known
only by its scores (``--scores-dir``: the output of a transform job over ``held_out/``); rows, metrics and baselines are
the same. It writes ``evaluation.json`` (see `processing.evaluation_report` for the fields), ``model_quality.json``
(SageMaker's schema, with the curves), ``bias.json`` (Clarify's), ``predictions.csv``, ``validation_predictions.csv``
and ``plots/``, and for an archived model ``explainability/analysis.json`` (Clarify's schema).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
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
from processing.explainability import ANALYSIS, FOLDER, clarify_analysis
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
from processing.folds import TooFewFoldsError, measure_folds
from processing.metrics import check_scorable
from processing.model_archive import load_booster, predict
from processing.model_quality import quality_curves
from processing.permutation_importance import permutation_importance
from processing.plots import draw_plots
from processing.predictions import (
    QUINTILE,
    RULE,
    RULE_SCORE,
    RULE_WITHOUT,
    SCORE,
    SCORE_WITHOUT,
    TABLE_SCORE,
    write_predictions,
    write_validation_predictions,
)
from processing.scoring_table import feature_matrix, labelled_splits, read_scoring_table
from processing.shuffled_rows import importance_by_answers, number_of_shuffled_rows
from processing.staging import SHUFFLES_FILE, TEST_FILE, VALIDATION_FILE
from processing.stand_ins import find_stand_ins, stand_in_names
from processing.transform_output import read_automl_scores
from training.hyperparameters import Hyperparameters

_KNOWN_BY_SCORES = "Only the model's scores of some rows are known, so that it cannot be trained on other rows here."

_CURVE_DIGITS = 5

_FIFTHS = ("1 (highest incomes)", "2", "3", "4", "5 (lowest incomes)")
_ORDERED_BY = {"playground": "agi_1_share", "lab": "normalized_num_of_joint_returns"}
"""What orders places by income: the share of low incomes; of a lab row, which has one bracket, that of joint ones."""


def score_with_model(
    table: pd.DataFrame, splits: dict[str, pd.DataFrame], features: FeatureSet, options: argparse.Namespace
) -> Scores:
    """Score rows with the archived model, and train its like without the label-defining features and on folds.

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
    labelled = table[table["label_known"] == 1].reset_index(drop=True)
    hyperparameters = hyperparameters_from(options)

    def train(rows: pd.DataFrame, stop_by: pd.DataFrame, names: tuple[str, ...]) -> Callable[..., np.ndarray]:
        model = train_comparison_model(rows, stop_by, names, hyperparameters)
        return lambda unseen: predict(model, feature_matrix(unseen, names))

    folds, reason = None, None
    try:
        folds = measure_folds(labelled, features, train, options.seed)
    except TooFewFoldsError as error:
        reason = str(error)
    together = stand_in_names(find_stand_ins(labelled, features))
    return Scores(
        scores,
        predict(booster, feature_matrix(splits[VALIDATION], features.feature_names)),
        without=train(splits[TRAIN], splits[VALIDATION], remaining)(splits[TEST]),
        importance=permutation_importance(partial(predict, booster), matrix, labels, features, together=together),
        folds=folds,
        not_measured=reason,
        training=_training_facts(
            splits[TRAIN], splits[VALIDATION], features.feature_names, hyperparameters, booster.num_boosted_rounds()
        ),
        explanation=clarify_analysis(booster, matrix, features.feature_names),
    )


def _training_facts(
    train: pd.DataFrame, validation: pd.DataFrame, names: tuple[str, ...], hyperparameters: Hyperparameters, rounds: int
) -> dict[str, Any]:
    """Return `hyperparameters`, the `rounds` that the model kept, and `learning_curve`: the log loss of each round.

    Training is repeated for the curve, which the archive does not hold: the same rows and seed give the same model.
    """
    curve: dict[str, dict[str, list[float]]] = {}
    train_comparison_model(train, validation, names, hyperparameters, curve)
    return {
        "hyperparameters": asdict(hyperparameters),
        "rounds": rounds,
        "learning_curve": {
            channel: [round(loss, _CURVE_DIGITS) for loss in losses["logloss"]] for channel, losses in curve.items()
        },
    }


def read_scores(scores_dir: Path, table: pd.DataFrame, splits: dict[str, pd.DataFrame], features: FeatureSet) -> Scores:
    """Read scores from a transform job's output over ``held_out/``; raise `ProcessingError` if they do not fit."""
    answered = read_automl_scores(scores_dir, TEST_FILE, len(splits[TEST]))
    validation = read_automl_scores(scores_dir, VALIDATION_FILE, len(splits[VALIDATION]))
    shuffles = read_automl_scores(scores_dir, SHUFFLES_FILE, number_of_shuffled_rows(table, features))
    return Scores(
        answered.scores,
        validation.scores,
        without=None,
        importance=importance_by_answers(table, features, answered.scores, shuffles.scores),
        folds=None,
        not_measured=_KNOWN_BY_SCORES,
        own_label_differs=answered.own_label_differs,
    )


def _income_quintiles(rows: pd.DataFrame, features: FeatureSet) -> pd.Series:
    """Return each row's fifth by income; rows of the same one share it, so that the fifths may differ in size."""
    column = rows[_ORDERED_BY[features.name]].astype(float)
    order = column if features.name == "playground" else -column
    fifths = (order.rank(method="average", pct=True) * len(_FIFTHS)).apply(lambda place: max(0, -(-place // 1) - 1))
    return fifths.map(dict(enumerate(_FIFTHS))).fillna("no income data")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="evaluate", description=__doc__)
    model = parser.add_mutually_exclusive_group()
    model.add_argument("--model-dir", type=Path, default=Path("/opt/ml/processing/input/model"))
    model.add_argument("--scores-dir", type=Path, help="folder with a transform job's output")
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
    table = read_scoring_table(options.scoring_dir, features)
    splits = labelled_splits(table)
    splits[TEST][QUINTILE] = _income_quintiles(splits[TEST], features)
    test = splits[TEST]
    if options.scores_dir is None:
        scored = score_with_model(table, splits, features, options)
    else:
        scored = read_scores(options.scores_dir, table, splits, features)
    baselines, baselines_without = (
        Baselines.learn(splits[TRAIN], splits[VALIDATION], names)
        for names in (features.feature_names, features.names_without_label_defining)
    )

    stand_ins = find_stand_ins(table[table["label_known"] == 1], features)
    report = evaluate_scores(splits, scored, baselines, baselines_without, features, stand_ins)
    report["findings"] = find(report, features.label_defining)
    curves = quality_curves(test[LABEL].to_numpy(dtype=int), scored.scores)

    output = options.output_dir
    output.mkdir(parents=True, exist_ok=True)
    _write_json(report, output / "evaluation.json")
    quality = {"binary_classification_metrics": report["binary_classification_metrics"] | curves}
    _write_json(quality, output / "model_quality.json")
    facets = {"borough": test["borough"], "income": test[QUINTILE]}
    _write_json(analyse_bias(test[LABEL].to_numpy(dtype=int), scored.scores, facets), output / bias.FILE)
    if scored.explanation is not None:
        (output / FOLDER).mkdir(exist_ok=True)
        _write_json(scored.explanation, output / FOLDER / ANALYSIS)
    simple = baselines.scores(test)
    answers = {
        SCORE: scored.scores.astype(float),
        **({} if scored.without is None else {SCORE_WITHOUT: scored.without.astype(float)}),
        RULE: baselines.rule.predict(test),
        RULE_WITHOUT: baselines_without.rule.predict(test),
        RULE_SCORE: simple["rule"],
        **({TABLE_SCORE: simple["table"]} if "table" in simple else {}),
    }
    write_predictions(test, answers, output)
    write_validation_predictions(splits[VALIDATION], scored.validation, output)
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
