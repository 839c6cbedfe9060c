from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from processing.feature_contract import feature_set
from processing.stand_ins import find_stand_ins

FEATURES = feature_set("playground")


def rows(lacking: np.ndarray, jointly: np.ndarray) -> pd.DataFrame:
    random = np.random.default_rng(1)
    frame = pd.DataFrame({name: random.random(len(lacking)) for name in FEATURES.feature_names})
    for letter in "bmqrx":
        frame[f"borough_{letter}"] = (np.arange(len(lacking)) % 5 == "bmqrx".index(letter)).astype(float)
    frame["adaptive_swing"] = random.integers(0, 2, len(lacking)).astype(float)
    frame.loc[lacking, list(FEATURES.feature_groups["income"])] = np.nan
    return frame.assign(jointly_operated=jointly.astype(float), label=(jointly | (random.random(len(lacking)) < 0.5)))


def test_a_missing_group_that_follows_a_flag_is_reported_with_what_it_says_of_the_label():
    jointly = np.arange(200) < 50
    (pair,) = find_stand_ins(rows(jointly | (np.arange(200) == 60), jointly), FEATURES)
    assert [(flag["name"], flag["rows"]) for flag in pair["flags"]] == [
        ("jointly_operated", 50),
        ("income missing", 51),
    ]
    assert pair["flags"][0]["positive_fraction"] == 1
    assert pair["both"] == 50
    assert pair["phi"] == pytest.approx(0.987, abs=0.001)


def test_independent_flags_are_not_reported():
    random = np.random.default_rng(2)
    assert find_stand_ins(rows(random.random(200) < 0.3, random.random(200) < 0.3), FEATURES) == []
