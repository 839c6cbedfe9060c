"""The base models of a search, in the order in which they are trained.

Of Autopilot's algorithms in ensembling mode these are the ones whose libraries are installed; CatBoost and the neural
networks are not. Forests have AutoGluon's ``light`` depth: as accurate on tables of this size, and smaller.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

_FOREST_DEPTH = 15


@dataclass(frozen=True)
class Recipe:
    """One base model."""

    algorithm: str
    """The API's name of its algorithm, as in ``AutoMLAlgorithms``."""
    family: str
    settings: dict[str, Any] = field(default_factory=dict)
    """Its hyperparameters, where they are not AutoGluon's own; ``ag_args`` names the model."""


def _forest(algorithm: str, family: str, criterion: str) -> Recipe:
    suffix = {"name_suffix": criterion[:4].capitalize()}
    return Recipe(algorithm, family, {"criterion": criterion, "max_depth": _FOREST_DEPTH, "ag_args": suffix})


_BOOSTED_SLOWLY = {"learning_rate": 0.03, "max_depth": 4, "ag_args": {"name_suffix": "Slow"}}

PORTFOLIO = (
    Recipe("linear-learner", "LR"),
    Recipe("xgboost", "XGB"),
    Recipe("lightgbm", "GBM"),
    _forest("randomforest", "RF", "gini"),
    _forest("extra-trees", "XT", "gini"),
    Recipe("xgboost", "XGB", _BOOSTED_SLOWLY),
    _forest("randomforest", "RF", "entropy"),
    _forest("extra-trees", "XT", "entropy"),
)
ALGORITHMS = tuple(dict.fromkeys(recipe.algorithm for recipe in PORTFOLIO))


@dataclass(frozen=True)
class Selection:
    """What a search trains."""

    recipes: tuple[Recipe, ...]
    ensembles: bool
    cut: bool


def select(algorithms: Collection[str] | None, max_candidates: int | None) -> Selection:
    """Choose what to train; the ensemble counts as a candidate, and one of a single model would be that model.

    Parameters
    ----------
    algorithms
        The API's names of those to use; None for all.
    """
    recipes = tuple(recipe for recipe in PORTFOLIO if algorithms is None or recipe.algorithm in algorithms)
    wanted = len(recipes) + (len(recipes) > 1)
    limit = wanted if max_candidates is None else min(max_candidates, wanted)
    ensembles = limit > 2
    return Selection(recipes[: limit - ensembles], ensembles, limit < wanted)
