"""What a function may ask for here: runtimes, limits, and members that are refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.contracts.honoured import only
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record

RUNTIMES = ("python3.11", "python3.12", "python3.13")
"""All of them are run by this interpreter."""

MOST_SECONDS = 900
MOST_MEMORY_MB = 10_240
_ENVIRONMENT_BYTES = 4096

CONFIGURATION = frozenset(
    {
        *("FunctionName", "Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "Environment"),
        *("LoggingConfig", "TracingConfig", "SnapStart", "RevisionId"),
        # Encryption and the size of /tmp: nothing of them is observable on one machine.
        *("KMSKeyArn", "EphemeralStorage"),
    }
)
CREATION = CONFIGURATION | {"Code", "PackageType", "Architectures", "Tags"}
CODE = frozenset({"FunctionName", "ZipFile", "S3Bucket", "S3Key", "Architectures", "RevisionId"})

_RESERVED_VARIABLES = frozenset(
    {
        *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_ACCESS_KEY"),
        *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
        *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API"),
        *("LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
    }
)


def check_configuration(request: Mapping[str, Any], honoured: frozenset[str], operation: str) -> None:
    """Check what a request says of a function's configuration."""
    only(request, honoured, operation, "InvalidParameterValueException")
    if request.get("PackageType", "Zip") != "Zip":
        raise invalid("local_aws runs functions of PackageType Zip; container images are not run")
    if request.get("TracingConfig", {}).get("Mode", "PassThrough") != "PassThrough":
        raise invalid("local_aws has no X-Ray: TracingConfig.Mode Active is not done, PassThrough is")
    if request.get("SnapStart", {}).get("ApplyOn", "None") != "None":
        raise invalid("local_aws does not honour SnapStart.ApplyOn PublishedVersions; remove it to run here")
    logging = request.get("LoggingConfig", {})
    only(logging, ("LogFormat", "LogGroup"), "LoggingConfig", "InvalidParameterValueException")
    if logging.get("LogFormat", "Text") != "Text":
        raise invalid("local_aws logs in LogFormat Text only; JSON is not done")
    runtime = request.get("Runtime")
    if runtime is not None and runtime not in RUNTIMES:
        raise invalid(f"Runtime {runtime} is not run by local_aws, which runs {', '.join(RUNTIMES)}")
    _check_bound(request, "Timeout", MOST_SECONDS)
    _check_bound(request, "MemorySize", MOST_MEMORY_MB)
    _check_variables(request.get("Environment", {}).get("Variables", {}))


def check_complete(function: Record) -> None:
    """Check that a new function has what a Zip package needs."""
    for member in ("Runtime", "Handler"):
        if member not in function:
            raise invalid(f"{member} is mandatory for functions created with deployment packages of type Zip")


def invalid(message: str) -> AwsError:
    """Return the error for a parameter that cannot be."""
    return AwsError("InvalidParameterValueException", message, 400, {"Type": "User"})


def _check_bound(request: Mapping[str, Any], member: str, most: int) -> None:
    if request.get(member, 0) > most:
        raise invalid(f"{member} {request[member]} is more than the {most} that a function can have")


def _check_variables(variables: Mapping[str, str]) -> None:
    reserved = sorted(_RESERVED_VARIABLES & variables.keys())
    if reserved:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. Reserved keys used "
            f"in this request: {', '.join(reserved)}"
        )
    size = sum(len(f"{name}{value}".encode()) for name, value in variables.items())
    if size > _ENVIRONMENT_BYTES:
        raise invalid(f"the environment variables have {size} bytes; they may have {_ENVIRONMENT_BYTES}")
