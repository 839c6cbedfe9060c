"""Train the XGBoost model: script mode in SageMaker's XGBoost container.

The container's contract (the ``sagemaker-containers`` toolkit): hyperparameters arrive as command-line arguments,
folders as ``SM_*`` variables, and the model folder becomes ``model.tar.gz``. Why a job failed is the last line of its
log, and in the file ``failure`` of the output folder, where SageMaker looks for it. The image's toolkit writes its own
words over that file, the command alone.

The container's serving code predicts with every tree and averages every file of the model folder. So the booster is cut
at its best iteration before it is saved, as the only file.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import xgboost as xgb

from training.boosting import STOPPING_METRIC, boost
from training.checkpoints import Checkpoints, LearningCurve
from training.hyperparameters import Hyperparameters

MODEL_FILE = "xgboost-model"
EVAL_METRICS = ("error", "auc", STOPPING_METRIC)
REPORTED_METRICS = ("train:error", "validation:error", "validation:auc", "validation:logloss")


class TrainingError(Exception):
    """Raised when hyperparameters or channels cannot be trained on; its text is the last line of the log."""


def booster_parameters(hyperparameters: Hyperparameters) -> dict[str, Any]:
    """Return what `xgboost.train` takes as `params`; a test holds `hist` to the same bytes on one thread and on two."""
    parameters = asdict(hyperparameters)
    for ours in ("num_round", "early_stopping_rounds"):
        del parameters[ours]
    return parameters | {"tree_method": "hist", "eval_metric": list(EVAL_METRICS)}


@dataclass(frozen=True)
class TrainedModel:
    """The booster cut at its best iteration, the learning curve, and the metrics at that iteration."""

    booster: xgb.Booster
    learning_curve: LearningCurve
    metrics: dict[str, float]


def read_channel(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read a channel's CSV files in name order: headerless, label first, empty fields missing.

    Returns
    -------
    features : numpy.ndarray of float32, shape (rows, features)
    labels : numpy.ndarray of float32, shape (rows,)

    Raises
    ------
    TrainingError
        The channel has no rows, a row has fewer or more fields than the first, a field is not a finite number, or the
        labels are not both 0 and 1.
    """
    files = sorted(file for file in folder.glob("*") if file.is_file() and not file.name.startswith("."))
    if not files:
        raise TrainingError(f"The channel {folder} holds no file; it needs headerless CSV with the label first.")
    parts = [_read_rows(file) for file in files]
    if len({part.shape[1] for part in parts}) > 1:
        raise TrainingError(f"The files of the channel {folder} have different numbers of columns.")
    rows = np.concatenate(parts).astype(np.float32)
    if rows.shape[1] < 2:
        raise TrainingError(f"The channel {folder} has {rows.shape[1]} column(s); it needs a label and features.")
    labels = rows[:, 0]
    if set(np.unique(labels)) != {0.0, 1.0}:
        raise TrainingError(
            f"The first column of the channel {folder} holds {np.unique(labels)[:5].tolist()}; it must be the label, "
            "with both 0 and 1."
        )
    return rows[:, 1:], labels


def _read_rows(file: Path) -> np.ndarray:
    """Read a headerless CSV file of finite numbers and empty fields."""
    try:
        _check_widths(file)
        # round_trip: pandas' faster parser may be off by a bit, and a bit can be on the other side of a split.
        # Whatever its name ends in, the text that has been checked is the one that is read.
        frame = pd.read_csv(file, header=None, dtype=np.float64, float_precision="round_trip", compression=None)
    except (ValueError, csv.Error) as error:
        raise TrainingError(f"{file} is not headerless numeric CSV: {error}") from error
    rows = frame.to_numpy()
    infinite = np.argwhere(np.abs(rows) > np.finfo(np.float32).max)
    if len(infinite):
        row, column = infinite[0] + 1
        raise TrainingError(
            f"{file} holds infinity, or a number too large for XGBoost, in {len(infinite)} field(s), the first in row "
            f"{row}, column {column}. Leave a missing value empty, and stage the data again."
        )
    return rows


def _check_widths(file: Path) -> None:
    """Check that every row has as many fields as the first; pandas takes the rest of a short one for missing."""
    with file.open(newline="", encoding="utf-8") as lines:
        rows = csv.reader(lines)
        width = 0
        for row in rows:
            width = width or len(row)
            if any("\0" in field for field in row):
                raise ValueError(f"line {rows.line_num} holds a null character")
            if row and len(row) != width:
                raise TrainingError(
                    f"{file} has {len(row)} field(s) in line {rows.line_num}, and {width} in the first: it is cut or "
                    "damaged. Stage the data again."
                )


