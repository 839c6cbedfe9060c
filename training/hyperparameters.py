"""XGBoost's hyperparameters and their defaults, which are the lab's.

Standard library only: the module travels with every code asset that trains, and the pipelines take the defaults of
their parameters from it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Hyperparameters:
    """XGBoost's parameters, by XGBoost's names.

    `early_stopping_rounds` and `seed` are ours: 0 rounds switch early stopping off.
    """

    max_depth: int = 5
    eta: float = 0.2
    gamma: float = 4.0
    min_child_weight: float = 6.0
    subsample: float = 0.8
    objective: str = "binary:logistic"
    num_round: int = 100
    early_stopping_rounds: int = 10
    seed: int = 20
