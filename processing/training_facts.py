"""How an XGBoost model was trained: its hyperparameters, its rounds, and its learning curve.

Training is repeated for the curve, which the model's archive does not hold: the same rows and seed give the same model.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pandas as pd

from processing.comparison_model import train_comparison_model
from training.hyperparameters import Hyperparameters

_DIGITS = 5


def training_facts(
    train: pd.DataFrame, validation: pd.DataFrame, names: tuple[str, ...], hyperparameters: Hyperparameters, rounds: int
) -> dict[str, Any]:
    """Return `hyperparameters`, the `rounds` that the model kept, and `learning_curve`: the log loss of each round."""
    curve: dict[str, dict[str, list[float]]] = {}
    train_comparison_model(train, validation, names, hyperparameters, curve)
    return {
        "hyperparameters": asdict(hyperparameters),
        "rounds": rounds,
        "learning_curve": {
            channel: [round(loss, _DIGITS) for loss in losses["logloss"]] for channel, losses in curve.items()
        },
    }
