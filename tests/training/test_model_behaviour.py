"""What the trained model must do whatever its exact figures are: invariance and direction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from processing.feature_contract import feature_set
from processing.model_archive import predict
from processing.scoring_table import feature_matrix

NAMES = feature_set("playground").feature_names


@pytest.fixture
def rows(staged_run) -> pd.DataFrame:
    return pd.read_parquet(staged_run.features / "scoring")


def test_an_adaptive_swing_lowers_the_score_of_level_four(staged_run, rows):
    """NYC Parks defines levels 1 to 3 partly by accessible swings, so a playground with one is rarely of level 4."""
    without = predict(staged_run.booster, feature_matrix(rows.assign(adaptive_swing=0.0), NAMES))
    with_one = predict(staged_run.booster, feature_matrix(rows.assign(adaptive_swing=1.0), NAMES))
    assert (with_one < without).mean() > 0.99
    assert (without - with_one).mean() > 0.3


def test_a_playground_whose_swing_is_unknown_scores_low_as_it_is_mostly_not_accessible(staged_run, rows):
    scores = predict(staged_run.booster, feature_matrix(rows, NAMES))
    unknown = rows["adaptive_swing"].isna().to_numpy()
    assert (scores[unknown] < 0.5).mean() > 0.95


def test_a_score_does_not_depend_on_the_rows_beside_it(staged_run, rows):
    matrix = feature_matrix(rows, NAMES)
    scores = predict(staged_run.booster, matrix)
    order = np.random.default_rng(1).permutation(len(matrix))
    np.testing.assert_array_equal(predict(staged_run.booster, matrix[order]), scores[order])
    np.testing.assert_array_equal(predict(staged_run.booster, matrix[:1]), scores[:1])


def test_scores_are_probabilities_even_for_playgrounds_unlike_any_other(staged_run):
    strange = np.vstack([np.full(len(NAMES), np.nan), np.full(len(NAMES), 1e9), np.full(len(NAMES), -1e9)])
    scores = predict(staged_run.booster, strange.astype(np.float32))
    assert ((scores > 0) & (scores < 1)).all()
