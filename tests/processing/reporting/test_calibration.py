from __future__ import annotations

import numpy as np
import pytest

from processing.reporting.calibration import BINS, calibrate
from tests.processing.reporting.examples import evaluation


def test_bins_hold_all_rows_in_the_order_of_the_scores():
    random = np.random.default_rng(1)
    scores = random.random(400)
    labels = (random.random(400) < scores).astype(int)
    found = calibrate(evaluation(labels=labels, scores=scores))
    assert len(found.bins) == BINS
    assert [one.rows for one in found.bins] == [400 // BINS] * BINS
    assert all(one.positive_share.low <= one.mean_score <= one.positive_share.high for one in found.bins)
    assert found.brier < found.brier_of_constant == pytest.approx(labels.var())


def test_rows_of_equal_score_share_a_bin():
    found = calibrate(evaluation(labels=[1, 0, 1, 1] * 5, scores=[0.2, 0.2, 0.8, 0.8] * 5))
    assert [one.rows for one in found.bins] == [10, 10]
    assert [one.mean_score for one in found.bins] == pytest.approx([0.2, 0.8])
    assert [one.positive_share.estimate for one in found.bins] == [0.5, 1.0]


def test_one_score_for_all_is_one_bin():
    (only,) = calibrate(evaluation(labels=[1, 0], scores=[0.5, 0.5])).bins
    assert (only.rows, only.positive_share.estimate) == (2, 0.5)
