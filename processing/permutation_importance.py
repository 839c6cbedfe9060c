"""Permutation importance: how much a metric falls when a feature's values are shuffled among the test rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import rankdata

from processing.decision import predicted_classes
from processing.feature_contract import FeatureSet

REPEATS = 30
_METRICS = ("accuracy", "roc_auc")


def permutation_importance(
    predict: Callable[[np.ndarray], np.ndarray],
    matrix: np.ndarray,
    labels: np.ndarray,
    features: FeatureSet,
    seed: int,
) -> dict[str, Any]:
    """Shuffle each feature, and each group of features as one, and measure the loss.

    Correlated features stand in for each other when one of them is shuffled, so groups (all borough flags, all income
    columns) say more than single features do.

    Parameters
    ----------
    predict
        Returns the scores of a feature matrix.
    matrix
        Test rows, features in contract order; both classes occur.

    Returns
    -------
    dict
        `repeats`, and under `groups` and `features` a list, most important first, of name, `accuracy_drop` and
        `roc_auc_drop`, each with mean and standard deviation over the shuffles.
    """
    generator = np.random.default_rng(seed)
    base = _metrics(predict(matrix)[None, :], labels)
    names = features.feature_names

    def importance(name: str, members: tuple[str, ...]) -> dict[str, Any]:
        columns = [names.index(member) for member in members]
        shuffled = np.repeat(matrix[None, :, :], REPEATS, axis=0)
        for copy in shuffled:
            copy[:, columns] = copy[generator.permutation(len(copy))][:, columns]
        scores = predict(shuffled.reshape(-1, matrix.shape[1])).reshape(REPEATS, -1)
        after = _metrics(scores, labels)
        drops = {metric: base[metric] - after[metric] for metric in _METRICS}
        return {"name": name} | {
            f"{metric}_drop": {"mean": float(drop.mean()), "std": float(drop.std())} for metric, drop in drops.items()
        }

    def ranked(members_by_name: dict[str, tuple[str, ...]]) -> list[dict[str, Any]]:
        measured = [importance(name, members) for name, members in members_by_name.items()]
        return sorted(measured, key=lambda entry: entry["roc_auc_drop"]["mean"], reverse=True)

    return {
        "repeats": REPEATS,
        "groups": ranked(features.feature_groups),
        "features": ranked({name: (name,) for name in names}),
    }


def _metrics(scores: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Compute accuracy and ROC AUC of many score vectors, shape (vectors, rows); AUC by the rank-sum statistic."""
    positive = labels == 1
    positives, negatives = positive.sum(), (~positive).sum()
    rank_sums = rankdata(scores, axis=1)[:, positive].sum(axis=1)
    return {
        "accuracy": (predicted_classes(scores) == labels).mean(axis=1),
        "roc_auc": (rank_sums - positives * (positives + 1) / 2) / (positives * negatives),
    }
