"""What of CreateTrainingJob is done here; the rest is refused before anything is recorded."""

from __future__ import annotations

from local_aws.contracts.honoured import only, only_value
from local_aws.kernel.context import Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.s3.objects import split_uri
from local_aws.services.sagemaker import script_mode
from local_aws.services.sagemaker.images import require_xgboost_image
from local_aws.services.sagemaker.training_metrics import MetricCatcher

_HONOURED = {
    *("TrainingJobName", "AlgorithmSpecification", "Environment", "HyperParameters", "InputDataConfig"),
    *("OutputDataConfig", "ResourceConfig", "RoleArn", "StoppingCondition", "Tags"),
    # Of AWS's infrastructure; nothing of it is observable on one machine.
    *("DebugHookConfig", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining"),
    *(
        "EnableNetworkIsolation",
        "InfraCheckConfig",
        "ProfilerConfig",
        "RemoteDebugConfig",
        "RetryStrategy",
        "VpcConfig",
    ),
}


def validate(request: Request) -> None:
    """Check a request."""
    only(request, _HONOURED, "CreateTrainingJob")
    algorithm = request["AlgorithmSpecification"]
    if "TrainingImage" not in algorithm:
        raise AwsError("ValidationException", "AlgorithmSpecification.TrainingImage is required here")
    require_xgboost_image(algorithm["TrainingImage"])
    only_value(algorithm, "TrainingInputMode", ("File", "FastFile"), "AlgorithmSpecification")
    MetricCatcher(algorithm.get("MetricDefinitions", ()))
    if "ContainerEntrypoint" not in algorithm:
        _check_script_mode(request.get("HyperParameters", {}))
    for member in ("ResourceConfig", "OutputDataConfig"):
        if member not in request:
            raise AwsError("ValidationException", f"{member} is required here")
    resources = request["ResourceConfig"]
    if resources.get("InstanceGroups") or resources.get("InstanceCount", 1) != 1:
        raise AwsError("ValidationException", "ResourceConfig.InstanceCount must be 1: there is one host here")
    only_value(request["OutputDataConfig"], "CompressionType", ("GZIP",), "OutputDataConfig")
    split_uri(request["OutputDataConfig"]["S3OutputPath"])
    for channel in request.get("InputDataConfig", ()):
        _check_channel(channel)


def _check_script_mode(hyperparameters: dict[str, str]) -> None:
    decoded = script_mode.decode(hyperparameters)
    program = decoded.get(script_mode.PROGRAM)
    if not isinstance(program, str) or not program.endswith(".py"):
        raise AwsError(
            "ValidationException",
            "local_aws runs the XGBoost image in script mode only: give hyperparameters sagemaker_program (a .py file) "
            f"and sagemaker_submit_directory (s3://…/sourcedir.tar.gz), not sagemaker_program={program!r}",
        )
    source = decoded.get(script_mode.SUBMIT_DIRECTORY)
    if not isinstance(source, str):
        raise AwsError("ValidationException", "hyperparameter sagemaker_submit_directory (s3://…/*.tar.gz) is required")
    split_uri(source)


def _check_channel(channel: Record) -> None:
    where = f"channel {channel['ChannelName']!r}"
    only(channel["DataSource"], {"S3DataSource"}, where)
    if "S3DataSource" not in channel["DataSource"]:
        raise AwsError("ValidationException", f"DataSource.S3DataSource of {where} is required")
    source = channel["DataSource"]["S3DataSource"]
    only(source, {"S3DataType", "S3Uri", "S3DataDistributionType"}, where)
    only_value(source, "S3DataType", ("S3Prefix",), where)
    only_value(channel, "InputMode", ("File", "FastFile"), where)
    only_value(channel, "CompressionType", ("None",), where)
    only_value(channel, "RecordWrapperType", ("None",), where)
    only(
        channel,
        {"ChannelName", "DataSource", "ContentType", "CompressionType", "InputMode", "RecordWrapperType"},
        where,
    )
    split_uri(source["S3Uri"])
