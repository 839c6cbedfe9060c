"""The hyperparameters of the algorithm by version, and the rules between them.

Source: ``algorithm_mode/hyperparameter_validation.py`` and ``constants/xgb_constants.py`` at the tags of
``aws/sagemaker-xgboost-container``, 0.90-2 to 3.0-5; the reasons are in the container's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from local_aws.services.sagemaker.xgboost_algorithm.errors import UserError
from local_aws.services.sagemaker.xgboost_algorithm.hyperparameter_types import (
    Hyperparameter,
    choice,
    choices,
    integer,
    number,
    numbers,
)

if TYPE_CHECKING:
    from local_aws.services.sagemaker.images.versions import Version

ALIASES = {
    "learning_rate": "eta",
    "min_split_loss": "gamma",
    "reg_lambda": "lambda",
    "reg_alpha": "alpha",
}
_OBJECTIVES = (
    *("binary:logistic", "binary:logitraw", "binary:hinge", "count:poisson", "multi:softmax", "multi:softprob"),
    *("rank:pairwise", "rank:ndcg", "rank:map", "reg:linear", "reg:squarederror", "reg:logistic", "reg:gamma"),
    *("reg:squaredlogerror", "reg:tweedie", "survival:cox"),
)
_OBJECTIVES_SINCE_1_2 = ("aft_loss_distribution", "reg:pseudohubererror", "survival:aft")
_OBJECTIVES_SINCE_3_0 = ("reg:absoluteerror",)
_METRICS = (
    *("accuracy", "auc", "aucpr", "f1", "map", "ndcg", "cox-nloglik", "error", "gamma-deviance", "gamma-nloglik"),
    *("logloss", "mae", "merror", "mlogloss", "mse", "poisson-nloglik", "rmse", "rmsle", "tweedie-nloglik"),
)
_METRICS_SINCE_1_2 = ("f1_binary", "f1_macro", "r2", "aft-nloglik", "interval-regression-accuracy", "mphe")
_METRICS_SINCE_1_3 = (
    *("balanced_accuracy", "precision", "recall", "precision_macro", "precision_micro", "recall_macro"),
    *("recall_micro", "mape"),
)
_WITH_THRESHOLD = ("error", "ndcg", "map")
_TREE_BUILDERS = ("grow_colmaker", "distcol", "grow_histmaker", "grow_local_histmaker", "grow_quantile_histmaker")
_TREE_UPDATERS = (*_TREE_BUILDERS, "grow_skmaker", "sync", "refresh", "prune")
_LINEAR_UPDATERS = ("shotgun", "coord_descent")
_1_0, _1_2, _1_3, _1_5, _1_7, _3_0 = (1, 0), (1, 2), (1, 3), (1, 5), (1, 7), (3, 0)
_LATEST = (999,)
_VERSIONS: Mapping[str, tuple[Version, Version]] = {
    "silent": ((), _1_0),
    "monotone_constraints": (_1_0, _LATEST),
    "interaction_constraints": (_1_0, _LATEST),
    "save_model_on_termination": (_1_0, _LATEST),
    "aft_loss_distribution": (_1_2, _LATEST),
    "aft_loss_distribution_scale": (_1_2, _LATEST),
    "single_precision_histogram": (_1_2, _1_5),
    "deterministic_histogram": (_1_2, _LATEST),
    "_kfold": (_1_2, _LATEST),
    "_num_cv_round": (_1_2, _LATEST),
    "sampling_method": (_1_3, _LATEST),
    "prob_buffer_row": (_1_3, _LATEST),
    "use_dask_gpu_training": (_1_7, _LATEST),
}
"""The first and the last version of the image that has a hyperparameter; the others are in all."""


def validate(texts: Mapping[str, str], version: Version) -> dict[str, Any]:
    """Return a job's hyperparameters as values by their first names; `UserError` says why they are not valid.

    Parameters
    ----------
    texts
        As the job has them.
    version
        The version of the image.
    """
    known = _table(version)
    named = {ALIASES.get(name, name): text for name, text in texts.items()}
    if "num_round" not in named:
        raise UserError("Missing required hyperparameter: num_round")
    for name in named:
        if name not in known:
            raise UserError(f"Extraneous hyperparameter found: {name}")
    values = {name: known[name].read(name, text) for name, text in named.items()}
    _check_rules(values)
    return values


def _table(version: Version) -> dict[str, Hyperparameter]:
    metrics = _Metrics(version)
    tree_methods = ("auto", "exact", "approx", "hist", *(("gpu_hist",) if version >= _1_2 else ()))
    predictors = ("auto", "cpu_predictor", "gpu_predictor") if version >= _1_2 else ("cpu_predictor",)
    objectives = (
        *_OBJECTIVES,
        *(_OBJECTIVES_SINCE_1_2 if version >= _1_2 else ()),
        *(_OBJECTIVES_SINCE_3_0 if version >= _3_0 else ()),
    )
    table = {
        "num_round": integer(1),
        "csv_weights": integer(0, 1),
        "early_stopping_rounds": integer(1),
        "booster": choice("gbtree", "gblinear", "dart"),
        "verbosity": integer(0, 3),
        "silent": integer(0, 1),
        "nthread": integer(1),
        "eta": number(0, 1),
        "gamma": number(0),
        "max_depth": integer(0),
        "min_child_weight": number(0),
        "max_delta_step": number(0),
        "subsample": number(0, 1, "(]"),
        "colsample_bytree": number(0, 1, "(]"),
        "colsample_bylevel": number(0, 1, "(]"),
        "colsample_bynode": number(0, 1, "(]"),
        "lambda": number(0),
        "alpha": number(0),
        "tree_method": choice(*tree_methods),
        "sketch_eps": number(0, 1, "()"),
        "scale_pos_weight": number(0, ends="()"),
        "updater": choices((*_TREE_UPDATERS, *_LINEAR_UPDATERS)),
        "dsplit": choice("row", "col"),
        "refresh_leaf": integer(0, 1),
        "process_type": choice("default", "update"),
        "grow_policy": choice("depthwise", "lossguide"),
        "max_leaves": integer(0),
        "max_bin": integer(0),
        "predictor": choice(*predictors),
        "monotone_constraints": numbers((-1, 0, 1), 1),
        "interaction_constraints": numbers(range(1, 2**31), 2),
        "sample_type": choice("uniform", "weighted"),
        "normalize_type": choice("tree", "forest"),
        "rate_drop": number(0, 1),
        "one_drop": integer(0, 1),
        "skip_drop": number(0, 1),
        "lambda_bias": number(0, 1),
        "tweedie_variance_power": number(1, 2, "()"),
        "objective": choice(*objectives),
        "num_class": integer(2),
        "base_score": number(0),
        "_kfold": integer(2),
        "_num_cv_round": integer(1),
        "_tuning_objective_metric": choice(*(f"validation:{metric}" for metric in metrics.names)),
        "eval_metric": choices(metrics),
        "seed": integer(-(2**31), 2**31 - 1, "()"),
        "num_parallel_tree": integer(1),
        "save_model_on_termination": choice("true", "false"),
        "aft_loss_distribution": choice("normal", "logistic", "extreme"),
        "aft_loss_distribution_scale": number(0),
        "single_precision_histogram": choice("true", "false"),
        "deterministic_histogram": choice("true", "false"),
        "sampling_method": choice("uniform", "gradient_based"),
        "prob_buffer_row": integer(1, ends="()"),
        "use_dask_gpu_training": choice("true", "false"),
    }
    return {name: entry for name, entry in table.items() if name not in _VERSIONS or _exists(name, version)}


def _exists(name: str, version: Version) -> bool:
    since, until = _VERSIONS[name]
    return since <= version <= until


class _Metrics:
    """The evaluation metrics of a version."""

    def __init__(self, version: Version) -> None:
        self.names = (
            *_METRICS,
            *(_METRICS_SINCE_1_2 if version >= _1_2 else ()),
            *(_METRICS_SINCE_1_3 if version >= _1_3 else ()),
        )

    def __contains__(self, metric: object) -> bool:
        name, at, threshold = (part.strip() for part in str(metric).partition("@"))
        if not at:
            return metric in self.names
        if name not in _WITH_THRESHOLD:
            raise UserError(
                f"Metric '{metric}' is not supported. Parameter 'eval_metric' with customized threshold should be one "
                "of these options: 'error', 'ndcg', 'map'."
            )
        try:
            float(threshold)
        except ValueError as error:
            raise UserError(f"Threshold value 't' in '{name}@t' expects float input.") from error
        return True

    def __str__(self) -> str:
        return str(list(self.names))


def _check_rules(values: Mapping[str, Any]) -> None:
    objective, tree_method = values.get("objective"), values.get("tree_method")
    if objective in ("multi:softmax", "multi:softprob") and "num_class" not in values:
        raise UserError("Require input for parameter 'num_class' for multi-classification")
    if "eval_metric" in values:
        _check_metrics(values["eval_metric"], objective)
    if "updater" in values:
        _check_updaters(values["updater"], values)
    if "monotone_constraints" in values and tree_method not in ("exact", "hist"):
        raise UserError(
            "monotone_constraints can be used only when the tree_method parameter is set to either 'exact' or 'hist'."
        )
    if "interaction_constraints" in values and tree_method not in ("exact", "hist", "approx"):
        raise UserError(
            "interaction_constraints can be used only when the tree_method parameter is set to either 'exact', 'hist' "
            "or 'approx'."
        )
    if values.get("use_dask_gpu_training") == "true":
        raise UserError("local_aws does not support use_dask_gpu_training; set it to false")


def _check_metrics(metrics: list[str], objective: str | None) -> None:
    if objective is None:
        # The container looks the objective up without asking whether there is one, and fails so.
        raise UserError("eval_metric needs an objective: KeyError: 'objective'")
    if "auc" in metrics and not objective.startswith(("binary:", "rank:")):
        raise UserError("Metric 'auc' can only be applied for classification and ranking problems.")
    if "aft-nloglik" in metrics and objective != "survival:aft":
        raise UserError("Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.")


def _check_updaters(updaters: list[str], values: Mapping[str, Any]) -> None:
    if values.get("booster") == "gblinear":
        if len(updaters) != 1 or updaters[0] not in _LINEAR_UPDATERS:
            raise UserError("Linear updater should be one of these options: 'shotgun', 'coord_descent'.")
    elif values.get("process_type") == "update":
        if not all(updater in ("refresh", "prune") for updater in updaters):
            raise UserError("process_type 'update' can only be used with updater 'refresh' and 'prune'")
    elif not all(updater in _TREE_UPDATERS for updater in updaters):
        raise UserError(
            "Tree updater should be selected from these options: 'grow_colmaker', 'distcol', 'grow_histmaker', "
            "'grow_skmaker', 'grow_quantile_histmaker', 'sync', 'refresh', 'prune', 'shortgun', 'coord_descent'."
        )
    elif sum(updater in _TREE_BUILDERS for updater in updaters) > 1:
        raise UserError(
            "Only one tree grow plugin can be selected. Choose one from thefollowing: 'grow_colmaker', 'distcol', "
            "'grow_histmaker', 'grow_skmaker'"
        )
