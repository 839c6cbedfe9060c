"""What of CreateHyperParameterTuningJob is supported; the rest is refused before anything is recorded."""

from __future__ import annotations

import math
from collections.abc import Sequence

from local_aws.kernel.context import Request
from local_aws.kernel.records import Record, selected
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.images.resolution import Image, Images
from local_aws.services.sagemaker.jobs import training_requests
from local_aws.services.sagemaker.jobs.training_metrics import METRICS
from local_aws.services.sagemaker.jobs.training_requests import trains_by_algorithm
from local_aws.services.sagemaker.tuning import warm_start
from local_aws.services.sagemaker.tuning.definitions import CONFIG, ONE, SEVERAL, Definition
from local_aws.services.sagemaker.tuning.search_space import Categorical, Numeric, Parameter, parse_ranges
from local_aws.services.sagemaker.tuning.strategies import GridSearch, Strategy

OBJECTIVE_PARAMETER = "_tuning_objective_metric"
"""The hyperparameter by which SageMaker tells a training job its objective."""

_SHARED_WITH_TRAINING = (
    *("AlgorithmSpecification", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining"),
    *("EnableNetworkIsolation", "Environment", "InputDataConfig", "OutputDataConfig", "ResourceConfig"),
    *("RetryStrategy", "RoleArn", "StoppingCondition", "VpcConfig"),
)
_RANGES = tuple(f"{kind}ParameterRanges" for kind in ("Categorical", "Integer", "Continuous"))
_TUNING_RESOURCES = "HyperParameterTuningResourceConfig"

_OF_DEFINITIONS = (
    *("DefinitionName", "StaticHyperParameters", _TUNING_RESOURCES),
    *(member for member in training_requests.HONOURED if member.partition(".")[0] in _SHARED_WITH_TRAINING),
)
HONOURED = (
    *("HyperParameterTuningJobName", "Tags"),
    *(f"{CONFIG}.{member}" for member in ("Strategy", "HyperParameterTuningJobObjective", "RandomSeed")),
    f"{CONFIG}.TrainingJobEarlyStoppingType",
    *(f"{CONFIG}.ResourceLimits.{member}" for member in ("MaxNumberOfTrainingJobs", "MaxParallelTrainingJobs")),
    *(f"{CONFIG}.ParameterRanges.{ranges}" for ranges in _RANGES),
    f"{CONFIG}.TuningJobCompletionCriteria.TargetObjectiveMetricValue",
    *(f"{ONE}.{member}" for member in _OF_DEFINITIONS),
    *(f"{SEVERAL}.{member}" for member in _OF_DEFINITIONS),
    f"{SEVERAL}.TuningObjective",
    *(f"{SEVERAL}.HyperParameterRanges.{ranges}" for ranges in _RANGES),
    *(f"{warm_start.CONFIG}.{member}" for member in ("ParentHyperParameterTuningJobs", "WarmStartType")),
)
VALUES: dict[str, tuple[object, ...]] = {
    f"{CONFIG}.Strategy": ("Bayesian", "Random", "Grid"),
    f"{CONFIG}.TrainingJobEarlyStoppingType": ("Off",),
    **{
        f"{definition}.{member}": values
        for definition in (ONE, SEVERAL)
        for member, values in (
            *training_requests.VALUES.items(),
            (f"{_TUNING_RESOURCES}.AllocationStrategy", ("Prioritized",)),
        )
    },
}

_TUNABLE_INTEGERS = frozenset({"max_depth", "num_round"})
_TUNABLE = _TUNABLE_INTEGERS | {
    *("alpha", "colsample_bylevel", "colsample_bynode", "colsample_bytree", "eta", "gamma", "lambda"),
    *("max_delta_step", "min_child_weight", "subsample"),
}
"""Source: ``algorithm_mode/hyperparameter_validation.py`` of ``aws/sagemaker-xgboost-container``."""


def validate(request: Request, definitions: Sequence[Definition], images: Images) -> None:
    """Check a request, and that its training jobs could be run."""
    number_of_jobs(request[CONFIG], definitions)
    for definition in definitions:
        _validate_definition(definition, images)


def _validate_definition(definition: Definition, images: Images) -> None:
    parameters = parse_ranges(definition.ranges)
    if not parameters:
        raise invalid(f"The ranges of {definition.path} must name at least one hyperparameter")
    static = definition.content.get("StaticHyperParameters", {})
    if both := sorted(static.keys() & {parameter.name for parameter in parameters}):
        raise invalid(f"{', '.join(both)} must be in StaticHyperParameters or in ParameterRanges, not both")
    if (_TUNING_RESOURCES in definition.content) == ("ResourceConfig" in definition.content):
        raise invalid(f"{definition.path} must have either ResourceConfig or {_TUNING_RESOURCES}, not both")
    training = training_request(definition, {parameter.name: "" for parameter in parameters})
    training_requests.validate(training, images)
    image = images.find(definition.content["AlgorithmSpecification"]["TrainingImage"])
    _check_objective(training, image, definition.objective["MetricName"])
    if trains_by_algorithm(training, image):
        for parameter in parameters:
            _check_tunable(parameter)


def training_request(definition: Definition, tuned: dict[str, str]) -> Request:
    """Return the request of a training job with the tuned hyperparameters, but for its name."""
    content = definition.content
    shared = selected(content, _SHARED_WITH_TRAINING)
    if _TUNING_RESOURCES in content:
        shared["ResourceConfig"] = _first_choice(content[_TUNING_RESOURCES])
    static = content.get("StaticHyperParameters", {})
    metric = definition.objective["MetricName"]
    return {**shared, "HyperParameters": {**static, **tuned, OBJECTIVE_PARAMETER: metric}}


def _first_choice(resources: Record) -> Record:
    """Return the ``ResourceConfig`` of training jobs: the first of several instance types; each is available here."""
    common = selected(resources, ("VolumeKmsKeyId",))
    members = ("InstanceType", "InstanceCount", "VolumeSizeInGB")
    instances = (resources.get("InstanceConfigs") or [resources])[0]
    return {**common, **selected(instances, members)}


def number_of_jobs(config: Record, definitions: Sequence[Definition]) -> int:
    """Return how many training jobs a tuning job starts, or raise ``ValidationException``."""
    number = config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    if config["Strategy"] != "Grid":
        if number is None:
            raise invalid("ResourceLimits.MaxNumberOfTrainingJobs is required here")
        return int(number)
    if len(definitions) > 1:
        raise invalid(f"local_aws does not support Strategy Grid with {SEVERAL}; use Random or Bayesian")
    parameters = parse_ranges(definitions[0].ranges)
    choices = [len(parameter.values) for parameter in parameters if isinstance(parameter, Categorical)]
    if len(choices) < len(parameters):
        raise invalid("Strategy Grid takes CategoricalParameterRanges only")
    total = math.prod(choices)
    if number not in (None, total):
        raise invalid(
            f"MaxNumberOfTrainingJobs must be the number of combinations, {total}, with Strategy Grid; got {number}"
        )
    return total


def strategy_of(config: Record, definition: Definition) -> Strategy:
    """Return the strategy that a tuning job asks for, for the jobs of one definition."""
    parameters, seed = parse_ranges(definition.ranges), config.get("RandomSeed")
    if config["Strategy"] == "Grid":
        return GridSearch(parameters)
    from local_aws.services.sagemaker.tuning.random_search import BayesianSearch, RandomSearch

    search = BayesianSearch if config["Strategy"] == "Bayesian" else RandomSearch
    return search(parameters, seed)


def _check_objective(training: Request, image: Image, metric: str) -> None:
    """Check that a training job can have the objective among its metrics."""
    if image.has_algorithm:
        known = sorted(f"validation:{name}" for name in METRICS)
        if metric not in known:
            raise invalid(f"The objective metric of {image.uri} must be one of {', '.join(known)}; got {metric!r}")
        return
    names = [entry["Name"] for entry in training["AlgorithmSpecification"].get("MetricDefinitions", ())]
    if metric not in names:
        raise invalid(
            f"The objective metric {metric!r} must be in AlgorithmSpecification.MetricDefinitions; they name {names}"
        )


def _check_tunable(parameter: Parameter) -> None:
    """Check that the algorithm's hyperparameter can be tuned over such a range."""
    if parameter.name not in _TUNABLE:
        raise invalid(
            f"hyperparameter {parameter.name!r} of the built-in XGBoost cannot be tuned "
            f"(tunable: {', '.join(sorted(_TUNABLE))}); move it to StaticHyperParameters"
        )
    if isinstance(parameter, Numeric) and not parameter.is_integer and parameter.name in _TUNABLE_INTEGERS:
        raise invalid(
            f"hyperparameter {parameter.name!r} of the built-in XGBoost takes integers; give an IntegerParameterRange"
        )
