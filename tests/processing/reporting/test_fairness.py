from __future__ import annotations

import numpy as np
import pytest

from processing.reporting.fairness import borough_gap, measure_fairness
from tests.processing.reporting.examples import evaluation


def test_rates_of_each_borough():
    found = measure_fairness(
        evaluation(
            labels=[1, 1, 1, 0, 1, 0, 0, 0],
            scores=[0.9, 0.9, 0.1, 0.9, 0.9, 0.1, 0.1, 0.9],
            boroughs=["Queens"] * 4 + ["Bronx"] * 4,
        ),
        seed=1,
    )
    bronx, queens = found.boroughs
    assert (bronx.borough, bronx.positives, bronx.negatives) == ("Bronx", 1, 3)
    assert bronx.selection_rate is not None and bronx.selection_rate.estimate == 1 / 2
    assert bronx.true_positive_rate is not None and bronx.true_positive_rate.estimate == 1
    assert bronx.false_positive_rate is not None and bronx.false_positive_rate.estimate == 1 / 3
    assert queens.selection_rate is not None and queens.selection_rate.estimate == 3 / 4
    gap = found.gaps["selection_rate"]
    assert gap is not None
    assert (gap.lowest, gap.highest) == (("Bronx", 0.5), ("Queens", 0.75))


def test_a_borough_without_a_class_has_no_rate_of_it_and_no_gap():
    found = measure_fairness(evaluation(labels=[1, 0, 1], scores=[0.9, 0.9, 0.9], boroughs=["a", "a", "b"]), seed=1)
    assert found.boroughs[1].false_positive_rate is None
    assert found.gaps["false_positive_rate"] is None


def test_rows_of_one_site_do_not_make_an_interval_narrower():
    labels, scores = [1] * 12, [0.9] * 12
    apart = measure_fairness(evaluation(labels=labels, scores=scores), seed=1).boroughs[0].selection_rate
    together = measure_fairness(evaluation(labels=labels, scores=scores, sites=["s"] * 12), seed=1).boroughs[0]
    assert apart is not None and together.selection_rate is not None
    assert together.selection_rate.low < apart.low < apart.high == 1


@pytest.mark.parametrize(("shift", "is_chance"), [(0.0, True), (0.5, False)])
def test_a_gap_is_told_from_chance(shift, is_chance):
    random = np.random.default_rng(2)
    boroughs = np.repeat(np.array(["a", "b", "c"]), 60)
    chosen = (random.random(180) < 0.3 + shift * (boroughs == "b")).astype(int)
    gap = borough_gap(chosen, np.arange(180).astype(str), boroughs, seed=1)
    assert gap is not None
    assert (gap.chance > 0.05) is is_chance


def test_a_small_borough_in_which_all_agree_is_no_proof_of_a_gap():
    boroughs = np.array(["big"] * 40 + ["small"] * 3)
    chosen = np.array([1, 0] * 20 + [0, 0, 0])
    gap = borough_gap(chosen, np.arange(43).astype(str), boroughs, seed=1)
    assert gap is not None
    assert gap.lowest == ("small", 0.0)
    assert gap.chance > 0.05
