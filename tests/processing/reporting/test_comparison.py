from __future__ import annotations

import numpy as np
import pandas as pd

from processing.reporting.comparison import MAJORITY_NAME, RULE_NAME, compare
from processing.reporting.confidence import draw_sites

LABELS = np.array([1] * 60 + [0] * 40)
ROWS = pd.DataFrame({"label": LABELS, "site_id": [f"s{number // 2}" for number in range(100)]})


def view_of(scores: dict[str, np.ndarray], rule: np.ndarray = LABELS):
    return compare("all test rows", ROWS, scores, rule, 1, draw_sites(ROWS["site_id"], seed=1))


def test_models_and_baselines_stand_side_by_side():
    scores = np.where(LABELS == 1, 0.9, 0.2)
    scores[60:70] = 0.8
    view = view_of({"XGBoost": scores})
    assert [standing.name for standing in view.standings] == ["XGBoost", RULE_NAME, MAJORITY_NAME]
    assert (view.rows, view.sites, view.positives, view.models) == (100, 50, 60, 1)
    model, rule, majority = view.standings
    assert (model.accuracy.estimate, rule.accuracy.estimate, majority.accuracy.estimate) == (0.9, 1.0, 0.6)
    assert model.over_majority is not None and round(model.over_majority.estimate, 9) == 0.3
    assert model.over_rule is not None and round(model.over_rule.estimate, 9) == -0.1
    assert majority.over_majority is rule.over_rule is None
    assert majority.balanced_accuracy.estimate == 0.5
    assert majority.roc_auc is rule.roc_auc is None


def test_two_answerers_that_agree_differ_by_nothing_at_all():
    model = view_of({"XGBoost": LABELS * 0.8}).of("XGBoost")
    assert model.over_rule is not None
    assert (model.over_rule.low, model.over_rule.high) == (0, 0)
