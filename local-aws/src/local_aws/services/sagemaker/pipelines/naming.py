"""Names that the pipelines service gives: executions, and what their steps make."""

from __future__ import annotations

import secrets
import string

from local_aws.kernel.context import Settings

_ID_CHARACTERS = string.ascii_lowercase + string.digits
_TOKEN_CHARACTERS = string.ascii_letters + string.digits
_ID_LENGTH = 12
_TOKEN_LENGTH = 10
NAME_LENGTH = 63
"""SageMaker's bound on the names of most jobs."""


def execution_id() -> str:
    """Make the id of a new execution: 12 lower-case letters and digits."""
    return "".join(secrets.choice(_ID_CHARACTERS) for _ in range(_ID_LENGTH))


def resource_name(execution: str, step_name: str, prefix: str | None = None, longest: int = NAME_LENGTH) -> str:
    """Make the name of a job or model of a step: ``pipelines-<execution id>-<step>-<random>``.

    Parameters
    ----------
    prefix
        A name that the definition gives; it stands in the place of ``pipelines`` and step.
    longest
        The most characters. Where ``pipelines`` leaves no room for the step, the step stands in its place.
    """
    token = "".join(secrets.choice(_TOKEN_CHARACTERS) for _ in range(_TOKEN_LENGTH))
    step = step_name.replace("_", "-")
    head = f"pipelines-{execution}-"
    room = longest - len(head) - _TOKEN_LENGTH - 1
    if prefix is None and room > 0:
        return f"{head}{step[:room]}-{token}"
    return f"{(prefix or step)[: longest - _ID_LENGTH - _TOKEN_LENGTH - 2]}-{execution}-{token}"


def pipeline_arn(settings: Settings, name: str) -> str:
    """Return the ARN of a pipeline."""
    return settings.arn("sagemaker", f"pipeline/{name}")


def pipeline_name(name_or_arn: str) -> str:
    """Return the name of a pipeline that is named by name or ARN."""
    return name_or_arn.rpartition("/")[2]
