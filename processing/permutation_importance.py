"""Permutation importance: how much a metric falls when a feature's values are shuffled among the test rows.

What a group of features says has two parts, which are shuffled apart: that a row has values at all (the unit
``<group> missing``), and which values they are. Values are shuffled among the rows that have them, so that no row gains
or loses its values; shuffling missingness moves them as little as it can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from processing.decision import predicted_classes
from processing.feature_contract import FeatureSet
from processing.metrics import roc_aucs
from processing.stand_ins import MISSING_SUFFIX

REPEATS = 30
SEED = 0
_METRICS = ("accuracy", "roc_auc")


@dataclass(frozen=True)
class Unit:
    """What is shuffled as one: features that hold values, groups whose missingness moves, and the rows concerned."""

    name: str
    values: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def units_of(matrix: np.ndarray, features: FeatureSet, together: list[tuple[str, ...]]) -> list[Unit]:
    """Return each group's values, each group's missingness where it varies, and flags that stand in for each other.

    Parameters
    ----------
    matrix
        Rows, features in contract order.
    together
        Names of flags, as `processing.stand_ins` has them, that are shuffled as one as well.
    """
    units = []
    groups = features.feature_groups
    for group, members in groups.items():
        units.append(Unit(group, values=members))
        lacking = _lacking(matrix, features, group)
        if 0 < lacking.sum() < len(lacking):
            units.append(Unit(group + MISSING_SUFFIX, missing=(group,)))
    for names in together:
        missing = tuple(name.removesuffix(MISSING_SUFFIX) for name in names if name.endswith(MISSING_SUFFIX))
        values = tuple(name for name in names if not name.endswith(MISSING_SUFFIX))
        units.append(Unit(" with ".join(names), values, missing))
    return units


def shuffled(matrix: np.ndarray, features: FeatureSet, unit: Unit, seed: int, repeats: int) -> np.ndarray:
    """Return copies of the rows with one unit shuffled, shape (repeats, rows, features); the same for the same seed."""
    generator = np.random.default_rng([seed, *unit.name.encode()])
    copies = np.repeat(matrix[None, :, :], repeats, axis=0)
    columns = _columns(features, unit.values)
    present = np.flatnonzero(~np.isnan(matrix[:, columns]).all(axis=1)) if unit.values and not unit.missing else None
    for copy in copies:
        if present is not None:
            copy[np.ix_(present, columns)] = matrix[np.ix_(generator.permutation(present), columns)]
            continue
        source = generator.permutation(len(matrix))
        copy[:, columns] = matrix[source][:, columns]
        for group in unit.missing:
            _move_missingness(copy, features, group, source, generator)
    return copies


def _move_missingness(
    rows: np.ndarray, features: FeatureSet, group: str, source: np.ndarray, generator: np.random.Generator
) -> None:
    """Make each row lack a group where its source row lacks it; a row that gains values takes those of a loser."""
    columns = _columns(features, features.feature_groups[group])
    lacking = _lacking(rows, features, group)
    to_lack = lacking[source]
    gains, losers = np.flatnonzero(lacking & ~to_lack), np.flatnonzero(~lacking & to_lack)
    rows[np.ix_(gains, columns)] = rows[np.ix_(generator.permutation(losers), columns)]
    rows[np.ix_(losers, columns)] = np.nan


def _columns(features: FeatureSet, names: tuple[str, ...]) -> np.ndarray:
    return np.array([features.feature_names.index(name) for name in names], dtype=int)


def _lacking(rows: np.ndarray, features: FeatureSet, group: str) -> np.ndarray:
    columns = _columns(features, features.feature_groups[group])
    return np.asarray(np.isnan(rows[:, columns]).all(axis=1))


def permutation_importance(
    predict: Callable[[np.ndarray], np.ndarray],
    matrix: np.ndarray,
    labels: np.ndarray,
    features: FeatureSet,
    seed: int = SEED,
    together: list[tuple[str, ...]] | None = None,
) -> dict[str, Any]:
    """Shuffle each unit, and the values of each single feature, and measure the loss.

    Correlated features stand in for each other when one of them is shuffled, so groups (all borough flags, all income
    columns) say more than single features do.

    Parameters
    ----------
    predict
        Returns the scores of a feature matrix.
    matrix
        Test rows, features in contract order; both classes occur.
    together
        See `units_of`.

    Returns
    -------
    dict
        `repeats`, and under `groups` and `features` a list, most important first, of name, `rows` (that have values to
        shuffle), `accuracy_drop` and `roc_auc_drop`, each with mean and standard deviation over the shuffles.
    """
    base = predict(matrix)

    def ranked(units: list[Unit]) -> list[dict[str, Any]]:
        return importance_of(base, labels, matrix, features, units, scored(units))

    def scored(units: list[Unit]) -> Iterator[np.ndarray]:
        for unit in units:
            copies = shuffled(matrix, features, unit, seed, REPEATS)
            yield predict(copies.reshape(-1, matrix.shape[1])).reshape(REPEATS, -1)

    return {
        "repeats": REPEATS,
        "groups": ranked(units_of(matrix, features, together or [])),
        "features": ranked([Unit(name, values=(name,)) for name in features.feature_names]),
    }


def importance_of(
    base: np.ndarray,
    labels: np.ndarray,
    matrix: np.ndarray,
    features: FeatureSet,
    units: list[Unit],
    scores: Iterator[np.ndarray],
) -> list[dict[str, Any]]:
    """Return each unit's drops, the costliest first, from the rows' scores and those of each unit's copies."""
    before = _metrics(base[None, :], labels)
    entries = []
    for unit, after in zip(units, (_metrics(shuffles, labels) for shuffles in scores), strict=True):
        columns = _columns(features, unit.values)
        rows = len(matrix) if unit.missing else int((~np.isnan(matrix[:, columns]).all(axis=1)).sum())
        drops = {metric: before[metric] - after[metric] for metric in _METRICS}
        entries.append(
            {"name": unit.name, "rows": rows}
            | {
                f"{metric}_drop": {"mean": float(drop.mean()), "std": float(drop.std())}
                for metric, drop in drops.items()
            }
        )
    return sorted(entries, key=lambda entry: entry["roc_auc_drop"]["mean"], reverse=True)


def _metrics(scores: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Compute accuracy and ROC AUC of many score vectors, shape (vectors, rows)."""
    return {"accuracy": (predicted_classes(scores) == labels).mean(axis=1), "roc_auc": roc_aucs(labels, scores)}
