"""What of CreateAutoMLJob is supported; the rest is refused before anything is recorded."""

from __future__ import annotations

from local_aws.contracts.members import unsupported_error
from local_aws.kernel.context import Request
from local_aws.kernel.objects import split_uri
from local_aws.kernel.records import Record
from local_aws.services.sagemaker.automl.algorithms import ALGORITHMS
from local_aws.services.sagemaker.automl.objectives import OBJECTIVES
from local_aws.services.sagemaker.errors import invalid

MODE = "ENSEMBLING"
PROBLEM_TYPE = "BinaryClassification"

HONOURED = (
    *("AutoMLJobName", "OutputDataConfig", "ProblemType", "AutoMLJobObjective", "RoleArn", "Tags"),
    *("InputDataConfig.DataSource", "InputDataConfig.CompressionType", "InputDataConfig.TargetAttributeName"),
    *("InputDataConfig.ContentType", "InputDataConfig.ChannelType"),
    *("AutoMLJobConfig.CompletionCriteria", "AutoMLJobConfig.SecurityConfig", "AutoMLJobConfig.DataSplitConfig"),
    *("AutoMLJobConfig.CandidateGenerationConfig.AlgorithmsConfig", "AutoMLJobConfig.Mode"),
)
VALUES: dict[str, tuple[object, ...]] = {
    "ProblemType": (PROBLEM_TYPE,),
    "InputDataConfig.ContentType": ("text/csv;header=present", "text/csv"),
    "InputDataConfig.DataSource.S3DataSource.S3DataType": ("S3Prefix",),
    "AutoMLJobConfig.Mode": (MODE,),
    "AutoMLJobConfig.CandidateGenerationConfig.AlgorithmsConfig.AutoMLAlgorithms": tuple(ALGORITHMS),
}


def validate(request: Request) -> None:
    """Check a request."""
    split_uri(request["OutputDataConfig"]["S3OutputPath"])
    _check_problem(request)
    _check_configuration(request.get("AutoMLJobConfig", {}))
    _check_channels(request["InputDataConfig"])
    if "validation" in channels_by_type(request) and "DataSplitConfig" in request.get("AutoMLJobConfig", {}):
        raise invalid("DataSplitConfig.ValidationFraction cannot be given with a validation channel")


def channels_by_type(request: Record) -> dict[str, Record]:
    """Return the channels of a request by their type."""
    return {channel.get("ChannelType", "training"): channel for channel in request["InputDataConfig"]}


def _check_problem(request: Request) -> None:
    if ("ProblemType" in request) != ("AutoMLJobObjective" in request):
        raise invalid(
            "ProblemType and AutoMLJobObjective must be given both or neither; without them they are inferred"
        )
    metric = request.get("AutoMLJobObjective", {}).get("MetricName")
    if metric is not None and metric not in OBJECTIVES:
        raise invalid(
            f"AutoMLJobObjective.MetricName {metric!r} is not a metric of {PROBLEM_TYPE}; use {', '.join(OBJECTIVES)}"
        )


def _check_configuration(configuration: Record) -> None:
    if "Mode" not in configuration:
        raise unsupported_error(f"AutoMLJobConfig.Mode AUTO, the default (supported: {MODE})", "CreateAutoMLJob")
    fraction = configuration.get("DataSplitConfig", {}).get("ValidationFraction")
    if fraction is not None and not 0 < fraction < 1:
        raise invalid(f"DataSplitConfig.ValidationFraction {fraction} is not between 0 and 1")
    criteria = configuration.get("CompletionCriteria", {})
    whole, candidate = criteria.get("MaxAutoMLJobRuntimeInSeconds"), criteria.get("MaxRuntimePerTrainingJobInSeconds")
    if whole is not None and candidate is not None and whole < candidate:
        raise invalid(
            f"MaxAutoMLJobRuntimeInSeconds {whole} must be at least MaxRuntimePerTrainingJobInSeconds {candidate}"
        )


def _check_channels(channels: list[Record]) -> None:
    for channel in channels:
        if "DataSource" not in channel:
            raise invalid(f"DataSource of the {channel.get('ChannelType', 'training')} channel is required")
        split_uri(channel["DataSource"]["S3DataSource"]["S3Uri"])
    types = [channel.get("ChannelType", "training") for channel in channels]
    if types.count("training") != 1 or types.count("validation") > 1:
        raise invalid(f"give one training channel and at most one validation channel, not {types}")
    if len({channel["TargetAttributeName"] for channel in channels}) > 1:
        raise invalid("the channels must have the same TargetAttributeName")
