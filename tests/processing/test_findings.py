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
        "rows": {"test": 250},
        "rule": {"feature": "adaptive_swing"},
        "views": {"without_adaptive_swing": {"accuracy": 0.68, "majority_accuracy": 0.69, "roc_auc": 0.64}},
        "permutation_importance": {
            "repeats": 30,
            "groups": [{"name": "income", "accuracy_drop": drop(0.001), "roc_auc_drop": drop(0.03)}],
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
    assert "68.0%: 1.0 points below the majority class" in find(report(), ("adaptive_swing",))[1]


@pytest.mark.parametrize(
    ("mean", "words"),
    [(0.03, "lowers ROC AUC by 0.030 ± 0.010"), (-0.03, "raises ROC AUC"), (0.009, "leaves ROC AUC within the noise")],
)
def test_a_group_matters_only_beyond_the_spread_of_its_shuffles(mean, words):
    groups = [{"name": "income", "accuracy_drop": drop(0.0), "roc_auc_drop": drop(mean)}]
    sentence = find(report(permutation_importance={"repeats": 30, "groups": groups}), ("adaptive_swing",))[-1]
    assert sentence.startswith("Shuffling income (30 times) leaves accuracy within the noise")
    assert words in sentence
