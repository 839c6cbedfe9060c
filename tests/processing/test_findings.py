from __future__ import annotations

from typing import Any

import pytest

from processing.findings import find


def drop(mean: float, std: float = 0.01) -> dict[str, float]:
    return {"mean": mean, "std": std}


def report(**changes: Any) -> dict[str, Any]:
    return {
        "accuracy": 0.86,
        "majority_accuracy": 0.69,
        "rule_accuracy": 0.86,
        "roc_auc": 0.85,
        "rule_roc_auc": 0.81,
        "table": {"description": "table of a and b (5 cells)"},
        "table_roc_auc": 0.855,
        "validation": {"log_loss": 0.37},
        "stand_ins": [],
        "folds": None,
        "rows": {"test": 250},
        "rule": {"feature": "adaptive_swing"},
        "views": {"without_adaptive_swing": {"accuracy": 0.68, "majority_accuracy": 0.69, "roc_auc": 0.64}},
        "permutation_importance": {
            "repeats": 30,
            "groups": [{"name": "income", "rows": 200, "accuracy_drop": drop(0.001), "roc_auc_drop": drop(0.03)}],
        },
        "not_measured": {},
        "own_label_differs": None,
    } | changes


def test_a_model_is_set_against_both_baselines():
    assert find(report(), ("adaptive_swing",))[0] == (
        "The model is right on 86.0% of 250 test rows: 17.0 points above the majority class, and no more than the "
        "one-feature rule on adaptive_swing."
    )


def test_the_model_without_the_defining_feature_is_set_against_the_majority_class():
    assert "68.0%: 1.0 points below the majority class" in find(report(), ("adaptive_swing",))[2]


def test_a_table_of_two_flags_stands_beside_the_model_by_its_ranking():
    assert find(report(), ("adaptive_swing",))[1] == (
        "ROC AUC is 0.850; of the rule's training rates 0.810, of the table of a and b (5 cells) 0.855. On the "
        "validation rows the model's log loss is 0.370."
    )


def test_flags_that_stand_in_for_each_other_are_named_with_their_rows():
    flags = [{"name": name, "rows": rows, "positive_fraction": 0.9} for name, rows in (("a", 20), ("b missing", 25))]
    sentence = find(report(stand_ins=[{"flags": flags, "phi": 0.9, "both": 19}]), ("adaptive_swing",))[-1]
    assert sentence.startswith(
        "a (20 rows, 90% positive) and b missing (25 rows, 90% positive) stand in for each other"
    )


@pytest.mark.parametrize(
    ("mean", "words"),
    [(0.03, "lowers ROC AUC by 0.030 ± 0.010"), (-0.03, "raises ROC AUC"), (0.009, "leaves ROC AUC within the noise")],
)
def test_a_group_matters_only_beyond_the_spread_of_its_shuffles(mean, words):
    groups = [{"name": "income", "rows": 200, "accuracy_drop": drop(0.0), "roc_auc_drop": drop(mean)}]
    sentence = find(report(permutation_importance={"repeats": 30, "groups": groups}), ("adaptive_swing",))[-1]
    assert sentence.startswith("Shuffling income (30 times, 200 rows) leaves accuracy within the noise")
    assert words in sentence
