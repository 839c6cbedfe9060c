"""What the steps that run a job have in common: create it, wait for its end, describe it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from local_aws.kernel.errors import AwsError
from local_aws.services.sagemaker.pipelines.faults import StepFailedError, StepStoppedError
from local_aws.services.sagemaker.pipelines.naming import NAME_LENGTH
from local_aws.services.sagemaker.pipelines.retry import classify_job_failure
from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result


@dataclass(frozen=True)
class JobApi:
    """How one kind of job is called.

    Parameters
    ----------
    kind
        Its name in operations and members, e.g. ``ProcessingJob``.
    board_kind
        Its name on the job board, e.g. ``processing-job``.
    """

    kind: str
    board_kind: str
    longest_name: int = NAME_LENGTH

    @property
    def name_member(self) -> str:
        """The member that names the job."""
        return f"{self.kind}Name"


def run_job(api: JobApi, attempt: Attempt) -> Result:
    """Run a job with the step's arguments to its end.

    Raises
    ------
    StepFailedError
        If it failed.
    StepStoppedError
        If it was stopped with the execution.
    AwsError
        If it was refused.
    """
    name = attempt.resource_name(attempt.arguments.get(api.name_member), api.longest_name)
    identity = {api.name_member: name}
    answer = attempt.call(f"Create{api.kind}", {**attempt.arguments, **identity})
    metadata = {api.kind: {"Arn": answer[f"{api.kind}Arn"]}}
    attempt.started(metadata)

    def stop() -> None:
        # A job that has ended by itself in the meantime cannot be stopped, and need not be.
        with contextlib.suppress(AwsError):
            attempt.call(f"Stop{api.kind}", identity)

    with attempt.stop.calling(stop):
        attempt.board.wait(api.board_kind, name)
    job = attempt.call(f"Describe{api.kind}", identity)
    status = job[f"{api.kind}Status"]
    if status == "Completed":
        return Result(metadata, job)
    if status == "Stopped" and attempt.stop.requested:
        raise StepStoppedError(name)
    reason = job.get("FailureReason") or f"{api.kind} {name} ended as {status}"
    raise StepFailedError(reason, classify_job_failure(reason))
