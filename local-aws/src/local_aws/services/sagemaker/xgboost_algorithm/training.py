"""The training itself, as the container does it: metrics by round, early stopping, the model's file.

Source: ``algorithm_mode/train.py`` and ``callback.py`` of ``aws/sagemaker-xgboost-container``.
"""

from __future__ import annotations

import json
import logging
import pickle
from pathlib import Path
from typing import Any

import xgboost

from local_aws.services.sagemaker.images.families import Version
from local_aws.services.sagemaker.xgboost_algorithm.errors import AlgorithmError, UserError
from local_aws.services.sagemaker.xgboost_algorithm.metrics import CUSTOM_NAMES, evaluation

MODEL_NAME = "xgboost-model"

_NOT_PARAMETERS = (
    *("num_round", "csv_weights", "early_stopping_rounds", "save_model_on_termination", "_tuning_objective_metric"),
    *("eval_metric", "use_dask_gpu_training", "silent"),
)
_OLD_DEFAULT_METRICS = {"binary:logistic": "error", "multi:softmax": "merror", "multi:softprob": "merror"}
"""Of XGBoost before 1.3."""
_OLD_BASE_SCORE = 0.5
"""Of XGBoost before 2.0, which does not estimate it."""
_MAXIMIZED = frozenset(
    {
        *("accuracy", "auc", "aucpr", "balanced_accuracy", "f1", "f1_binary", "f1_macro", "map", "ndcg", "precision"),
        *("r2", "recall", "precision_macro", "precision_micro", "recall_macro", "recall_micro"),
    }
)
_USERS_FAULT = (
    "label must be in [0,1] for logistic regression",
    "label must be in (0, 1) for logistic regression",
    "label must be in [0, num_class)",
    "label must be discrete values in the range of [0, num_class)",
    "Target is multiclass but average='binary'",
    "feature_names mismatch",
    "Check failed: preds.size() == info.labels_.size()",
    "Check failed: !auc_error AUC: the dataset only contains pos or neg samples",
    "base_score must be in (0,1) for logistic loss",
    "label must be nonnegative",
    "label must be non-negative",
    "Parameter reg_lambda should be greater equal to 0",
)
"""What XGBoost says when data or hyperparameters are wrong, not the algorithm."""

_log = logging.getLogger(__name__)


class ModelWriter:
    """Writes the model into its folder, as the image's version does: a pickle, or XGBoost's own format."""

    def __init__(self, folder: Path, *, pickles: bool) -> None:
        self._file = folder / MODEL_NAME
        self._pickles = pickles

    def write(self, booster: xgboost.Booster) -> None:
        """Write the model, whole or not at all."""
        unfinished = self._file.with_name(f".{MODEL_NAME}")
        if self._pickles:
            unfinished.write_bytes(pickle.dumps(booster, protocol=4))
        else:
            booster.save_model(unfinished.with_suffix(".ubj"))
            unfinished.with_suffix(".ubj").rename(unfinished)
        unfinished.rename(self._file)


class _SaveEachRound(xgboost.callback.TrainingCallback):
    """Saves the model of each round, for a job that is stopped."""

    def __init__(self, writer: ModelWriter) -> None:
        self._writer = writer

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        self._writer.write(model)
        return False


class _Monitor(xgboost.callback.TrainingCallback):
    """Prints the metrics of each round, in the words that SageMaker's metric definitions look for."""

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        scores = [
            f"#011{data}-{metric}:{values[-1]:.5f}"
            for data, metrics in evals_log.items()
            for metric, values in metrics.items()
        ]
        print(f"[{epoch}]{''.join(scores)}", flush=True)
        return False


def train(
    values: dict[str, Any],
    version: Version,
    matrix: xgboost.DMatrix,
    validation: xgboost.DMatrix | None,
    writer: ModelWriter,
) -> None:
    """Train a model, and write it.

    Parameters
    ----------
    values
        The hyperparameters; see `hyperparameters.validate`.
    """
    objective = values.get("objective", "reg:squarederror")
    metrics = _metrics(values, version)
    custom = [metric for metric in metrics if metric in CUSTOM_NAMES]
    callbacks: list[xgboost.callback.TrainingCallback] = [_Monitor()]
    if values.get("save_model_on_termination") == "true":
        callbacks.append(_SaveEachRound(writer))
    stopping = _early_stopping(values, version, has_validation=validation is not None)
    if stopping is not None:
        callbacks.append(stopping)
    evaluations = [(matrix, "train"), *([(validation, "validation")] if validation is not None else [])]
    _log.info("Train matrix has %d rows and %d columns", matrix.num_row(), matrix.num_col())
    if validation is not None:
        _log.info("Validation matrix has %d rows", validation.num_row())
    try:
        booster = xgboost.train(
            _parameters(values, version, [metric for metric in metrics if metric not in CUSTOM_NAMES]),
            matrix,
            num_boost_round=values["num_round"],
            evals=evaluations,
            custom_metric=evaluation(custom, objective) if custom else None,
            callbacks=callbacks,
            verbose_eval=False,
        )
    except Exception as error:
        reason = str(error).partition("\nStack trace")[0]
        if any(words in reason for words in _USERS_FAULT):
            raise UserError(reason) from error
        raise AlgorithmError(f"XGB train call failed with exception:\n {reason}") from error
    writer.write(booster)


def _metrics(values: dict[str, Any], version: Version) -> list[str]:
    """Return the metrics to print: the job's, that of its tuning job, else the version's default for the objective."""
    named = values.get("eval_metric")
    tuned = values.get("_tuning_objective_metric")
    if named is not None and tuned is not None:
        return sorted({*named, tuned.partition(":")[2]})
    if named is not None:
        return list(named)
    if tuned is not None:
        return [tuned.partition(":")[2]]
    default = _OLD_DEFAULT_METRICS.get(values.get("objective", ""))
    return [default] if default is not None and version < (1, 3) else []


def _early_stopping(
    values: dict[str, Any], version: Version, *, has_validation: bool
) -> xgboost.callback.EarlyStopping | None:
    """Return when to stop: before 1.3 by whatever metric is last, later by the job's last one of validation data."""
    rounds = values.get("early_stopping_rounds")
    if rounds is None:
        return None
    if version < (1, 3):
        return xgboost.callback.EarlyStopping(rounds)
    tuned = values.get("_tuning_objective_metric")
    named = [tuned.partition(":")[2]] if tuned is not None else values.get("eval_metric")
    if not named or not has_validation:
        return None
    metric = named[-1]
    return xgboost.callback.EarlyStopping(
        rounds, metric_name=metric, data_name="validation", maximize=metric in _MAXIMIZED, save_best=True
    )


def _parameters(values: dict[str, Any], version: Version, metrics: list[str]) -> dict[str, Any]:
    """Return the parameters for XGBoost, with the defaults of the image's version."""
    parameters = {name: value for name, value in values.items() if name not in _NOT_PARAMETERS}
    if metrics:
        parameters["eval_metric"] = metrics
    if "updater" in parameters:
        parameters["updater"] = ",".join(parameters["updater"])
    if "interaction_constraints" in parameters:
        parameters["interaction_constraints"] = json.dumps(parameters["interaction_constraints"])
    if parameters.get("objective") == "reg:linear":
        parameters["objective"] = "reg:squarederror"  # its name since 0.83
    if values.get("silent"):
        parameters.setdefault("verbosity", 0)
    if version < (2, 0):
        parameters.setdefault("base_score", _OLD_BASE_SCORE)
    return parameters
