"""Names that the pipelines service gives: executions, and what their steps make."""

from __future__ import annotations

import secrets
import string

from local_aws.context import Settings

_ID_CHARACTERS = string.ascii_lowercase + string.digits
_TOKEN_CHARACTERS = string.ascii_letters + string.digits
_ID_LENGTH = 12
_TOKEN_LENGTH = 10
_NAME_LENGTH = 63


def execution_id() -> str:
    """Make the id of a new execution: 12 lower-case letters and digits."""
    return "".join(secrets.choice(_ID_CHARACTERS) for _ in range(_ID_LENGTH))


def resource_name(execution: str, step_name: str, prefix: str | None = None) -> str:
    """Make the name of a job or model of a step: ``pipelines-<execution id>-<step>-<random>``, at most 63 characters.

    Parameters
    ----------
    execution
        The execution's id.
    step_name
        The step.
    prefix
        A name that the definition gives; it stands in the place of ``pipelines`` and step.
    """
    token = "".join(secrets.choice(_TOKEN_CHARACTERS) for _ in range(_TOKEN_LENGTH))
    if prefix is not None:
        room = _NAME_LENGTH - _ID_LENGTH - _TOKEN_LENGTH - 2
        return f"{prefix[:room]}-{execution}-{token}"
    head = f"pipelines-{execution}-"
    room = _NAME_LENGTH - len(head) - _TOKEN_LENGTH - 1
    return f"{head}{step_name.replace('_', '-')[:room]}-{token}"


def pipeline_arn(settings: Settings, name: str) -> str:
    """Give the ARN of a pipeline."""
    return settings.arn("sagemaker", f"pipeline/{name}")


def pipeline_name(name_or_arn: str) -> str:
    """Give the name of a pipeline that is named by name or ARN."""
    return name_or_arn.rpartition("/")[2]
