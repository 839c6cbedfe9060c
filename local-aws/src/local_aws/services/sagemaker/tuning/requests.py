"""What of CreateHyperParameterTuningJob is supported; the rest is refused before anything is recorded."""

from __future__ import annotations

import math
from typing import Any

from local_aws.kernel.context import Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.sagemaker.images.resolution import Image, Images
from local_aws.services.sagemaker.jobs import training_requests
from local_aws.services.sagemaker.jobs.training_metrics import METRICS
from local_aws.services.sagemaker.jobs.training_requests import trains_by_algorithm
from local_aws.services.sagemaker.tuning.search_space import Categorical, Numeric, Parameter, parse_ranges
from local_aws.services.sagemaker.tuning.strategies import GridSearch, Strategy

OBJECTIVE_PARAMETER = "_tuning_objective_metric"
"""The hyperparameter by which SageMaker tells a training job its objective."""

_DEFINITION = "TrainingJobDefinition"
_SHARED_WITH_TRAINING = (
    *("AlgorithmSpecification", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining"),
    *("EnableNetworkIsolation", "Environment", "InputDataConfig", "OutputDataConfig", "ResourceConfig"),
    *("RetryStrategy", "RoleArn", "StoppingCondition", "VpcConfig"),
)
_CONFIG = "HyperParameterTuningJobConfig"
_TUNING_RESOURCES = "HyperParameterTuningResourceConfig"

HONOURED = (
    *("HyperParameterTuningJobName", "Tags"),
    *(f"{_CONFIG}.{member}" for member in ("Strategy", "HyperParameterTuningJobObjective", "RandomSeed")),
    f"{_CONFIG}.TrainingJobEarlyStoppingType",
    *(f"{_CONFIG}.ResourceLimits.{member}" for member in ("MaxNumberOfTrainingJobs", "MaxParallelTrainingJobs")),
    *(f"{_CONFIG}.ParameterRanges.{kind}ParameterRanges" for kind in ("Categorical", "Integer", "Continuous")),
    f"{_CONFIG}.TuningJobCompletionCriteria.TargetObjectiveMetricValue",
    *(f"{_DEFINITION}.{member}" for member in ("DefinitionName", "StaticHyperParameters")),
    *(
        f"{_DEFINITION}.{member}"
        for member in training_requests.HONOURED
        if member.partition(".")[0] in _SHARED_WITH_TRAINING
    ),
    f"{_DEFINITION}.{_TUNING_RESOURCES}",
)
VALUES: dict[str, tuple[object, ...]] = {
    f"{_CONFIG}.Strategy": ("Bayesian", "Random", "Grid"),
    f"{_CONFIG}.TrainingJobEarlyStoppingType": ("Off",),
    f"{_DEFINITION}.{_TUNING_RESOURCES}.AllocationStrategy": ("Prioritized",),
    **{f"{_DEFINITION}.{member}": values for member, values in training_requests.VALUES.items()},
}

_TUNABLE_INTEGERS = frozenset({"max_depth", "num_round"})
_TUNABLE = _TUNABLE_INTEGERS | {
    *("alpha", "colsample_bylevel", "colsample_bynode", "colsample_bytree", "eta", "gamma", "lambda"),
    *("max_delta_step", "min_child_weight", "subsample"),
}
"""Source: ``algorithm_mode/hyperparameter_validation.py`` of ``aws/sagemaker-xgboost-container``."""


def validate(request: Request, images: Images) -> None:
    """Check a request, and that its training jobs could be run."""
    config = request[_CONFIG]
    for member in ("HyperParameterTuningJobObjective", "ParameterRanges"):
        _require(config, member, _CONFIG)
    if _DEFINITION not in request:
        raise AwsError("ValidationException", f"{_DEFINITION} is required here")
    definition = request[_DEFINITION]
    parameters = parse_ranges(config["ParameterRanges"])
    if not parameters:
        raise AwsError("ValidationException", "ParameterRanges must name at least one hyperparameter")
    static = definition.get("StaticHyperParameters", {})
    if both := sorted(static.keys() & {parameter.name for parameter in parameters}):
        raise AwsError(
            "ValidationException", f"{', '.join(both)} must be in StaticHyperParameters or in ParameterRanges, not both"
        )
    number_of_jobs(config)
    if (_TUNING_RESOURCES in definition) == ("ResourceConfig" in definition):
        raise AwsError(
            "ValidationException", f"{_DEFINITION} must have either ResourceConfig or {_TUNING_RESOURCES}, not both"
        )
    training = training_request(request, {parameter.name: "" for parameter in parameters})
    training_requests.validate(training, images)
    image = images.find(definition["AlgorithmSpecification"]["TrainingImage"])
    _check_objective(training, image, config["HyperParameterTuningJobObjective"]["MetricName"])
    if trains_by_algorithm(training, image):
        for parameter in parameters:
            _check_tunable(parameter)


def training_request(record: Record, tuned: dict[str, str]) -> Request:
    """Return the request of a training job with the tuned hyperparameters, but for its name."""
    definition = record[_DEFINITION]
    metric = record[_CONFIG]["HyperParameterTuningJobObjective"]["MetricName"]
    shared = {member: definition[member] for member in _SHARED_WITH_TRAINING if member in definition}
    if _TUNING_RESOURCES in definition:
        shared["ResourceConfig"] = _first_choice(definition[_TUNING_RESOURCES])
    static = definition.get("StaticHyperParameters", {})
    return {**shared, "HyperParameters": {**static, **tuned, OBJECTIVE_PARAMETER: metric}}


def _first_choice(resources: Record) -> Record:
    """Return the ``ResourceConfig`` of training jobs: of several instance types the first, which is to be had here."""
    common = {member: resources[member] for member in ("VolumeKmsKeyId",) if member in resources}
    members = ("InstanceType", "InstanceCount", "VolumeSizeInGB")
    instances = (resources.get("InstanceConfigs") or [resources])[0]
    return {**common, **{member: instances[member] for member in members if member in instances}}


def number_of_jobs(config: Record) -> int:
    """Return how many training jobs a tuning job starts, or raise ``ValidationException``."""
    number = config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    if config["Strategy"] != "Grid":
        if number is None:
            raise AwsError("ValidationException", "ResourceLimits.MaxNumberOfTrainingJobs is required here")
        return int(number)
    parameters = parse_ranges(config["ParameterRanges"])
    choices = [len(parameter.values) for parameter in parameters if isinstance(parameter, Categorical)]
    if len(choices) < len(parameters):
        raise AwsError("ValidationException", "Strategy Grid takes CategoricalParameterRanges only")
    total = math.prod(choices)
    if number not in (None, total):
        raise AwsError(
            "ValidationException",
            f"MaxNumberOfTrainingJobs must be the number of combinations, {total}, with Strategy Grid; got {number}",
        )
    return total


def strategy_of(config: Record) -> Strategy:
    """Return the strategy that a tuning job asks for."""
    parameters, seed = parse_ranges(config["ParameterRanges"]), config.get("RandomSeed")
    if config["Strategy"] == "Grid":
        return GridSearch(parameters)
    from local_aws.services.sagemaker.tuning.random_search import BayesianSearch, RandomSearch

    search = BayesianSearch if config["Strategy"] == "Bayesian" else RandomSearch
    return search(parameters, seed)


def _require(structure: dict[str, Any], member: str, where: str) -> None:
    if member not in structure:
        raise AwsError("ValidationException", f"{where}.{member} is required here")


def _check_objective(training: Request, image: Image, metric: str) -> None:
    """Check that a training job can have the objective among its metrics."""
    if image.has_algorithm:
        known = sorted(f"validation:{name}" for name in METRICS)
        if metric not in known:
            raise AwsError(
                "ValidationException",
                f"The objective metric of {image.uri} must be one of {', '.join(known)}; got {metric!r}",
            )
        return
    names = [entry["Name"] for entry in training["AlgorithmSpecification"].get("MetricDefinitions", ())]
    if metric not in names:
        raise AwsError(
            "ValidationException",
            f"The objective metric {metric!r} must be in AlgorithmSpecification.MetricDefinitions; they name {names}",
        )


def _check_tunable(parameter: Parameter) -> None:
    """Check that the algorithm's hyperparameter can be tuned over such a range."""
    if parameter.name not in _TUNABLE:
        raise AwsError(
            "ValidationException",
            f"hyperparameter {parameter.name!r} of the built-in XGBoost cannot be tuned "
            f"(tunable: {', '.join(sorted(_TUNABLE))}); move it to StaticHyperParameters",
        )
    if isinstance(parameter, Numeric) and not parameter.is_integer and parameter.name in _TUNABLE_INTEGERS:
        raise AwsError(
            "ValidationException",
            f"hyperparameter {parameter.name!r} of the built-in XGBoost takes integers; give an IntegerParameterRange",
        )