def train(
    hyperparameters: Hyperparameters,
    training: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    log_every: int = 10,
    checkpoints: Checkpoints | None = None,
) -> TrainedModel:
    """Boost trees until the validation loss no longer falls; cut at the round of the lowest validation log loss.

    Parameters
    ----------
    training, validation
        Features and labels, as `read_channel` returns them.
    log_every
        Rounds between two lines of metrics on standard output; 0 for none.
    checkpoints
        Where an interrupted training goes on; None to train in one go.

    Raises
    ------
    TrainingError
        The channels differ in their number of features, or XGBoost refuses a hyperparameter.
    """
    if training[0].shape[1] != validation[0].shape[1]:
        raise TrainingError(
            f"The train channel has {training[0].shape[1]} features, the validation channel {validation[0].shape[1]}."
        )
    matrices = {
        name: xgb.DMatrix(features, label=labels)
        for name, (features, labels) in (("train", training), ("validation", validation))
    }
    try:
        booster, curve = boost(booster_parameters(hyperparameters), hyperparameters, matrices, log_every, checkpoints)
    except xgb.core.XGBoostError as error:
        raise TrainingError(f"XGBoost refuses to train: {str(error).splitlines()[0]}") from error
    last = hyperparameters.num_round - 1
    best = booster.best_iteration if hyperparameters.early_stopping_rounds > 0 else last
    metrics = {}
    for name in REPORTED_METRICS:
        channel, metric = name.split(":")
        metrics[name] = curve[channel][metric][best]
    return TrainedModel(booster[: best + 1], curve, metrics)


def save_model(booster: xgb.Booster, model_dir: Path) -> Path:
    """Write the booster in XGBoost's native format as the only file of the model folder."""
    model_dir.mkdir(parents=True, exist_ok=True)
    file = model_dir / MODEL_FILE
    # The name is the container's and has no suffix, so the format is said here.
    file.write_bytes(booster.save_raw(raw_format="ubj"))
    return file


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are those of training."""

    def error(self, message: str) -> NoReturn:
        raise TrainingError(f"Hyperparameter refused: {message}")


def _parse(arguments: Sequence[str] | None) -> tuple[Hyperparameters, argparse.Namespace]:
    defaults = Hyperparameters()
    parser = _Parser(prog="train", description="Train the playground accessibility model.")
    for name, default in vars(defaults).items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    for flag, variable, default in (
        ("--train", "SM_CHANNEL_TRAIN", "/opt/ml/input/data/train"),
        ("--validation", "SM_CHANNEL_VALIDATION", "/opt/ml/input/data/validation"),
        ("--model-dir", "SM_MODEL_DIR", "/opt/ml/model"),
        ("--output-data-dir", "SM_OUTPUT_DATA_DIR", "/opt/ml/output/data"),
    ):
        parser.add_argument(flag, type=Path, default=Path(os.environ.get(variable, default)))
    parser.add_argument("--checkpoint-dir", type=Path, help="where an interrupted training goes on; none if left out")
    options = parser.parse_args(arguments)
    hyperparameters = Hyperparameters(**{name: getattr(options, name) for name in vars(defaults)})
    if hyperparameters.objective != defaults.objective:
        parser.error(
            f"objective {hyperparameters.objective!r}: the scores must be probabilities, {defaults.objective!r}"
        )
    if hyperparameters.num_round < 1 or hyperparameters.early_stopping_rounds < 0:
        parser.error("num_round must be at least 1 and early_stopping_rounds at least 0")
    return hyperparameters, options


def _run(arguments: Sequence[str] | None) -> None:
    hyperparameters, options = _parse(arguments)
    training, validation = read_channel(options.train), read_channel(options.validation)
    checkpoints = None
    if options.checkpoint_dir:
        checkpoints = Checkpoints.of(options.checkpoint_dir, hyperparameters, *training, *validation)
    model = train(hyperparameters, training, validation, checkpoints=checkpoints)
    save_model(model.booster, options.model_dir)
    options.output_data_dir.mkdir(parents=True, exist_ok=True)
    (options.output_data_dir / "learning_curve.json").write_text(json.dumps(model.learning_curve), encoding="utf-8")
    print(f"Kept {model.booster.num_boosted_rounds()} of at most {hyperparameters.num_round} rounds.")
    for name, value in model.metrics.items():
        # As SageMaker's own metric definitions of the image look for it.
        print(f"[{model.booster.num_boosted_rounds() - 1}]#011{name.replace(':', '-')}:{value:.6f}")


def _state_failure(reason: str) -> None:
    sys.stderr.write(f"{reason}\n")
    output_dir = Path(os.environ.get("SM_OUTPUT_DIR", "/opt/ml/output"))
    if output_dir.is_dir():
        (output_dir / "failure").write_text(reason, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; return its exit code."""
    try:
        _run(arguments)
    except TrainingError as error:
        _state_failure(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
