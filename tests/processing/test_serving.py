from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from processing.feature_contract import feature_set
from processing.predictions import read_predictions
from processing.scoring_table import feature_matrix, labelled_splits, read_scoring_table
from processing.serving import NONE, ServingInputs, score_with_serving
from tests.processing.staging import EvaluatedRun, StagedRun

FEATURES = feature_set("playground")


@pytest.fixture
def table(staged_run: StagedRun) -> pd.DataFrame:
    return read_scoring_table(staged_run.features / "scoring", FEATURES)


@pytest.fixture
def inputs(staged_run: StagedRun, evaluated_run: EvaluatedRun) -> ServingInputs:
    """What the run itself would leave, were it the one that serves."""
    scoring = staged_run.features / "scoring"
    return ServingInputs("arn/7", NONE, "XGBoost", evaluated_run.evaluation, scoring, staged_run.archive)


def test_xgboost_scores_the_rows_anew(inputs, table, staged_run):
    serving = score_with_serving(inputs, table, FEATURES)
    test = labelled_splits(table)["test"]
    expected = staged_run.booster.predict(xgb.DMatrix(feature_matrix(test, FEATURES.feature_names)))
    assert serving.scores == pytest.approx(expected)


def test_rows_of_sites_that_it_was_trained_on_do_not_count(inputs, table):
    was_training = table["site_id"].isin(table.loc[table["split"] == "train", "site_id"].unique()[:30])
    moved = table.assign(split=table["split"].where(~was_training, "test"))
    serving = score_with_serving(inputs, moved, FEATURES)
    test = labelled_splits(moved)["test"]
    assert serving.scores is not None
    assert np.isnan(serving.scores).tolist() == test["site_id"].isin(table.loc[was_training, "site_id"]).tolist()
    assert f"without {int(was_training.sum())} of sites" in serving.note


def test_another_kind_of_model_is_known_by_the_scores_of_unchanged_test_rows(inputs, table, evaluated_run):
    by_scores = replace(inputs, algorithm="AutoML", evaluation_dir=evaluated_run.automl_evaluation)
    changed = table.copy()
    place = changed.index[changed["split"] == "test"][3]
    changed.loc[place, "adaptive_swing"] = 1 - np.nan_to_num(changed.loc[place, "adaptive_swing"])
    serving = score_with_serving(by_scores, changed, FEATURES)
    expected = read_predictions(evaluated_run.automl_evaluation)["score"].to_numpy()
    assert serving.scores is not None
    assert np.isnan(serving.scores).sum() == 1
    assert serving.scores[~np.isnan(serving.scores)] == pytest.approx(np.delete(expected, 3))


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"package": NONE, "reason": "nothing serves at endpoint x"}, "nothing serves at endpoint x"),
        ({"model_dir": Path("nowhere")}, "version 7 serves, but its artifact is gone"),
        ({"algorithm": "AutoML", "evaluation_dir": Path("nowhere")}, "the scores of its test rows are gone"),
    ],
)
def test_without_a_comparison_the_reason_is_said(inputs, table, change, note):
    inputs = replace(inputs, **change)
    serving = score_with_serving(inputs, table, FEATURES)
    assert serving.scores is None
    assert note in serving.note


def test_another_feature_contract_is_not_compared(inputs, table, tmp_path):
    shutil.copytree(inputs.scoring_dir, tmp_path / "scoring")
    other = pd.read_parquet(tmp_path / "scoring" / "scoring.parquet").drop(columns="returns")
    other.to_parquet(tmp_path / "scoring" / "scoring.parquet")
    serving = score_with_serving(replace(inputs, scoring_dir=tmp_path / "scoring"), table, FEATURES)
    assert serving.note == "version 7 serves another feature contract"
