"""Executions of SageMaker pipelines: finding them, following them to their end, and explaining failures."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3

from console.errors import CommandError
from console.job_logs import log_tail
from console.polling import pause_after
from console.progress import Progress
from console.session import command_line
from infrastructure.names import Names

_START_SECONDS = 120.0
_RUNNING = frozenset({"Executing", "Stopping"})
_JOBS = {
    "processing-job": ("ProcessingJob", "/aws/sagemaker/ProcessingJobs"),
    "training-job": ("TrainingJob", "/aws/sagemaker/TrainingJobs"),
    "transform-job": ("TransformJob", "/aws/sagemaker/TransformJobs"),
}
"""What a resource of an ARN is called in the API, and the log group of its kind."""


@dataclass(frozen=True)
class Execution:
    """An execution's status and the steps that ran (``ListPipelineExecutionSteps``), in order of their start."""

    arn: str
    status: str
    steps: tuple[Mapping[str, Any], ...]

    @property
    def id(self) -> str:
        """The last part of its ARN, which names its folder in the models bucket."""
        return self.arn.rpartition("/")[2]

    def resource_arn(self, step: str) -> str:
        """Return the ARN of the resource that a step created; raise `CommandError` if there is none."""
        for ran in self.steps:
            if ran["StepName"] == step and (arn := metadata_arn(ran)):
                return arn
        raise CommandError(step, f"execution {self.arn} did not run this step")

    def has(self, step: str) -> bool:
        """Return whether a step ran."""
        return self.step_status(step) is not None

    def step_status(self, step: str) -> str | None:
        """Return a step's status, None if it has not been reached."""
        return next((ran["StepStatus"] for ran in self.steps if ran["StepName"] == step), None)


def follow(session: boto3.session.Session, arn: str, progress: Progress) -> Execution:
    """Follow an execution to its end, with one line per step.

    Raises
    ------
    CommandError
        It does not succeed: with the failed step, its reason and the end of its log.
    """
    client = session.client("sagemaker")
    reported: set[str] = set()
    latest = time.monotonic()
    while True:
        # The execution first: a step that ends between the two calls is then still seen.
        description = client.describe_pipeline_execution(PipelineExecutionArn=arn)
        steps = steps_of_execution(client, arn)
        for step in steps:
            if "EndTime" in step and step["StepName"] not in reported:
                reported.add(step["StepName"])
                latest = time.monotonic()
                progress.done(step["StepName"], step_outcome(step), step_seconds(step))
        status = description["PipelineExecutionStatus"]
        if status not in _RUNNING:
            break
        progress.waiting(", ".join(step["StepName"] for step in steps if "EndTime" not in step))
        time.sleep(pause_after(time.monotonic() - latest))
    execution = Execution(arn, status, tuple(steps))
    if status != "Succeeded":
        raise _failure(session, execution, description.get("FailureReason", status))
    return execution


def started_after(
    session: boto3.session.Session,
    pipeline: str,
    since: datetime,
    *,
    what: str,
    parameters: Mapping[str, str] | None = None,
) -> str:
    """Wait for the execution that a rule starts with these parameters after a time, and return its ARN.

    `what` names what starts it, for messages.

    Raises
    ------
    CommandError
        None is started within two minutes.
    """
    client = session.client("sagemaker")
    start = time.monotonic()
    while (waited := time.monotonic() - start) < _START_SECONDS:
        pages = client.get_paginator("list_pipeline_executions").paginate(
            PipelineName=pipeline, CreatedAfter=since, SortBy="CreationTime", SortOrder="Ascending"
        )
        for summary in (summary for page in pages for summary in page["PipelineExecutionSummaries"]):
            arn: str = summary["PipelineExecutionArn"]
            if (parameters or {}).items() <= parameters_of(client, arn).items():
                return arn
        time.sleep(pause_after(waited))
    reason = f"no execution was started by {what} within {_START_SECONDS:.0f} s: see the rule's metrics and its queue"
    raise CommandError(f"pipeline {pipeline}", reason)


