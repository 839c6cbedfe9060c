from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from processing.reporting.confidence import SiteSamples, balanced_accuracy, draw_sites, interval, rate, roc_auc, wilson

RANDOM = np.random.default_rng(3)
SITES = pd.Series([f"site-{number // 2}" for number in range(60)])
LABELS = RANDOM.integers(0, 2, 60)
SCORES = np.round(RANDOM.random(60), 1)  # many ties
PREDICTED = (SCORES >= 0.5).astype(int)


def row_weights(samples: SiteSamples) -> np.ndarray:
    return samples.drawn[:, samples.site_of_row]


def test_rows_of_a_site_are_drawn_together_and_the_first_sample_is_the_rows_themselves():
    weights = row_weights(draw_sites(SITES, seed=1, replicates=50))
    assert weights.shape == (51, 60)
    assert (weights[0] == 1).all()
    assert (weights[:, ::2] == weights[:, 1::2]).all()
    assert (weights.sum(axis=1) == 60).all()


def test_the_draws_follow_the_seed_and_the_site_not_the_order_of_the_rows():
    weights = row_weights(draw_sites(SITES, seed=1, replicates=50))
    order = RANDOM.permutation(60)
    np.testing.assert_array_equal(row_weights(draw_sites(SITES[order], seed=1, replicates=50)), weights[:, order])
    assert not np.array_equal(row_weights(draw_sites(SITES, seed=2, replicates=50)), weights)


def test_weighted_metrics_are_those_of_scikit_learn():
    samples = draw_sites(SITES, seed=1, replicates=20)
    weights = row_weights(samples)
    for statistic, metric, given in (
        (roc_auc(LABELS, SCORES, samples), roc_auc_score, SCORES),
        (balanced_accuracy(LABELS, PREDICTED, samples), balanced_accuracy_score, PREDICTED),
    ):
        expected = [metric(LABELS, given, sample_weight=one) for one in weights]
        np.testing.assert_allclose(statistic, expected)
    np.testing.assert_allclose(rate(PREDICTED, samples), (weights * PREDICTED).sum(axis=1) / 60)


def test_a_sample_without_a_class_has_no_auc_and_does_not_count():
    labels = np.array([1, 1, 0])
    samples = SiteSamples(np.array([[1.0, 1, 1], [2, 1, 0], [1, 0, 2], [0, 1, 1]]), np.arange(3))
    areas = roc_auc(labels, np.array([0.9, 0.8, 0.1]), samples)
    assert np.isnan(areas).tolist() == [False, True, False, False]
    assert (interval(areas).low, interval(areas).high) == (1, 1)


def test_the_interval_is_about_as_wide_as_theory_says_and_wider_where_sites_are_large():
    hits = np.random.default_rng(0).random(2000) < 0.7
    single, paired = pd.Series(range(2000)), pd.Series(np.arange(2000) // 10)
    clustered = np.repeat(hits[::10], 10)
    narrow = interval(rate(hits, draw_sites(single, seed=5)))
    wide = interval(rate(clustered, draw_sites(paired, seed=5)))
    assert narrow.high - narrow.low == pytest.approx(2 * 1.96 * np.sqrt(0.7 * 0.3 / 2000), rel=0.1)
    assert wide.high - wide.low == pytest.approx(2 * 1.96 * np.sqrt(0.7 * 0.3 / 200), rel=0.1)
    assert narrow.low < 0.7 < narrow.high


def test_a_paired_difference_is_known_better_than_its_parts():
    right = np.random.default_rng(0).random(300) < 0.8
    other = right.copy()
    other[:3] = ~other[:3]
    samples = draw_sites(pd.Series(range(300)), seed=5)
    difference = interval(rate(right, samples) - rate(other, samples))
    alone = interval(rate(right, samples))
    assert difference.high - difference.low < (alone.high - alone.low) / 2


def test_wilsons_interval_has_a_width_where_all_agree():
    # Newcombe (1998), table I: 81 of 263, 0 of 20, 1 of 29.
    for hits, rows, low, high in ((81, 263, 0.2553, 0.3662), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)):
        found = wilson(np.arange(rows) < hits, independent=rows)
        assert found is not None
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    assert wilson(np.array([]), independent=0) is None
