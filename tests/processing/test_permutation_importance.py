from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from processing.feature_contract import Feature, FeatureSet
from processing.permutation_importance import permutation_importance, shuffled, units_of

FEATURES = FeatureSet(
    name="test",
    row="row",
    label_rule="rule",
    features=(
        Feature("decides", "double", False, "decides", ""),
        Feature("copy_a", "double", False, "copies", ""),
        Feature("copy_b", "double", False, "copies", ""),
        Feature("ignored", "double", False, "ignored", ""),
    ),
    label_defining=("decides",),
)


@pytest.fixture
def importance() -> dict:
    """A model that adds a strong feature and two equal weak ones, and never looks at a fourth."""
    random = np.random.default_rng(0)
    matrix = random.random((400, 4)).astype(np.float32)
    matrix[:, 2] = matrix[:, 1]
    weights = np.array([0.6, 0.2, 0.2, 0.0])
    labels = (matrix @ weights > 0.5).astype(int)
    return permutation_importance(lambda rows: rows @ weights, matrix, labels, FEATURES, seed=1)


def test_features_are_ranked_by_what_the_model_loses_without_them(importance):
    assert importance["features"][0]["name"] == "decides"
    assert importance["features"][-1] == {
        "name": "ignored",
        "rows": 400,
        "accuracy_drop": {"mean": 0.0, "std": 0.0},
        "roc_auc_drop": {"mean": 0.0, "std": 0.0},
    }


def test_a_group_is_shuffled_as_one_so_that_copies_cannot_stand_in_for_each_other(importance):
    drop = {one["name"]: one["roc_auc_drop"]["mean"] for one in importance["groups"] + importance["features"]}
    assert drop["copies"] > 2 * max(drop["copy_a"], drop["copy_b"])


def test_the_drop_of_the_auc_is_that_of_scikit_learn():
    labels = np.array([0, 0, 1, 1, 1, 0])
    matrix = np.array([[0.1, 0, 0, 0], [0.4, 0, 0, 0], [0.4, 0, 0, 0], [0.8, 0, 0, 0], [0.3, 0, 0, 0], [0.2, 0, 0, 0]])
    seen: list[np.ndarray] = []

    def predict(rows: np.ndarray) -> np.ndarray:
        seen.append(rows[:, 0])
        return rows[:, 0]

    importance = permutation_importance(predict, matrix, labels, FEATURES, seed=1)
    base, shuffled = seen[0], seen[1].reshape(importance["repeats"], -1)
    drops = [roc_auc_score(labels, base) - roc_auc_score(labels, scores) for scores in shuffled]
    first = next(one for one in importance["groups"] if one["name"] == "decides")
    assert first["roc_auc_drop"]["mean"] == pytest.approx(np.mean(drops))


def with_missing_values() -> np.ndarray:
    """200 rows; the copies, whose group may be missing, are missing in every fourth."""
    matrix = np.random.default_rng(3).random((200, 4)).astype(np.float32)
    matrix[::4, 1:3] = np.nan
    return matrix


def test_values_are_shuffled_among_the_rows_that_have_them_and_missingness_is_a_unit_of_its_own():
    matrix = with_missing_values()
    units = {unit.name: unit for unit in units_of(matrix, FEATURES, [])}
    assert list(units) == ["decides", "copies", "copies missing", "ignored"]
    lacking = np.isnan(matrix[:, 1])
    for copy in shuffled(matrix, FEATURES, units["copies"], seed=1, repeats=3):
        assert (np.isnan(copy[:, 1]) == lacking).all()
        assert sorted(copy[~lacking, 1]) == sorted(matrix[~lacking, 1])
        assert (copy[~lacking, 1] != matrix[~lacking, 1]).mean() > 0.9
    for copy in shuffled(matrix, FEATURES, units["copies missing"], seed=1, repeats=3):
        now = np.isnan(copy[:, 1])
        assert now.sum() == lacking.sum() and (now != lacking).any()
        stays = ~now & ~lacking
        assert (copy[stays] == matrix[stays]).all()


def test_a_model_that_reads_only_whether_a_value_is_missing_owes_nothing_to_the_values():
    matrix = with_missing_values()
    labels = np.isnan(matrix[:, 1]).astype(int)
    importance = permutation_importance(lambda rows: np.isnan(rows[:, 1]) * 0.8 + 0.1, matrix, labels, FEATURES)
    drops = {entry["name"]: entry["roc_auc_drop"]["mean"] for entry in importance["groups"]}
    assert drops["copies"] == 0
    assert drops["copies missing"] > 0.3


def test_flags_that_stand_in_for_each_other_move_together():
    matrix = with_missing_values()
    matrix[:, 3] = np.isnan(matrix[:, 1])
    (unit,) = [
        unit for unit in units_of(matrix, FEATURES, [("ignored", "copies missing")]) if unit.values and unit.missing
    ]
    (copy,) = shuffled(matrix, FEATURES, unit, seed=1, repeats=1)
    assert (copy[:, 3] == np.isnan(copy[:, 1])).all()
    assert (copy[:, 3] != matrix[:, 3]).any()
