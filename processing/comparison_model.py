"""Further models for comparison, trained as ``training/train.py`` trains, on fewer features or on other rows.

The training container holds no code of this package, so both contain the few lines of training; a test checks that they
produce the same model. The hyperparameters travel with both.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict

import pandas as pd
import xgboost as xgb

from processing.exit_message import ProcessingError
from processing.feature_contract import LABEL
from processing.scoring_table import feature_matrix
from training.hyperparameters import Hyperparameters


def add_hyperparameter_arguments(parser: argparse.ArgumentParser) -> None:
    """Add one option per hyperparameter, under the names that the training job takes."""
    for name, default in asdict(Hyperparameters()).items():
        parser.add_argument(f"--{name}", type=type(default), default=default)


def hyperparameters_from(options: argparse.Namespace) -> Hyperparameters:
    """Collect the options of `add_hyperparameter_arguments`."""
    return Hyperparameters(**{name: getattr(options, name) for name in asdict(Hyperparameters())})


CHANNELS = ("train", "validation")
FEW_ROWS = 5_000  # below it one thread is faster than waiting for others; the model is the same


def train_comparison_model(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    names: tuple[str, ...],
    hyperparameters: Hyperparameters,
    curve: dict[str, dict[str, list[float]]] | None = None,
) -> xgb.Booster:
    """Train on the named features, in that order; cut at the round of the lowest validation log loss.

    Parameters
    ----------
    train, validation
        Rows of the scoring table with a label.
    hyperparameters
        Those of the model that it is compared with.
    curve
        Gets the log loss of each round by channel, if passed.

    Raises
    ------
    ProcessingError
        XGBoost refuses a hyperparameter.
    """
    parameters = asdict(hyperparameters)
    rounds, patience = parameters.pop("num_round"), parameters.pop("early_stopping_rounds")
    matrices = [
        xgb.DMatrix(feature_matrix(rows, names), label=rows[LABEL].to_numpy(dtype=float))
        for rows in (train, validation)
    ]
    threads = {"nthread": 1} if len(train) < FEW_ROWS else {}
    try:
        booster = xgb.train(
            parameters | {"tree_method": "hist", "eval_metric": "logloss"} | threads,
            matrices[0],
            num_boost_round=rounds,
            # Early stopping follows the last.
            evals=[(matrices[1], "validation")] if curve is None else list(zip(matrices, CHANNELS, strict=True)),
            evals_result=curve,
            early_stopping_rounds=patience or None,
            verbose_eval=False,
        )
    except xgb.core.XGBoostError as error:
        raise ProcessingError(f"XGBoost refuses to train the comparison model: {str(error).splitlines()[0]}") from error
    return booster[: booster.best_iteration + 1] if patience else booster
