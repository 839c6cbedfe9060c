"""What happens after each round of boosting: metrics are printed, models and checkpoints saved, training stopped.

XGBoost calls objects since 1.3, and functions before. Source: ``callback.py`` and ``checkpointing.py`` of
``aws/sagemaker-xgboost-container``.
"""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xgboost

if TYPE_CHECKING:
    from collections.abc import Sequence

MODEL_NAME = "xgboost-model"
IS_MODERN = hasattr(xgboost.callback, "TrainingCallback")
"""True since XGBoost 1.3."""

_CHECKPOINT = "xgboost-checkpoint"
_KEPT_CHECKPOINTS = 5


class ModelWriter:
    """Writes a model into its folder, as the image's version does: a pickle, or XGBoost's own format.

    Parameters
    ----------
    fold
        The number of the model, where cross-validation trains several.
    """

    def __init__(self, folder: Path, *, pickles: bool, fold: int | None = None) -> None:
        self._file = folder / (MODEL_NAME if fold is None else f"{MODEL_NAME}-{fold}")
        self._pickles = pickles

    def of_fold(self, fold: int) -> ModelWriter:
        """Return the writer of one of several models."""
        return ModelWriter(self._file.parent, pickles=self._pickles, fold=fold)

    def write(self, booster: Any) -> None:
        """Write the model, whole or not at all."""
        unfinished = self._file.with_name(f".{self._file.name}")
        if self._pickles:
            unfinished.write_bytes(pickle.dumps(booster, protocol=4))
        else:
            booster.save_model(str(unfinished.with_suffix(".ubj")))
            unfinished.with_suffix(".ubj").rename(unfinished)
        unfinished.rename(self._file)


class Checkpoints:
    """The checkpoints of a training, in a folder that outlives an interrupted job; the latest five are kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        iterations = sorted(self._iterations())
        self.rounds_done = iterations[-1] + 1 if iterations else 0
        """How many rounds the latest one has."""

    @property
    def model(self) -> str | None:
        """The file to go on from; None without one."""
        return str(self._file(self.rounds_done - 1)) if self.rounds_done else None

    def save(self, booster: Any, iteration: int) -> None:
        """Save a round's model, counted from the first round of all."""
        unfinished = self._folder / f"{_CHECKPOINT}.sagemaker-ignore"
        booster.save_model(str(unfinished))
        unfinished.rename(self._file(iteration))
        for old in self._iterations():
            if old <= iteration - _KEPT_CHECKPOINTS:
                self._file(old).unlink()

    def _file(self, iteration: int) -> Path:
        return self._folder / f"{_CHECKPOINT}.{iteration}"

    def _iterations(self) -> list[int]:
        names = (re.fullmatch(rf"{_CHECKPOINT}\.(\d+)", path.name) for path in self._folder.iterdir())
        return [int(name[1]) for name in names if name]


class AfterRound:
    """What happens after each round.

    Parameters
    ----------
    writer
        Saves the model of each round, for a job that is stopped; None if it is saved at the end only.
    """

    def __init__(self, checkpoints: Checkpoints | None, writer: ModelWriter | None) -> None:
        self._checkpoints = checkpoints
        self._writer = writer
        self._done = 0 if checkpoints is None else checkpoints.rounds_done

    def done(self, booster: Any, iteration: int, scores: Sequence[tuple[str, float]]) -> None:
        """Print a round's metrics in the words that SageMaker's metric definitions look for, and save what is due."""
        iteration += self._done
        print(f"[{iteration}]{''.join(f'#011{name}:{value:.5f}' for name, value in scores)}", flush=True)
        if self._checkpoints is not None:
            self._checkpoints.save(booster, iteration)
        if self._writer is not None:
            self._writer.write(booster)


def callback_of(after: AfterRound) -> Any:
    """Return what XGBoost calls after each round, in the form that its version takes."""
    return _Callback(after) if IS_MODERN else _function(after)


def _function(after: AfterRound) -> Any:
    def call(round_: Any) -> None:
        after.done(round_.model, round_.iteration, [(name, value) for name, value, *_ in round_.evaluation_result_list])

    return call


class _Callback(xgboost.callback.TrainingCallback if IS_MODERN else object):  # type: ignore[misc]
    """Calls `AfterRound.done`."""

    def __init__(self, after: AfterRound) -> None:
        self._after = after

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        scores = [
            (f"{data}-{metric}", values[-1])
            for data, metrics in evals_log.items()
            for metric, values in metrics.items()
        ]
        self._after.done(model, epoch, scores)
        return False
