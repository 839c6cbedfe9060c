"""What of CreateAutoMLJob is done here; the rest is refused before anything is recorded."""

from __future__ import annotations

from local_aws.contracts.honoured import only, only_value
from local_aws.kernel.context import Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.s3.objects import split_uri
from local_aws.services.sagemaker.automl.algorithms import ALGORITHMS
from local_aws.services.sagemaker.automl.objectives import OBJECTIVES

MODE = "ENSEMBLING"
PROBLEM_TYPE = "BinaryClassification"

_CSV = ("text/csv;header=present", "text/csv")


def validate(request: Request) -> None:
    """Check a request."""
    only(
        request,
        {
            *("AutoMLJobName", "InputDataConfig", "OutputDataConfig", "ProblemType", "AutoMLJobObjective"),
            *("AutoMLJobConfig", "RoleArn", "Tags"),
        },
        "CreateAutoMLJob",
    )
    split_uri(request["OutputDataConfig"]["S3OutputPath"])
    _check_problem(request)
    _check_configuration(request.get("AutoMLJobConfig", {}))
    _check_channels(request["InputDataConfig"])
    if "validation" in channels_by_type(request) and "DataSplitConfig" in request.get("AutoMLJobConfig", {}):
        raise AwsError(
            "ValidationException", "DataSplitConfig.ValidationFraction cannot be given with a validation channel"
        )


def channels_by_type(request: Record) -> dict[str, Record]:
    """Return the channels of a request by their type."""
    return {channel.get("ChannelType", "training"): channel for channel in request["InputDataConfig"]}


def _check_problem(request: Request) -> None:
    if ("ProblemType" in request) != ("AutoMLJobObjective" in request):
        raise AwsError(
            "ValidationException",
            "ProblemType and AutoMLJobObjective must be given both or neither; without them they are inferred",
        )
    only_value(request, "ProblemType", (PROBLEM_TYPE,), "CreateAutoMLJob")
    metric = request.get("AutoMLJobObjective", {}).get("MetricName")
    if metric is not None and metric not in OBJECTIVES:
        raise AwsError(
            "ValidationException",
            f"AutoMLJobObjective.MetricName {metric!r} is no metric of {PROBLEM_TYPE}; use {', '.join(OBJECTIVES)}",
        )


def _check_configuration(configuration: Record) -> None:
    where = "AutoMLJobConfig"
    only(
        configuration,
        {"CompletionCriteria", "SecurityConfig", "CandidateGenerationConfig", "DataSplitConfig", "Mode"},
        where,
    )
    if configuration.get("Mode") != MODE:
        raise AwsError(
            "ValidationException",
            f"{where}.Mode {configuration.get('Mode', 'AUTO')} is not done by local_aws: give Mode {MODE}",
        )
    generation = configuration.get("CandidateGenerationConfig", {})
    only(generation, {"AlgorithmsConfig"}, f"{where}.CandidateGenerationConfig")
    for algorithms in generation.get("AlgorithmsConfig", ()):
        for algorithm in algorithms["AutoMLAlgorithms"]:
            only_value({"AutoMLAlgorithms": algorithm}, "AutoMLAlgorithms", ALGORITHMS, where)
    fraction = configuration.get("DataSplitConfig", {}).get("ValidationFraction")
    if fraction is not None and not 0 < fraction < 1:
        raise AwsError("ValidationException", f"DataSplitConfig.ValidationFraction {fraction} is not between 0 and 1")
    criteria = configuration.get("CompletionCriteria", {})
    whole, one = criteria.get("MaxAutoMLJobRuntimeInSeconds"), criteria.get("MaxRuntimePerTrainingJobInSeconds")
    if whole is not None and one is not None and whole < one:
        raise AwsError(
            "ValidationException",
            f"MaxAutoMLJobRuntimeInSeconds {whole} must be at least MaxRuntimePerTrainingJobInSeconds {one}",
        )


def _check_channels(channels: list[Record]) -> None:
    for channel in channels:
        where = f"the {channel.get('ChannelType', 'training')} channel"
        only(
            channel,
            {"DataSource", "CompressionType", "TargetAttributeName", "ContentType", "ChannelType"},
            where,
        )
        if "DataSource" not in channel:
            raise AwsError("ValidationException", f"DataSource of {where} is required")
        source = channel["DataSource"]["S3DataSource"]
        only_value(source, "S3DataType", ("S3Prefix",), where)
        only_value(channel, "ContentType", _CSV, where)
        split_uri(source["S3Uri"])
    types = [channel.get("ChannelType", "training") for channel in channels]
    if types.count("training") != 1 or types.count("validation") > 1:
        raise AwsError(
            "ValidationException", f"give one training channel and at most one validation channel, not {types}"
        )
    if len({channel["TargetAttributeName"] for channel in channels}) > 1:
        raise AwsError("ValidationException", "the channels must have the same TargetAttributeName")
