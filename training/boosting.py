"""Boosting with early stopping, in one go or from checkpoint to checkpoint.

With checkpoints, each stretch between two of them starts from the checkpoint's bytes with a seed of its own: XGBoost
does not save the state of its random numbers. So a stretch depends on nothing that an interruption loses, and the
model of an interrupted training is byte for byte that of an uninterrupted one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import xgboost as xgb

from training.checkpoints import Checkpoints, LearningCurve, Progress
from training.hyperparameters import Hyperparameters

VALIDATION = "validation"
# Early stopping follows the log loss: on a few hundred rows accuracy moves in steps, and the AUC would stop at
# models whose scores are all on one side of the decision threshold.
STOPPING_METRIC = "logloss"


def boost(
    parameters: Mapping[str, Any],
    hyperparameters: Hyperparameters,
    matrices: Mapping[str, xgb.DMatrix],
    log_every: int,
    checkpoints: Checkpoints | None,
) -> tuple[xgb.Booster, LearningCurve]:
    """Boost trees until the validation loss no longer falls; return the booster, not cut yet, and the learning curve.

    Parameters
    ----------
    parameters
        What `xgboost.train` takes as ``params``.
    matrices
        The channels ``train`` and ``validation``.
    """
    progress = checkpoints.latest() if checkpoints else Progress()
    if progress.rounds:
        print(f"Resumed after {progress.rounds} rounds, from a checkpoint.")
    rounds = hyperparameters.num_round
    while True:
        stretch = min(checkpoints.every if checkpoints else rounds, rounds - progress.rounds)
        booster, progress, has_stopped = _boost(
            {**parameters, "seed": hyperparameters.seed + progress.rounds},
            hyperparameters.early_stopping_rounds,
            matrices,
            stretch,
            log_every,
            progress,
        )
        if checkpoints is None or has_stopped or progress.rounds >= rounds:
            return booster, progress.curve
        checkpoints.save(progress)


def _boost(
    parameters: Mapping[str, Any],
    patience: int,
    matrices: Mapping[str, xgb.DMatrix],
    rounds: int,
    log_every: int,
    progress: Progress,
) -> tuple[xgb.Booster, Progress, bool]:
    """Boost some rounds more; return the booster, the progress with them, and whether early stopping has ended it."""
    stopping = _EarlyStopping(patience, progress.curve)
    monitor = _Monitor(log_every, progress.rounds) if log_every else None
    curve: LearningCurve = {}
    booster = xgb.train(
        dict(parameters),
        matrices["train"],
        num_boost_round=rounds,
        evals=[(matrix, name) for name, matrix in matrices.items()],
        evals_result=curve,
        callbacks=[each for each in (stopping if patience else None, monitor) if each],
        verbose_eval=False,
        xgb_model=bytearray(progress.model) if progress.model else None,
    )
    longer = {
        name: {metric: progress.curve.get(name, {}).get(metric, []) + values for metric, values in metrics.items()}
        for name, metrics in curve.items()
    }
    return booster, Progress(bytes(booster.save_raw(raw_format="ubj")), longer), stopping.has_stopped


class _EarlyStopping(xgb.callback.EarlyStopping):
    """XGBoost's early stopping, which goes on where a learning curve ends."""

    def __init__(self, rounds: int, curve: LearningCurve) -> None:
        super().__init__(rounds=rounds, metric_name=STOPPING_METRIC, data_name=VALIDATION)
        self._losses = curve.get(VALIDATION, {}).get(STOPPING_METRIC, [])

    @property
    def has_stopped(self) -> bool:
        """Whether the loss has not fallen for as many rounds as were allowed."""
        return 0 < self.rounds <= self.current_rounds

    def before_training(self, model: Any) -> Any:
        """Repeat the earlier rounds, then start as XGBoost's does."""
        for epoch in range(len(self._losses)):
            self.after_iteration(model, epoch, {VALIDATION: {STOPPING_METRIC: self._losses[: epoch + 1]}})
        return super().before_training(model)


class _Monitor(xgb.callback.EvaluationMonitor):
    """XGBoost's lines of metrics, with the round's number in the whole training."""

    def __init__(self, period: int, earlier_rounds: int) -> None:
        super().__init__(period=period)
        self._earlier_rounds = earlier_rounds

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Print the line of a round."""
        return bool(super().after_iteration(model, epoch + self._earlier_rounds, evals_log))