def running_execution(client: Any, pipeline: str, parameters: Mapping[str, str] | None = None) -> str | None:
    """Return the newest running execution with these parameters, or None."""
    try:
        newest = client.list_pipeline_executions(PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending")
    except client.exceptions.ResourceNotFound:
        return None
    for summary in newest["PipelineExecutionSummaries"]:
        arn: str = summary["PipelineExecutionArn"]
        status = summary["PipelineExecutionStatus"]
        if status in _RUNNING and (parameters or {}).items() <= parameters_of(client, arn).items():
            return arn
    return None


def parameters_of(client: Any, arn: str) -> dict[str, str]:
    """Return the parameters of an execution."""
    pages = client.get_paginator("list_pipeline_parameters_for_execution").paginate(PipelineExecutionArn=arn)
    return {parameter["Name"]: parameter["Value"] for page in pages for parameter in page["PipelineParameters"]}


def latest_execution_arn(session: boto3.session.Session, pipeline: str) -> str:
    """Return the latest execution of a pipeline; raise `CommandError` if there is none."""
    client = session.client("sagemaker")
    try:
        summaries = client.list_pipeline_executions(
            PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending", MaxResults=1
        )["PipelineExecutionSummaries"]
    except client.exceptions.ResourceNotFound as error:
        raise CommandError(
            f"pipeline {pipeline}", "it does not exist: run 'playgrounds deploy' first, or check --prefix"
        ) from error
    if not summaries:
        raise CommandError(f"pipeline {pipeline}", "it has never run: 'playgrounds run' starts it")
    return summaries[0]["PipelineExecutionArn"]


def find_execution(session: boto3.session.Session, names: Names, name: str | None) -> str:
    """Return the ARN of an execution: of its ARN or its id, of either pipeline; of the latest without one.

    Raises
    ------
    CommandError
        There is none.
    """
    if name is None:
        return latest_execution_arn(session, names.pipeline)
    if name.startswith("arn:"):
        return name
    client = session.client("sagemaker")
    for pipeline in (names.pipeline, names.deploy_pipeline):
        pages = client.get_paginator("list_pipeline_executions").paginate(PipelineName=pipeline)
        try:
            for summary in (summary for page in pages for summary in page["PipelineExecutionSummaries"]):
                arn: str = summary["PipelineExecutionArn"]
                if arn.rpartition("/")[2] == name:
                    return arn
        except client.exceptions.ResourceNotFound:
            continue
    raise CommandError(
        "execution",
        f"neither {names.pipeline} nor {names.deploy_pipeline} has an execution {name}: "
        f"'{command_line(names, 'status')}' shows the latest",
    )


def describe_execution(session: boto3.session.Session, arn: str) -> Execution:
    """Describe an execution; raise `CommandError` if it does not exist."""
    client = session.client("sagemaker")
    try:
        description = client.describe_pipeline_execution(PipelineExecutionArn=arn)
    except client.exceptions.ResourceNotFound as error:
        raise CommandError("execution", f"execution {arn} does not exist") from error
    return Execution(arn, description["PipelineExecutionStatus"], tuple(steps_of_execution(client, arn)))


def step_outcome(step: Mapping[str, Any]) -> str:
    """Return a step's status, and what a condition came to or whether the cache had the step."""
    outcome = step.get("Metadata", {}).get("Condition", {}).get("Outcome")
    cached = step.get("CacheHitResult", {}).get("SourcePipelineExecutionArn")
    about = f": {outcome}" if outcome else " (cached)" if cached else ""
    return f"{step['StepStatus']}{about}"


def step_seconds(step: Mapping[str, Any]) -> float:
    """Return how long a finished step took."""
    return (step["EndTime"] - step["StartTime"]).total_seconds()


def steps_of_execution(client: Any, arn: str) -> list[dict[str, Any]]:
    """Return the steps of an execution that ran, in order of their start."""
    pages = client.get_paginator("list_pipeline_execution_steps").paginate(
        PipelineExecutionArn=arn, SortOrder="Ascending"
    )
    return [step for page in pages for step in page["PipelineExecutionSteps"]]


def metadata_arn(step: Mapping[str, Any]) -> str:
    """Return the ARN of the resource that a step created; empty if there is none."""
    for details in step.get("Metadata", {}).values():
        if "Arn" in details:
            return details["Arn"]
    return ""


def _failure(session: boto3.session.Session, execution: Execution, reason: str) -> CommandError:
    for step in execution.steps:
        if step["StepStatus"] != "Failed":
            continue
        place = job_log(session, execution, step["StepName"])
        log = log_tail(session, *place) if place else ""
        return CommandError(f"pipeline step {step['StepName']}", step.get("FailureReason", reason), log)
    return CommandError(f"execution {execution.arn}", reason)


def job_log(session: boto3.session.Session, execution: Execution, step: str) -> tuple[str, str] | None:
    """Return the log group and stream prefix of a step's job; None for a step without a job."""
    arn = next((metadata_arn(ran) for ran in execution.steps if ran["StepName"] == step), "")
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if kind not in _JOBS:
        return None
    noun, group = _JOBS[kind]
    # An ARN may carry the name in lower case; the log stream has it as it was given.
    describe = getattr(session.client("sagemaker"), f"describe_{kind.replace('-', '_')}")
    return group, describe(**{f"{noun}Name": name})[f"{noun}Name"]
