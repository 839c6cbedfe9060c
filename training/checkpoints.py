"""Checkpoints of a training, from which an interrupted one goes on: managed spot training.

SageMaker copies the folder to S3 while the job runs, and back before a job starts. It passes over files whose names end
in ``.sagemaker-ignore``; AWS's own XGBoost container relies on the same.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import xgboost as xgb

from training.hyperparameters import Hyperparameters

LearningCurve = dict[str, dict[str, list[float]]]
"""Values by round, by channel and metric."""

_MOST_CHECKPOINTS = 10
_FEWEST_ROUNDS = 10
_NOT_COPIED = ".sagemaker-ignore"


@dataclass(frozen=True)
class Progress:
    """A booster after some rounds, as XGBoost's UBJSON, and its learning curve; both empty before the first round."""

    model: bytes = b""
    curve: LearningCurve = field(default_factory=dict)

    @property
    def rounds(self) -> int:
        """Number of rounds so far."""
        return max((len(values) for metrics in self.curve.values() for values in metrics.values()), default=0)


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of one training in a folder that other trainings may share."""

    folder: Path
    identity: str
    """Start of the names of its files: a digest of all that decides the model, so that nothing else is resumed."""
    every: int
    """Rounds between two of them."""

    @classmethod
    def of(cls, folder: Path, hyperparameters: Hyperparameters, *arrays: np.ndarray) -> Checkpoints:
        """Return the checkpoints of a training with these hyperparameters on these features and labels."""
        digest = hashlib.sha256(f"{xgb.__version__} {asdict(hyperparameters)}".encode())
        for array in arrays:
            digest.update(f"{array.dtype} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
        every = max(_FEWEST_ROUNDS, hyperparameters.num_round // _MOST_CHECKPOINTS)
        return cls(folder, digest.hexdigest()[:32], every)

    def save(self, progress: Progress) -> None:
        """Write a checkpoint, which is in the folder whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{self.identity}-{progress.rounds:06}.json"
        unfinished = file.with_name(file.name + _NOT_COPIED)
        content = {
            "model": base64.b64encode(progress.model).decode(),
            "sha256": hashlib.sha256(progress.model).hexdigest(),
            "learning_curve": progress.curve,
        }
        with unfinished.open("w", encoding="utf-8") as stream:
            json.dump(content, stream)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(file)

    def latest(self) -> Progress:
        """Return the last whole checkpoint, or no progress if there is none; a damaged one is passed over."""
        for file in sorted(self.folder.glob(f"{self.identity}-*.json"), reverse=True):
            try:
                return _read(file)
            except (OSError, ValueError, KeyError, TypeError) as error:
                print(f"Passed over the checkpoint {file}: {type(error).__name__}: {error}")
        return Progress()


def _read(file: Path) -> Progress:
    """Read a checkpoint; raise `ValueError`, `KeyError` or `TypeError` if it is not what `save` has written."""
    content = json.loads(file.read_text(encoding="utf-8"))
    try:
        model = base64.b64decode(content["model"], validate=True)
    except binascii.Error as error:
        raise ValueError(f"the model is not base64: {error}") from error
    if hashlib.sha256(model).hexdigest() != content["sha256"]:
        raise ValueError("the model's digest differs from the stated one")
    return Progress(model, content["learning_curve"])
