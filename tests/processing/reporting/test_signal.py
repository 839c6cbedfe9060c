from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from processing.reporting.comparison import View, compare
from processing.reporting.confidence import draw_sites
from processing.reporting.signal import AttributeSignal, Share, attribute_signal, group_signals

LABELS = np.array([1] * 140 + [0] * 60)
ROWS = pd.DataFrame({"label": LABELS, "site_id": [f"s{number}" for number in range(200)]})
SAMPLES = draw_sites(ROWS["site_id"], seed=1)


def view_with(wrong: int) -> View:
    """A model that is wrong on some rows of class 0, beside a perfect rule."""
    scores = LABELS.astype(float)
    scores[140 : 140 + wrong] = 1.0
    return compare("all test rows", ROWS, {"XGBoost": scores}, LABELS, 1, SAMPLES)


def signal(wrong: int, wrong_without: int, rule_feature: str = "adaptive_swing") -> AttributeSignal:
    return attribute_signal(("adaptive_swing",), "XGBoost", view_with(wrong), view_with(wrong_without), rule_feature)


@pytest.mark.parametrize(
    ("wrong", "wrong_without", "share"),
    [
        (0, 60, Share.NEARLY_ALL),
        (0, 55, Share.NEARLY_ALL),
        (0, 40, Share.MOST),
        (0, 10, Share.SOME),
        (0, 2, Share.NEXT_TO_NONE),
        (10, 0, Share.NEXT_TO_NONE),
        (60, 60, Share.NO_SIGNAL),
        (59, 0, Share.NO_SIGNAL),
    ],
)
def test_the_verdict_is_the_share_of_the_lift_that_is_lost(wrong, wrong_without, share):
    assert signal(wrong, wrong_without).share is share


def test_figures_of_the_verdict():
    found = signal(0, 40)
    assert (found.lift.estimate, found.lift_without.estimate) == pytest.approx((0.3, 0.1))
    assert found.lost == pytest.approx(2 / 3)
    assert found.rule_reads_it
    assert not signal(0, 40, "returns").rule_reads_it
    assert signal(60, 60).lost is None


def test_only_a_model_that_always_gives_the_common_answer_is_called_so():
    assert signal(0, 60).without_is_majority
    assert not signal(0, 59).without_is_majority


def drop(mean: float) -> dict[str, float]:
    return {"mean": mean, "std": 0.01}


def test_a_group_is_set_beside_the_costliest():
    groups = [
        {"name": "adaptive_swing", "rows": 250, "accuracy_drop": drop(0.3), "roc_auc_drop": drop(0.2)},
        {"name": "income", "rows": 250, "accuracy_drop": drop(0.02), "roc_auc_drop": drop(0.1)},
        {"name": "borough", "rows": 250, "accuracy_drop": drop(0.04), "roc_auc_drop": drop(-0.1)},
    ]
    found = group_signals({"groups": groups})
    assert [one.next_to_none for one in found] == [False, True, False]


def test_without_any_effect_every_group_carries_next_to_none():
    groups = [{"name": name, "rows": 250, "accuracy_drop": drop(0.0), "roc_auc_drop": drop(0.0)} for name in ("a", "b")]
    assert all(one.next_to_none for one in group_signals({"groups": groups}))
