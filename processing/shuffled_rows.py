"""Copies of test rows with features shuffled, for a model that only its own container can load.

A transform job scores them with the test rows; the evaluation then knows what each shuffle costs that model, as it does
for a model that it can load.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from processing.feature_contract import FeatureSet
from processing.permutation_importance import SEED, importance_of, shuffled, units_of
from processing.scoring_table import feature_matrix, labelled_splits
from processing.stand_ins import find_stand_ins, stand_in_names

REPEATS = 5
MAX_ROWS = 500


def shuffled_rows(rows: pd.DataFrame, features: FeatureSet) -> np.ndarray:
    """Return the copies in a row: of each unit `REPEATS`, each of up to `MAX_ROWS` test rows; the same for each call.

    `rows` are those of the scoring table.
    """
    matrix, units = _sample_and_units(rows, features)
    return np.concatenate(
        [shuffled(matrix, features, unit, SEED, REPEATS).reshape(-1, matrix.shape[1]) for unit in units]
    ).astype(float)


def number_of_shuffled_rows(rows: pd.DataFrame, features: FeatureSet) -> int:
    """Return the length of `shuffled_rows`."""
    matrix, units = _sample_and_units(rows, features)
    return len(units) * REPEATS * len(matrix)


def importance_by_answers(
    rows: pd.DataFrame, features: FeatureSet, scores: np.ndarray, answers: np.ndarray
) -> dict[str, Any]:
    """Return the permutation importance of a model by its scores of the test rows and of `shuffled_rows`.

    The single features, which are not shuffled, are an empty list.
    """
    matrix, units = _sample_and_units(rows, features)
    labels = labelled_splits(rows)["test"]["label"].to_numpy(dtype=int)
    chosen = _sample(len(labels))
    by_unit = answers.reshape(len(units), REPEATS, len(matrix))
    groups = importance_of(scores[chosen], labels[chosen], matrix, features, units, iter(by_unit))
    return {"repeats": REPEATS, "groups": groups, "features": []}


def _sample_and_units(rows: pd.DataFrame, features: FeatureSet) -> tuple[np.ndarray, list[Any]]:
    test = labelled_splits(rows)["test"]
    matrix = feature_matrix(test, features.feature_names)[_sample(len(test))]
    labelled = rows[rows["label_known"] == 1]
    return matrix, units_of(matrix, features, stand_in_names(find_stand_ins(labelled, features)))


def _sample(rows: int) -> np.ndarray:
    """Return the numbers of at most `MAX_ROWS` rows, evenly spread over all."""
    return np.unique(np.linspace(0, rows - 1, min(rows, MAX_ROWS)).round().astype(int))
