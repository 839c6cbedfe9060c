from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from processing.splits import SplitFractions, split_by_site


@pytest.fixture
def rows() -> pd.DataFrame:
    """2,000 rows of 900 sites, 70 % positive."""
    random = np.random.default_rng(1)
    return pd.DataFrame(
        {"site": [f"P{number}" for number in random.integers(0, 900, 2000)], "label": random.random(2000) < 0.7}
    )


def split(rows: pd.DataFrame, seed: int = 20) -> pd.Series:
    return pd.Series(split_by_site(rows["site"], rows["label"], SplitFractions(), seed), index=rows.index)


def test_no_site_stands_on_two_sides(rows):
    assert split(rows).groupby(rows["site"]).nunique().max() == 1


def test_rows_and_classes_are_shared_out_by_the_fractions(rows):
    sides = split(rows)
    assert sides.value_counts(normalize=True)[["train", "validation", "test"]].tolist() == pytest.approx(
        [0.64, 0.16, 0.2], abs=0.01
    )
    assert rows["label"].groupby(sides).mean().tolist() == pytest.approx([0.7] * 3, abs=0.03)


def test_the_split_depends_on_the_sites_and_not_on_the_order_of_rows(rows):
    shuffled = rows.sample(frac=1, random_state=3)
    assert split(shuffled).sort_index().equals(split(rows))


def test_another_seed_gives_another_split_and_the_same_seed_the_same(rows):
    assert split(rows, seed=1).equals(split(rows, seed=1))
    assert (split(rows, seed=1) != split(rows, seed=2)).mean() > 0.3


def test_a_split_is_the_same_on_every_platform():
    sites = pd.Series([f"B{number:03d}" for number in range(12)])
    sides = split_by_site(sites, pd.Series([1, 0] * 6), SplitFractions(0.5, 0.25), seed=20)
    assert {side: sites[sides == side].tolist() for side in ("train", "validation", "test")} == {
        "train": ["B000", "B003", "B005", "B006", "B008", "B011"],
        "validation": ["B002", "B007"],
        "test": ["B001", "B004", "B009", "B010"],
    }


@pytest.mark.parametrize("fractions", [(0.0, 0.2), (0.8, 0.2), (0.5, -0.1)])
def test_fractions_must_leave_rows_for_every_split(fractions):
    with pytest.raises(ValueError, match="leave rows for the test split"):
        SplitFractions(*fractions)
