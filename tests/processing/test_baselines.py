from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from processing.baselines import learn_one_feature_rule, majority_class


def test_the_majority_class():
    assert [majority_class(np.array(labels)) for labels in ([1, 1, 0], [0, 0, 1], [0, 1])] == [1, 0, 1]


def test_the_rule_picks_the_feature_the_cut_and_the_class_for_missing_values():
    rows = pd.DataFrame({"noise": [1.0, 2.0, 1.0, 2.0, 1.0, 2.0], "swing": [0.0, 0.0, 1.0, 1.0, np.nan, np.nan]})
    rule = learn_one_feature_rule(rows, ("noise", "swing"), np.array([1, 1, 0, 0, 0, 0]))
    assert (rule.feature, rule.threshold, rule.training_accuracy) == ("swing", 0.5, 1.0)
    assert rule.predict(pd.DataFrame({"swing": [0.0, 1.0, np.nan]})).tolist() == [1, 0, 0]
    assert rule.describe() == "swing < 0.5: positive; swing >= 0.5: negative; swing missing: negative"


def test_the_best_of_all_cuts_is_found():
    random = np.random.default_rng(2)
    values, labels = random.integers(0, 8, 60).astype(float), random.integers(0, 2, 60)
    rule = learn_one_feature_rule(pd.DataFrame({"x": values}), ("x",), labels)

    def right(cut: float) -> int:
        sides = (labels[values < cut], labels[values >= cut])
        return sum(max(side.sum(), len(side) - side.sum()) for side in sides)

    assert rule.training_accuracy == pytest.approx(max(right(cut) for cut in np.arange(-0.5, 8)) / 60)
    assert (rule.predict(pd.DataFrame({"x": values})) == labels).mean() == pytest.approx(rule.training_accuracy)


@pytest.mark.parametrize("value", [3.0, np.nan])
def test_a_feature_that_does_not_vary_leaves_the_majority_class(value):
    rows = pd.DataFrame({"x": [value] * 3})
    rule = learn_one_feature_rule(rows, ("x",), np.array([0, 0, 1]))
    assert rule.predict(pd.DataFrame({"x": [1.0, 5.0, np.nan]})).tolist() == [0, 0, 0]
    assert rule.training_accuracy == pytest.approx(2 / 3)
