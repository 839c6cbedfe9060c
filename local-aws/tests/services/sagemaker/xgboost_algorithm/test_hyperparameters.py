"""Hyperparameters of the built-in algorithm: values, refusals in the container's words, versions."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.services.sagemaker.xgboost_algorithm.errors import UserError
from local_aws.services.sagemaker.xgboost_algorithm.hyperparameters import validate

_OLD, _NEW = (1, 0), (3, 2)


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        ({}, {}),
        ({"max_depth": "5", "eta": "0.2"}, {"max_depth": 5, "eta": 0.2}),
        ({"learning_rate": "1", "reg_lambda": "0", "reg_alpha": "2"}, {"eta": 1.0, "lambda": 0.0, "alpha": 2.0}),
        (
            {"objective": "binary:logistic", "eval_metric": "auc,error@0.7"},
            {"objective": "binary:logistic", "eval_metric": ["auc", "error@0.7"]},
        ),
        ({"objective": "multi:softprob", "num_class": "3"}, {"objective": "multi:softprob", "num_class": 3}),
        ({"updater": "grow_colmaker,prune"}, {"updater": ["grow_colmaker", "prune"]}),
        (
            {"tree_method": "exact", "monotone_constraints": "(1,-1)"},
            {"tree_method": "exact", "monotone_constraints": (1, -1)},
        ),
        (
            {"tree_method": "hist", "interaction_constraints": "[[1,2],[3]]"},
            {"tree_method": "hist", "interaction_constraints": [[1, 2], [3]]},
        ),
    ],
)
def test_texts_become_values(texts: dict[str, str], values: dict[str, Any]) -> None:
    assert validate({"num_round": "10", **texts}, _NEW) == {"num_round": 10, **values}


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"depth": "5"}, "Extraneous hyperparameter found: depth"),
        ({"max_depth": "deep"}, r"Hyperparameter max_depth: could not parse value \(caused by ValueError\)"),
        ({"max_depth": "-1"}, r"Hyperparameter max_depth: -1 is not in \[0, \+inf\)"),
        ({"num_round": "0"}, r"Hyperparameter num_round: 0 is not in \[1, \+inf\)"),
        ({"subsample": "0"}, r"Hyperparameter subsample: 0.0 is not in \(0, 1\]"),
        ({"eta": "1.5"}, r"Hyperparameter eta: 1.5 is not in \[0, 1\]"),
        ({"eta": "nan"}, r"Hyperparameter eta: nan is not in \[0, 1\]"),
        ({"booster": "forest"}, r"booster: forest is not in \['gbtree', 'gblinear', 'dart'\]"),
        ({"objective": "multi:softmax"}, "Require input for parameter 'num_class'"),
        ({"eval_metric": "auc"}, "KeyError: 'objective'"),
        ({"objective": "reg:squarederror", "eval_metric": "auc"}, "Metric 'auc' can only be applied"),
        ({"objective": "reg:squarederror", "eval_metric": "aft-nloglik"}, "Metric 'aft-nloglik' can only"),
        ({"objective": "reg:squarederror", "eval_metric": "speed"}, "value .*speed.* not in range"),
        ({"objective": "binary:logistic", "eval_metric": "auc@3"}, "Metric 'auc@3' is not supported"),
        ({"objective": "binary:logistic", "eval_metric": "error@x"}, "'error@t' expects float input"),
        ({"updater": "grow_colmaker,grow_histmaker"}, "Only one tree grow plugin"),
        ({"updater": "shotgun"}, "Tree updater should be selected"),
        ({"booster": "gblinear", "updater": "prune"}, "Linear updater should be one of"),
        ({"process_type": "update", "updater": "sync"}, "process_type 'update' can only"),
        ({"monotone_constraints": "(1,)"}, "monotone_constraints can be used only"),
        ({"tree_method": "hist", "monotone_constraints": "(2,)"}, r"value \(2,\) not in range"),
        ({"tree_method": "hist", "monotone_constraints": "__import__('os')"}, "could not parse value"),
        ({"tree_method": "hist", "interaction_constraints": "[1]"}, "unexpected failure when validating"),
        ({"interaction_constraints": "[[1]]"}, "interaction_constraints can be used only"),
        ({"use_dask_gpu_training": "true"}, "local_aws does not support use_dask_gpu_training"),
    ],
)
def test_invalid_ones_are_refused_in_the_containers_words(texts: dict[str, str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        validate({"num_round": "10", **texts}, _NEW)


def test_number_of_rounds_is_required() -> None:
    with pytest.raises(UserError, match="Missing required hyperparameter: num_round"):
        validate({"eta": "0.1"}, _NEW)


@pytest.mark.parametrize(
    ("texts", "first", "last"),
    [
        ({"silent": "0"}, (0, 90), (1, 0)),
        ({"tree_method": "gpu_hist"}, (1, 2), _NEW),
        ({"predictor": "auto"}, (1, 2), _NEW),
        ({"objective": "reg:pseudohubererror"}, (1, 2), _NEW),
        ({"objective": "reg:absoluteerror"}, (3, 0), _NEW),
        ({"single_precision_histogram": "true"}, (1, 2), (1, 5)),
        ({"sampling_method": "uniform"}, (1, 3), _NEW),
        ({"save_model_on_termination": "true"}, (1, 0), _NEW),
        ({"objective": "binary:logistic", "eval_metric": "f1_macro"}, (1, 2), _NEW),
        ({"objective": "binary:logistic", "eval_metric": "balanced_accuracy"}, (1, 3), _NEW),
        ({"objective": "reg:linear"}, (0, 90), _NEW),
    ],
)
def test_each_version_has_its_own(texts: dict[str, str], first: tuple[int, int], last: tuple[int, int]) -> None:
    versions = [(0, 90), (1, 0), (1, 2), (1, 3), (1, 5), (1, 7), (3, 0), (3, 2)]

    def valid(version: tuple[int, int]) -> bool:
        try:
            validate({"num_round": "1", **texts}, version)
        except UserError:
            return False
        return True

    assert [version for version in versions if valid(version)] == [v for v in versions if first <= v <= last]
