"""The training itself, as the container does it: metrics by round, early stopping, cross-validation, the models' files.

It works with each XGBoost since 0.90, so that an image's own can be used. Source: ``algorithm_mode/train.py`` and
``callback.py`` of ``aws/sagemaker-xgboost-container``.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xgboost

from local_aws.services.sagemaker.images.versions import numbers
from local_aws.services.sagemaker.xgboost_algorithm.callbacks import (
    IS_MODERN,
    AfterRound,
    Checkpoints,
    ModelWriter,
    callback_of,
)
from local_aws.services.sagemaker.xgboost_algorithm.cross_validation import Predictions, metrics_line, splits
from local_aws.services.sagemaker.xgboost_algorithm.errors import AlgorithmError, UserError
from local_aws.services.sagemaker.xgboost_algorithm.metrics import custom_names, evaluation

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_aws.services.sagemaker.images.versions import Version

_NOT_PARAMETERS = (
    *("num_round", "csv_weights", "early_stopping_rounds", "save_model_on_termination", "_tuning_objective_metric"),
    *("eval_metric", "use_dask_gpu_training", "silent", "_kfold", "_num_cv_round"),
)
_OLD_DEFAULT_METRICS = {"binary:logistic": "error", "multi:softmax": "merror", "multi:softprob": "merror"}
"""Of XGBoost before 1.3."""
_OLD_BASE_SCORE = 0.5
_ESTIMATES_BASE_SCORE = (2, 0)
"""Since when XGBoost estimates it."""
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

_INSTALLED = numbers(xgboost.__version__)
_KNOWS_CUSTOM_METRIC = (1, 6)
_GIVES_MARGINS = (1, 2)
"""Since when a metric that is not XGBoost's own gets margins, until `_KNOWS_CUSTOM_METRIC`."""
_FOLDS_SEEN_WHOLE = (1, 7)
"""Since when the container prints the metrics of all of the channels' data for each fold, not of the fold's."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Data:
    """The data of a job."""

    train: xgboost.DMatrix
    validation: xgboost.DMatrix | None = None
    whole: xgboost.DMatrix | None = None
    """Of both channels together, for cross-validation; None without."""


@dataclass(frozen=True)
class Places:
    """Where a job's files lie; `checkpoints` is None for a job without."""

    writer: ModelWriter
    output: Path
    checkpoints: Path | None = None


def train(values: dict[str, Any], version: Version, data: Data, places: Places) -> None:
    """Train a model, or one for each fold, and write it.

    Parameters
    ----------
    values
        The hyperparameters; see `hyperparameters.validate`.
    """
    _log.info("Train matrix has %d rows and %d columns", data.train.num_row(), data.train.num_col())
    if data.validation is not None:
        _log.info("Validation matrix has %d rows", data.validation.num_row())
    boosting = _Boosting(values, version, data, places)
    try:
        models = [boosting.run()] if "_kfold" not in values else boosting.cross_validate()
    except UserError:
        raise
    except Exception as error:
        reason = str(error).partition("\nStack trace")[0]
        if any(words in reason for words in _USERS_FAULT):
            raise UserError(reason) from error
        raise AlgorithmError(f"XGB train call failed with exception:\n {reason}") from error
    if "_kfold" not in values:
        places.writer.write(models[0])
        return
    for fold, model in enumerate(models):
        places.writer.of_fold(fold).write(model)


