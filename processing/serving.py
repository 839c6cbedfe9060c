"""The model that serves now, on the test rows of another run that tell something of it.

Rows that it was trained on, or that stopped its training, would flatter it. So only those count that were not: an
XGBoost model scores them anew. Any other model is known by the scores that a transform job gave its own test rows, so
that only test rows of both runs count whose features are unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from processing.exit_message import ProcessingError
from processing.feature_contract import LABEL, TEST, TRAIN, VALIDATION, FeatureSet
from processing.predictions import SCORE, read_predictions
from processing.scoring_table import feature_matrix, labelled_splits, read_scoring_table

XGBOOST, NONE = "XGBoost", "none"


@dataclass(frozen=True)
class ServingInputs:
    """What is recorded of the serving package: its ARN or `NONE`, why there is none, its kind, and three folders."""

    package: str
    reason: str
    algorithm: str
    evaluation_dir: Path
    scoring_dir: Path
    model_dir: Path


@dataclass(frozen=True)
class Serving:
    """The serving model's scores of some test rows, or why it is not compared."""

    package: str
    scores: np.ndarray | None
    """Of the test rows in their order; NaN for rows that do not count. None if there is no comparison."""
    note: str
    """How it was scored and what was left out, or the reason for no comparison."""


def score_with_serving(inputs: ServingInputs, table: pd.DataFrame, features: FeatureSet) -> Serving:
    """Score the labelled test rows of this run's scoring table with the serving model, where that is honest."""
    if inputs.package == NONE:
        return Serving(NONE, None, inputs.reason)
    version = f"version {inputs.package.rpartition('/')[2]}"
    try:
        before = read_scoring_table(inputs.scoring_dir, features)
    except ProcessingError:
        return Serving(inputs.package, None, f"{version} serves another feature contract")
    test = labelled_splits(table)[TEST]
    if inputs.algorithm == XGBOOST:
        # Imported here, for XGBoost takes a second that a report without such a model does not spend.
        from processing.model_archive import load_booster, predict

        try:
            booster = load_booster(inputs.model_dir, features)
        except ProcessingError:
            return Serving(inputs.package, None, f"{version} serves, but its artifact is gone or unreadable")
        learnt = test["site_id"].isin(before.loc[before["split"].isin([TRAIN, VALIDATION]), "site_id"]).to_numpy()
        scores = predict(booster, feature_matrix(test, features.feature_names)).astype(float)
        note = f"{version} scored the rows anew, without {learnt.sum()} of sites that it was trained on"
        return Serving(inputs.package, np.where(learnt, np.nan, scores), note)
    try:
        recorded = read_predictions(inputs.evaluation_dir)
        own = labelled_splits(before)[TEST].assign(**{SCORE: recorded[SCORE].to_numpy()})
    except (ProcessingError, ValueError):
        return Serving(
            inputs.package, None, f"{version} serves, but the scores of its test rows are gone or unreadable"
        )
    scores = _scores_of_equal_rows(test, own, features)
    unknown = int(np.isnan(scores).sum())
    note = f"{version} by the scores of its own transform job, without {unknown} rows that were not its test rows"
    return Serving(inputs.package, scores, note)


def _scores_of_equal_rows(test: pd.DataFrame, own: pd.DataFrame, features: FeatureSet) -> np.ndarray:
    """Return the score of each row that the other table has with the same features and label, else NaN."""
    columns = ["playground_key", LABEL, *features.feature_names]
    both = test[columns].merge(own[[*columns, SCORE]].drop_duplicates(columns), on=columns, how="left")
    return both[SCORE].to_numpy(dtype=float)
