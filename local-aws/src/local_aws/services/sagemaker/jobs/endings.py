"""How a job ends, and what its work raises when it ends early."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from local_aws.kernel.processes.child import Outcome, failure_reason
from local_aws.kernel.work import SERVER_STOPPED

_REASON_CHARACTERS = 1024
STOPPED_WITH_SERVER = f"InternalServerError: {SERVER_STOPPED}; create it again under another name"


class JobFailedError(Exception):
    """Raised by a job's work when the job has failed; its text becomes the job's ``FailureReason``."""


class JobInterruptedError(JobFailedError):
    """Raised by a job's work when its processes ended because the server stops."""


class JobStoppedError(Exception):
    """Raised by a job's work when it ended early because a user stopped the job."""


@dataclass(frozen=True)
class Ending:
    """How a job ended."""

    status: Literal["Completed", "Failed", "Stopped"]
    members: Mapping[str, Any] = field(default_factory=dict)
    """Further members of the record, e.g. ``ExitMessage``."""
    secondary: str | None = None
    """The final secondary status of a training job where it is not `status`."""


def failed(reason: str) -> Ending:
    """Return the end of a job that has failed."""
    return Ending("Failed", {"FailureReason": clip(reason)})


def clip(reason: str, reserve: int = 0) -> str:
    """Cut a reason to the length that the API allows, less `reserve` characters."""
    return reason[: _REASON_CHARACTERS - reserve]


def process_failure(kind: str, outcome: Outcome) -> str:
    """Return why a job's process has failed, of a kind such as ``AlgorithmError``: the tail of its log."""
    prefix = f"{kind}: "
    return prefix + failure_reason(outcome, limit=_REASON_CHARACTERS - len(prefix))
