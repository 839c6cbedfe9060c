"""What of CreateTrainingJob is supported; the rest is refused before anything is recorded."""

from __future__ import annotations

from pathlib import PurePosixPath

from local_aws.kernel.context import Request
from local_aws.kernel.objects import split_uri
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.images.resolution import Image, Images
from local_aws.services.sagemaker.jobs import script_mode
from local_aws.services.sagemaker.jobs.checkpoints import DEFAULT_PATH
from local_aws.services.sagemaker.jobs.remote_functions import is_remote_function, with_caller_python
from local_aws.services.sagemaker.jobs.training_metrics import check_definitions

DEFAULT_SECONDS = 86_400
"""SageMaker's default ``MaxRuntimeInSeconds``: one day."""

HONOURED = (
    *("TrainingJobName", "AlgorithmSpecification", "Environment", "HyperParameters", "OutputDataConfig"),
    *("ResourceConfig", "RoleArn", "StoppingCondition", "Tags"),
    *("CheckpointConfig", "EnableManagedSpotTraining"),
    *("InputDataConfig.ChannelName", "InputDataConfig.ContentType", "InputDataConfig.CompressionType"),
    *("InputDataConfig.InputMode", "InputDataConfig.RecordWrapperType"),
    "InputDataConfig.DataSource.S3DataSource.S3DataType",
    "InputDataConfig.DataSource.S3DataSource.S3Uri",
    "InputDataConfig.DataSource.S3DataSource.S3DataDistributionType",
    # Of AWS's infrastructure; nothing of it is observable on one machine.
    *("DebugHookConfig", "EnableInterContainerTrafficEncryption"),
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


def validate(request: Request, images: Images) -> None:
    """Check a request."""
    algorithm = request["AlgorithmSpecification"]
    if "TrainingImage" not in algorithm:
        raise invalid("AlgorithmSpecification.TrainingImage is required here")
    image = images.find(algorithm["TrainingImage"])
    if image.family is not None and image.family.program:
        raise invalid(f"{image.uri} is {image.family.name}'s image: it runs processing jobs and does not train")
    definitions = algorithm.get("MetricDefinitions")
    if definitions and image.has_algorithm:
        raise invalid(
            "You can't override the metric definitions for Amazon SageMaker algorithms. Please retry the request "
            "without specifying metric definitions."
        )
    check_definitions(definitions or ())
    if is_remote_function(algorithm):
        with_caller_python(image, algorithm)
    if "ContainerEntrypoint" not in algorithm and not image.command:
        hyperparameters = request.get("HyperParameters", {})
        if not trains_by_algorithm(request, image):
            _check_script_mode(hyperparameters, image)
    for member in ("ResourceConfig", "OutputDataConfig"):
        if member not in request:
            raise invalid(f"{member} is required here")
    resources = request["ResourceConfig"]
    if resources.get("InstanceGroups") or resources.get("InstanceCount", 1) != 1:
        raise invalid("ResourceConfig.InstanceCount must be 1: there is one host here")
    split_uri(request["OutputDataConfig"]["S3OutputPath"])
    _check_waiting(request)
    _check_checkpoints(request.get("CheckpointConfig"))
    for channel in request.get("InputDataConfig", ()):
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            raise invalid(f"DataSource.S3DataSource of channel {channel['ChannelName']!r} is required")
        split_uri(source["S3Uri"])


def _check_waiting(request: Request) -> None:
    """Check that a job on spot instances says how long it may wait for them, and no other job does."""
    condition = request.get("StoppingCondition", {})
    longest = condition.get("MaxWaitTimeInSeconds")
    if not request.get("EnableManagedSpotTraining"):
        if longest is not None:
            raise invalid(
                "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true"
            )
    elif longest is None or longest < condition.get("MaxRuntimeInSeconds", DEFAULT_SECONDS):
        raise invalid(
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
        )


def _check_checkpoints(checkpoints: dict[str, str] | None) -> None:
    if checkpoints is None:
        return
    split_uri(checkpoints["S3Uri"])
    path = PurePosixPath(checkpoints.get("LocalPath", DEFAULT_PATH))
    if not path.is_relative_to("/opt/ml") or ".." in path.parts or path == PurePosixPath("/opt/ml"):
        raise invalid(f"CheckpointConfig.LocalPath must be a folder below /opt/ml here; got {str(path)!r}")


def trains_by_algorithm(request: Request, image: Image) -> bool:
    """Return whether a job trains by the image's built-in algorithm: it names neither a command nor a script."""
    if "ContainerEntrypoint" in request["AlgorithmSpecification"] or image.command:
        return False
    return image.has_algorithm and not script_mode.names_program(request.get("HyperParameters", {}))


def _check_script_mode(hyperparameters: dict[str, str], image: Image) -> None:
    decoded = script_mode.decode(hyperparameters)
    program = decoded.get(script_mode.PROGRAM)
    if not isinstance(program, str) or not program.endswith((".py", ".sh")):
        raise invalid(
            f"local_aws supports {image.uri} in script mode only: give hyperparameters sagemaker_program (a .py or .sh "
            f"file) and sagemaker_submit_directory (s3://…/sourcedir.tar.gz), not sagemaker_program={program!r}"
        )
    if script_mode.toolkit_of(image) == "module" and not program.endswith(".py"):
        raise invalid(f"{image.uri} runs a .py file, not sagemaker_program={program!r}")
    source = decoded.get(script_mode.SUBMIT_DIRECTORY)
    if not isinstance(source, str):
        raise invalid("hyperparameter sagemaker_submit_directory (s3://…/*.tar.gz) is required")
    split_uri(source)
