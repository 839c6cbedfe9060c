"""Repeated folds over all labelled rows: how a model and the baselines do with other rows than those of one split.

Two groupings: by site, and by place, where rows that have the same income data are in one fold as well. Income comes by
ZIP code and so identifies it: folds by site show a model the ZIP codes of its test rows, folds by place do not.

The standard errors are those of Nadeau and Bengio (2003): folds share training rows, so that their plain variance over
their number would be far too small.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from processing.baselines import learn_flag_table, learn_one_feature_rule
from processing.feature_contract import LABEL, FeatureSet
from processing.metrics import log_loss, roc_auc
from processing.splits import cut_groups

FOLDS, REPEATS = 5, 3
MAX_ROWS = 20_000  # that are tested in all; with many rows there are fewer repeats
GROUPINGS = ("site", "place")
_INNER_TRAIN = 0.8
_METRICS = {"roc_auc": roc_auc, "log_loss": log_loss}

Train = Callable[[pd.DataFrame, pd.DataFrame, tuple[str, ...]], Callable[[pd.DataFrame], np.ndarray]]
"""Trains on rows, with others to stop early by, on the named features; returns a function from rows to scores."""


class TooFewFoldsError(Exception):
    """Raised when folds cannot be compared; its text says why."""


@dataclass(frozen=True)
class Grouping:
    """Rows that must stay in one fold have the same group."""

    name: str
    groups: pd.Series


def groupings(rows: pd.DataFrame, features: FeatureSet) -> tuple[Grouping, Grouping]:
    """Return both groupings of the rows: by site, and by place."""
    site, place = GROUPINGS
    return Grouping(site, rows["site_id"]), Grouping(place, places(rows, features))


def places(rows: pd.DataFrame, features: FeatureSet) -> pd.Series:
    """Return a group for each row, so that rows of one site or of the same income data share it, directly or not."""
    income = rows[list(features.feature_groups["income"])].astype(float)
    sites = pd.factorize(rows["site_id"])[0]
    incomes = pd.Series(income.groupby(list(income), dropna=False, sort=False).ngroup().to_numpy(), index=rows.index)
    known = income.notna().any(axis=1).to_numpy()
    size = sites.max() + 1 + incomes.max() + 1
    links = coo_array(
        (np.ones(known.sum()), (sites[known], sites.max() + 1 + incomes.to_numpy()[known])), shape=(size, size)
    )
    _, component = connected_components(links, directed=False)
    return pd.Series(component[sites].astype(str), index=rows.index)


def measure_folds(
    rows: pd.DataFrame, features: FeatureSet, train: Train, seed: int, repeats: int = REPEATS
) -> dict[str, Any]:
    """Train and test on repeated folds of the labelled rows.

    Returns
    -------
    dict
        `folds` per repeat, `repeats` and `rows`; by grouping (`site`, `place`): its number of `groups`, and for each
        metric the `mean` and corrected `standard_error` of the model, the rule and the table, and of the model above
        each.

    Raises
    ------
    TooFewFoldsError
        Fewer than two folds have test rows of both classes.
    """
    repeats = max(1, min(repeats, MAX_ROWS // len(rows)))
    result: dict[str, Any] = {"folds": FOLDS, "repeats": repeats, "rows": len(rows)}
    for grouping in groupings(rows, features):
        measured = [
            fold
            for repeat in range(repeats)
            for fold in _measure(rows, features.feature_names, grouping.groups, train, seed + repeat)
        ]
        if len(measured) < 2:
            raise TooFewFoldsError(f"Only {len(measured)} folds by {grouping.name} have test rows of both classes.")
        result[grouping.name] = {"groups": int(grouping.groups.nunique()), **summarise(measured)}
    return result


def summarise(measured: list[dict[str, dict[str, float]]]) -> dict[str, dict[str, dict[str, float]]]:
    """Return mean and corrected standard error by metric and model, from one entry by model and metric per fold."""
    summary: dict[str, dict[str, dict[str, float]]] = {}
    for metric in _METRICS:
        names = [name for name in measured[0] if all(name in fold for fold in measured)]
        values = {name: np.array([fold[name][metric] for fold in measured]) for name in names}
        values |= {f"model_above_{name}": values["model"] - values[name] for name in names if name != "model"}
        summary[metric] = {
            name: {"mean": float(numbers.mean()), "standard_error": corrected_standard_error(numbers)}
            for name, numbers in values.items()
        }
    return summary


def above_baseline(report: dict[str, Any], grouping: str) -> dict[str, float] | None:
    """Return mean and error of a model's ROC AUC above its best baseline on the folds of an evaluation, if measured."""
    folds = report["folds"]
    return folds[grouping]["roc_auc"].get(f"model_above_{report['best_baseline']}") if folds else None


def corrected_standard_error(values: np.ndarray) -> float:
    """Return the standard error of a mean over repeated folds, corrected for their common training rows."""
    return float(np.sqrt((1 / len(values) + 1 / (FOLDS - 1)) * values.var(ddof=1)))


def _measure(
    rows: pd.DataFrame, names: tuple[str, ...], groups: pd.Series, train: Train, seed: int
) -> list[dict[str, dict[str, float]]]:
    fold_of_row = cut_groups(groups, rows[LABEL], np.arange(1, FOLDS) / FOLDS, seed)
    measured = []
    for fold in range(FOLDS):
        learning, test = rows[fold_of_row != fold], rows[fold_of_row == fold]
        inner = cut_groups(groups[learning.index], learning[LABEL], np.array([_INNER_TRAIN]), seed)
        labels = learning[LABEL].to_numpy(dtype=int)
        models = {
            "model": train(learning[inner == 0], learning[inner == 1], names),
            "rule": learn_one_feature_rule(learning, names, labels).scores,
        }
        if (table := learn_flag_table(learning, names, labels)) is not None:
            models["table"] = table.scores
        truth = test[LABEL].to_numpy(dtype=int)
        scores = {name: score(test) for name, score in models.items()}
        if len(set(truth)) == 2:
            measured.append(
                {
                    name: {metric: measure(truth, answers) for metric, measure in _METRICS.items()}
                    for name, answers in scores.items()
                }
            )
    return measured