class _Boosting:
    """The training of a job's models."""

    def __init__(self, values: dict[str, Any], version: Version, data: Data, places: Places) -> None:
        self._values = values
        self._version = version
        self._data = data
        self._places = places
        metrics = _metrics(values, version)
        custom = [metric for metric in metrics if metric in custom_names(version)]
        self._parameters = _parameters(values, version, [metric for metric in metrics if metric not in custom])
        self._custom: dict[str, Callable[..., Any]] = {}
        if custom:
            margins = _GIVES_MARGINS <= _INSTALLED < _KNOWS_CUSTOM_METRIC
            keyword = "custom_metric" if _INSTALLED >= _KNOWS_CUSTOM_METRIC else "feval"
            self._custom[keyword] = evaluation(custom, values.get("objective", "reg:squarederror"), margins=margins)

    def run(self) -> xgboost.Booster:
        """Train the one model of a job without cross-validation."""
        data = self._data
        watched = [(data.train, "train"), *([] if data.validation is None else [(data.validation, "validation")])]
        return self._train(data.train, watched, {}, None)

    def cross_validate(self) -> list[xgboost.Booster]:
        """Train a model for each fold of each round, and write what they predict of the rows that they do not know."""
        data, folds, repeats = self._data, self._values["_kfold"], self._values.get("_num_cv_round", 1)
        whole = data.train if data.whole is None else data.whole
        _log.info("Run %d-round of %d-fold cross validation with %d rows", repeats, folds, whole.num_row())
        objective: Any = self._values.get("objective")
        classes = bool(self._values.get("num_class") or objective.startswith("binary:"))  # the container asks no more
        predictions = Predictions(whole.get_label(), classes=classes)
        models: list[xgboost.Booster] = []
        results: list[dict[str, Any]] = []
        for train_rows, validation_rows in splits(whole.get_label(), folds, repeats, stratified=classes):
            train, validation = whole.slice(train_rows), whole.slice(validation_rows)
            _log.info("Train cross validation fold %d", len(models) % folds + 1)
            result: dict[str, Any] = {}
            models.append(self._train(train, self._watched(train, validation), result, len(models)))
            results.append(result)
            predictions.record(validation_rows, models[-1].predict(validation))
            if len(models) % folds == 0:
                _log.info("The metrics of round %d cross validation", len(models) // folds)
                print(metrics_line(self._values["num_round"], results[-folds:]), flush=True)
        _log.info("Storing predictions on validation set(s) in %s", predictions.save(self._places.output))
        if repeats > 1:
            _log.info("The overall metrics of %d-round cross validation", repeats)
            print(metrics_line(self._values["num_round"], results), flush=True)
        return models

    def _watched(self, train: xgboost.DMatrix, validation: xgboost.DMatrix) -> list[tuple[xgboost.DMatrix, str]]:
        """Return whose metrics are printed for a fold, by the version's habit."""
        if self._version < _FOLDS_SEEN_WHOLE:
            return [(train, "train"), (validation, "validation")]
        data = self._data
        return [(data.train, "train"), *([] if data.validation is None else [(data.validation, "validation")])]

    def _train(
        self,
        matrix: xgboost.DMatrix,
        watched: list[tuple[xgboost.DMatrix, str]],
        result: dict[str, Any],
        fold: int | None,
    ) -> xgboost.Booster:
        values, folder = self._values, self._places.checkpoints
        if folder is not None and fold is not None:
            folder = folder / f"model-{fold}"
        checkpoints = None if folder is None else Checkpoints(folder)
        if checkpoints is not None and checkpoints.model is not None:
            _log.info("Checkpoint loaded from %s", checkpoints.model)
            _log.info("Resuming from iteration %d", checkpoints.rounds_done)
        writer = self._places.writer if fold is None else self._places.writer.of_fold(fold)
        saves = values.get("save_model_on_termination") == "true"
        callbacks = [callback_of(AfterRound(checkpoints, writer if saves else None))]
        options: dict[str, Any] = dict(self._custom)
        if IS_MODERN:
            stopping = _early_stopping(values, self._version, has_validation=self._data.validation is not None)
            callbacks += [] if stopping is None else [stopping]
        elif "early_stopping_rounds" in values:
            options["early_stopping_rounds"] = values["early_stopping_rounds"]
        return xgboost.train(
            self._parameters,
            matrix,
            num_boost_round=values["num_round"] - (0 if checkpoints is None else checkpoints.rounds_done),
            evals=watched,
            evals_result=result,
            callbacks=callbacks,
            xgb_model=None if checkpoints is None else checkpoints.model,
            verbose_eval=False,
            **options,
        )


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


def _early_stopping(values: dict[str, Any], version: Version, *, has_validation: bool) -> Any:
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
    if version < _ESTIMATES_BASE_SCORE <= _INSTALLED:
        parameters.setdefault("base_score", _OLD_BASE_SCORE)
    return parameters
