"""The saved model as the XGBoost container serves it.

Its serving code (sagemaker-xgboost-container, ``serve_utils``) loads every visible file of the model folder, predicts
with all trees of each, without looking at feature names, and averages.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from processing.feature_contract import feature_set
from processing.model_archive import load_booster, predict
from processing.scoring_table import feature_matrix
from training.hyperparameters import Hyperparameters
from training.train import read_channel, save_model, train

# The file's name has no suffix, as the container wants it, so XGBoost says that it guesses the format.
pytestmark = pytest.mark.filterwarnings("ignore:.*Unknown file format")


def serve(model_dir: Path, csv: str) -> np.ndarray:
    """Scores for headerless CSV rows of features."""
    matrix = np.array([[float(field or "nan") for field in line.split(",")] for line in csv.splitlines()])
    scores = []
    for file in sorted(model_dir.iterdir()):
        if not file.name.startswith("."):
            booster = xgb.Booster()
            booster.load_model(file)
            scores.append(booster.predict(xgb.DMatrix(matrix), validate_features=False))
    return np.mean(scores, axis=0)


def test_an_early_stopped_model_serves_the_scores_that_were_evaluated(staged_run):
    assert staged_run.booster.num_boosted_rounds() < staged_run.rounds
    features = feature_set("playground")
    rows = pd.read_parquet(staged_run.features / "scoring")
    names = list(features.feature_names)
    evaluated = predict(load_booster(staged_run.archive, features), feature_matrix(rows, features.feature_names))
    served = serve(staged_run.model, rows[names].to_csv(index=False, header=False))
    np.testing.assert_array_equal(served, evaluated)


def test_served_uncut_it_would_score_otherwise(staged_run, tmp_path):
    channels = read_channel(staged_run.features / "train"), read_channel(staged_run.features / "validation")
    uncut = train(Hyperparameters(num_round=staged_run.rounds, early_stopping_rounds=0), *channels, log_every=0)
    save_model(uncut.booster, tmp_path)
    csv = (staged_run.features / "smoke" / "smoke.csv").read_text()
    assert np.abs(serve(tmp_path, csv) - serve(staged_run.model, csv)).max() > 1e-4


@pytest.mark.parametrize("missing", ["", "nan"])
def test_an_empty_field_and_nan_are_both_missing(staged_run, missing):
    line = ",".join([missing] + ["0"] * 6 + [missing] * 11)
    reference = staged_run.booster.predict(xgb.DMatrix(np.array([[np.nan] + [0] * 6 + [np.nan] * 11])))
    assert serve(staged_run.model, line) == pytest.approx(reference, abs=0)
