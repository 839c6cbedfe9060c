from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from processing.feature_contract import feature_set
from processing.folds import FOLDS, TooFewFoldsError, corrected_standard_error, measure_folds, places

FEATURES = feature_set("playground")


def rows(number: int = 300) -> pd.DataFrame:
    """Ten places of three sites each, and rows without income; the place decides the label, and nothing else does."""
    random = np.random.default_rng(0)
    place = random.integers(0, 60, number)
    frame = pd.DataFrame(dict.fromkeys(FEATURES.feature_names, 0.0), index=range(number))
    for name in FEATURES.feature_groups["income"]:
        frame[name] = random.random(60)[place]
    frame["adaptive_swing"], frame["jointly_operated"] = random.integers(0, 2, (2, number)).astype(float)
    frame["site_id"] = [f"{where}-{which}" for where, which in zip(place, random.integers(0, 3, number), strict=True)]
    return frame.assign(label=(random.random(60) < 0.6)[place].astype(int))


def nearest(train: pd.DataFrame, _stop_by: pd.DataFrame, names: tuple[str, ...]):
    """A model that remembers the label of each income."""
    known = train.groupby("returns")["label"].mean()
    return lambda test: test["returns"].map(known).fillna(0.6).clip(0.01, 0.99).to_numpy()


def test_sites_that_share_income_are_one_place_and_sites_without_income_are_their_own():
    frame = rows(6).assign(site_id=list("aabbcd"), returns=[1.0, 2.0, 2.0, 3.0, np.nan, np.nan])
    for name in FEATURES.feature_groups["income"]:
        frame[name] = frame["returns"]
    found = places(frame, FEATURES)
    assert found[:4].nunique() == 1
    assert found.nunique() == 3


def test_a_model_that_remembers_places_is_found_out_by_folds_by_place():
    measured = measure_folds(rows(), FEATURES, nearest, seed=3)
    assert measured["folds"] == FOLDS
    assert measured["site"]["roc_auc"]["model"]["mean"] > 0.95
    assert measured["place"]["roc_auc"]["model"]["mean"] == pytest.approx(0.5)
    assert measured["site"]["roc_auc"]["model_above_table"]["mean"] > 0.3


def test_the_standard_error_is_larger_than_that_of_independent_folds():
    values = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    assert corrected_standard_error(values) == pytest.approx(np.sqrt((1 / 5 + 1 / 4) * 0.025))


def test_many_rows_are_folded_fewer_times():
    large = pd.concat([rows()] * 40, ignore_index=True)
    assert measure_folds(large, FEATURES, nearest, seed=3)["repeats"] == 1


def test_rows_of_which_few_are_negative_are_not_folded():
    frame = rows(60).assign(label=1)
    frame.loc[0, "label"] = 0
    with pytest.raises(TooFewFoldsError, match="have test rows of both classes"):
        measure_folds(frame, FEATURES, nearest, seed=3, repeats=1)
