"""What a function may be configured with here: runtimes, limits and environment variables."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from local_aws.services.lambda_.errors import invalid

_OLDER = ("python3.8", "python3.9", "python3.10")
RUNTIMES = (*_OLDER, "python3.11", "python3.12", "python3.13")
"""The server's interpreter runs all of them."""
CONFIGURED = (
    *("Description", "Environment", "Handler", "MemorySize", "Role", "Runtime", "Timeout", "TracingConfig"),
    # Encryption and the size of /tmp: neither is observable on one machine.
    *("EphemeralStorage", "KMSKeyArn"),
)
"""The members of a configuration that a function's description repeats."""

MAX_SECONDS = 900
_MAX_MEMORY_MB = 10_240
_MAX_ENVIRONMENT_BYTES = 4096
_RESERVED_VARIABLES = frozenset(
    {
        *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_ACCESS_KEY"),
        *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
        *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API"),
        *("LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
    }
)


def runtime_notes(runtime: str) -> tuple[str, ...]:
    """Return what a function's log says about its runtime: something only where no server's Python can be of it."""
    if runtime not in _OLDER:
        return ()
    return (f"Python {sys.version_info.major}.{sys.version_info.minor} stands for the runtime {runtime}",)


def check_configuration(configuration: Mapping[str, Any]) -> None:
    """Check the limits that Lambda sets on a configuration, or on the changed part of one."""
    for member, maximum in (("Timeout", MAX_SECONDS), ("MemorySize", _MAX_MEMORY_MB)):
        if configuration.get(member, 0) > maximum:
            raise invalid(f"{member} {configuration[member]} is more than a function can have, {maximum}")
    variables = configuration.get("Environment", {}).get("Variables", {})
    if reserved := sorted(_RESERVED_VARIABLES & variables.keys()):
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. Reserved keys used "
            f"in this request: {', '.join(reserved)}"
        )
    measured = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode()) > _MAX_ENVIRONMENT_BYTES:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            f"provided exceeded the 4KB limit. String measured: {measured}"
        )
