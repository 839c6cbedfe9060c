"""What of CreateTrainingJob is supported; the rest is refused before anything is recorded."""

from __future__ import annotations

from local_aws.kernel.context import Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import split_uri
from local_aws.services.sagemaker.images import require_xgboost_image
from local_aws.services.sagemaker.jobs import script_mode

HONOURED = (
    *("TrainingJobName", "AlgorithmSpecification", "Environment", "HyperParameters", "OutputDataConfig"),
    *("ResourceConfig", "RoleArn", "StoppingCondition", "Tags"),
    *("InputDataConfig.ChannelName", "InputDataConfig.ContentType", "InputDataConfig.CompressionType"),
    *("InputDataConfig.InputMode", "InputDataConfig.RecordWrapperType"),
    "InputDataConfig.DataSource.S3DataSource.S3DataType",
    "InputDataConfig.DataSource.S3DataSource.S3Uri",
    "InputDataConfig.DataSource.S3DataSource.S3DataDistributionType",
    # Of AWS's infrastructure; nothing of it is observable on one machine.
    *("DebugHookConfig", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining"),
    *("EnableNetworkIsolation", "InfraCheckConfig", "ProfilerConfig", "RemoteDebugConfig", "RetryStrategy"),
    "VpcConfig",
)
VALUES = {
    "AlgorithmSpecification.TrainingInputMode": ("File", "FastFile"),
    "OutputDataConfig.CompressionType": ("GZIP",),
    "InputDataConfig.DataSource.S3DataSource.S3DataType": ("S3Prefix",),
    "InputDataConfig.InputMode": ("File", "FastFile"),
    "InputDataConfig.CompressionType": ("None",),
    "InputDataConfig.RecordWrapperType": ("None",),
}


def validate(request: Request) -> None:
    """Check a request."""
    algorithm = request["AlgorithmSpecification"]
    if "TrainingImage" not in algorithm:
        raise AwsError("ValidationException", "AlgorithmSpecification.TrainingImage is required here")
    require_xgboost_image(algorithm["TrainingImage"])
    if algorithm.get("MetricDefinitions"):
        raise AwsError(
            "ValidationException",
            "You can't override the metric definitions for Amazon SageMaker algorithms. Please retry the request "
            "without specifying metric definitions.",
        )
    if "ContainerEntrypoint" not in algorithm:
        _check_script_mode(request.get("HyperParameters", {}))
    for member in ("ResourceConfig", "OutputDataConfig"):
        if member not in request:
            raise AwsError("ValidationException", f"{member} is required here")
    resources = request["ResourceConfig"]
    if resources.get("InstanceGroups") or resources.get("InstanceCount", 1) != 1:
        raise AwsError("ValidationException", "ResourceConfig.InstanceCount must be 1: there is one host here")
    split_uri(request["OutputDataConfig"]["S3OutputPath"])
    for channel in request.get("InputDataConfig", ()):
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            raise AwsError(
                "ValidationException", f"DataSource.S3DataSource of channel {channel['ChannelName']!r} is required"
            )
        split_uri(source["S3Uri"])


def _check_script_mode(hyperparameters: dict[str, str]) -> None:
    decoded = script_mode.decode(hyperparameters)
    program = decoded.get(script_mode.PROGRAM)
    if not isinstance(program, str) or not program.endswith(".py"):
        raise AwsError(
            "ValidationException",
            "local_aws supports the XGBoost image in script mode only: give hyperparameters sagemaker_program "
            f"(a .py file) and sagemaker_submit_directory (s3://…/sourcedir.tar.gz), not sagemaker_program={program!r}",
        )
    source = decoded.get(script_mode.SUBMIT_DIRECTORY)
    if not isinstance(source, str):
        raise AwsError("ValidationException", "hyperparameter sagemaker_submit_directory (s3://…/*.tar.gz) is required")
    split_uri(source)
