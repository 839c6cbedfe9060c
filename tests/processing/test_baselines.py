from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from processing.baselines import MISSING, learn_flag_table, learn_one_feature_rule, majority_class


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


def test_a_rule_scores_each_row_with_the_smoothed_training_rate_of_its_group():
    rows = pd.DataFrame({"swing": [0.0, 0.0, 0.0, 1.0, 1.0, np.nan]})
    rule = learn_one_feature_rule(rows, ("swing",), np.array([1, 1, 0, 0, 0, 0]))
    rate = 2 / 6
    expected = [(2 + rate) / 4, rate / 3, rate / 2]
    assert rule.scores(pd.DataFrame({"swing": [0.0, 1.0, np.nan]})) == pytest.approx(expected)


def test_the_table_is_of_the_two_flags_that_tell_most():
    rows = pd.DataFrame(
        {"noise": [0, 1] * 6, "a": [0] * 6 + [1] * 6, "b": ([0.0] * 3 + [np.nan] * 3) * 2, "many": range(12)}
    )
    labels = ((rows["a"] == 1) & rows["b"].notna()).to_numpy(dtype=int)
    table = learn_flag_table(rows, ("noise", "a", "b", "many"), labels)
    assert table is not None
    assert table.describe() == "table of a and b (4 cells)"
    assert table.cells[1.0, 0.0][1] == pytest.approx(3.25 / 4)
    assert table.cells[0.0, MISSING][1] == pytest.approx(0.25 / 4)
    unseen = pd.DataFrame({"a": [1, 2], "b": [0.0, 0.0]})
    assert table.scores(unseen) == pytest.approx([3.25 / 4, 0.25])


def test_without_two_flags_there_is_no_table():
    assert learn_flag_table(pd.DataFrame({"x": range(9), "y": [1] * 9}), ("x", "y"), np.array([0, 1, 1] * 3)) is None
