"""Upserts the SageMaker pipeline, runs it and reads what its steps wrote."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from console.errors import CommandError
from console.job_logs import log_tail
from console.names import Names
from console.progress import Progress
from pipelines.code_assets import glue_code

MODULE = "pipelines.accessibility.pipeline"

_POLL_SECONDS = 0.25
_JOBS = {
    "processing-job": ("ProcessingJob", "/aws/sagemaker/ProcessingJobs"),
    "training-job": ("TrainingJob", "/aws/sagemaker/TrainingJobs"),
    "transform-job": ("TransformJob", "/aws/sagemaker/TransformJobs"),
}
"""What a resource of an ARN is called in the API, and the log group of its kind."""


@dataclass(frozen=True)
class Execution:
    """An execution as it stands.

    Parameters
    ----------
    arn
        Its ARN.
    status
        Its last status.
    steps
        The steps that ran, as ``ListPipelineExecutionSteps`` gives them, in the order in which they started.
    """

    arn: str
    status: str
    steps: tuple[Mapping[str, Any], ...]

    @property
    def id(self) -> str:
        """The last part of its ARN, which its folder in the models bucket is named by."""
        return self.arn.rpartition("/")[2]

    def resource_arn(self, step: str) -> str:
        """Give the ARN of what a step made.

        Raises
        ------
        CommandError
            If the step did not run, or made nothing.
        """
        for found in self.steps:
            if found["StepName"] == step and (arn := _metadata_arn(found)):
                return arn
        raise CommandError(step, f"execution {self.arn} has no such step that ran")

    def has(self, step: str) -> bool:
        """Tell whether a step ran."""
        return self.step_status(step) is not None

    def step_status(self, step: str) -> str | None:
        """Give a step's status, None if it has not been reached."""
        return next((found["StepStatus"] for found in self.steps if found["StepName"] == step), None)


class PipelineUpsert:
    """``run-pipeline`` in a process of its own, beside other work: building a definition takes seconds.

    Parameters
    ----------
    names
        The deployment's names.
    role_arn
        Role of the pipeline's jobs.
    """

    def __init__(self, names: Names, role_arn: str) -> None:
        kwargs = {"region": names.region, "prefix": names.prefix, "default_bucket": names.models_bucket}
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "pipelines.run_pipeline", "--module-name", MODULE),
                *("--role-arn", role_arn, "--kwargs-json", json.dumps(kwargs)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait(self) -> None:
        """Wait for the end.

        Raises
        ------
        CommandError
            If the pipeline could not be built or upserted.
        """
        _, problems = self._process.communicate()
        if self._process.returncode:
            lines = problems.strip().splitlines() or ["no reason was given"]
            raise CommandError("run-pipeline", lines[-1], log=problems)

    def cancel(self) -> None:
        """End it if it still runs."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.communicate()


def run_pipeline(
    session: boto3.session.Session, pipeline: str, parameters: Mapping[str, str], progress: Progress
) -> Execution:
    """Start an execution and follow it to its end.

    Raises
    ------
    CommandError
        If it does not succeed: with the failed step, its reason and the end of its log.
    """
    client = session.client("sagemaker")
    arn = client.start_pipeline_execution(
        PipelineName=pipeline,
        PipelineParameters=[{"Name": name, "Value": value} for name, value in parameters.items()],
    )["PipelineExecutionArn"]
    reported: set[str] = set()
    while True:
        # The execution first: a step that ends between the two calls is then still seen.
        description = client.describe_pipeline_execution(PipelineExecutionArn=arn)
        steps = _steps(client, arn)
        for step in steps:
            if "EndTime" in step and step["StepName"] not in reported:
                reported.add(step["StepName"])
                cached = step.get("CacheHitResult", {}).get("SourcePipelineExecutionArn")
                progress.done(
                    step["StepName"], f"{step['StepStatus']}{' (cached)' if cached else ''}", step_seconds(step)
                )
        status = description["PipelineExecutionStatus"]
        if status not in ("Executing", "Stopping"):
            break
        progress.waiting(", ".join(step["StepName"] for step in steps if "EndTime" not in step))
        time.sleep(_POLL_SECONDS)
    execution = Execution(arn, status, tuple(steps))
    if status != "Succeeded":
        raise _failure(session, execution, description.get("FailureReason", status))
    return execution


def latest_execution_arn(session: boto3.session.Session, pipeline: str) -> str:
    """Give the execution of a pipeline that was started last.

    Raises
    ------
    CommandError
        If there is no such pipeline, or it has never run.
    """
    client = session.client("sagemaker")
    try:
        found = client.list_pipeline_executions(
            PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending", MaxResults=1
        )["PipelineExecutionSummaries"]
    except client.exceptions.ResourceNotFound as error:
        raise CommandError("report", f"there is no pipeline {pipeline}; see --prefix") from error
    if not found:
        raise CommandError("report", f"the pipeline {pipeline} has never run")
    return found[0]["PipelineExecutionArn"]


def describe_execution(session: boto3.session.Session, arn: str) -> Execution:
    """Look an execution up.

    Raises
    ------
    CommandError
        If there is none of this ARN.
    """
    client = session.client("sagemaker")
    try:
        description = client.describe_pipeline_execution(PipelineExecutionArn=arn)
    except client.exceptions.ResourceNotFound as error:
        raise CommandError("execution", f"there is no execution {arn}") from error
    return Execution(arn, description["PipelineExecutionStatus"], tuple(_steps(client, arn)))


def step_seconds(step: Mapping[str, Any]) -> float:
    """Give how long a finished step took."""
    return (step["EndTime"] - step["StartTime"]).total_seconds()


def data_version(session: boto3.session.Session, raw_bucket: str) -> str:
    """Give a digest of the imported data and of the code that joins it: what the processed table is made from.

    The step cache goes by URIs, not by contents; as an environment variable this makes it see new data. The processed
    files themselves will not do: Spark writes the same rows as different bytes.
    """
    pages = session.client("s3").get_paginator("list_objects_v2").paginate(Bucket=raw_bucket)
    etags = sorted(found["ETag"] for page in pages for found in page.get("Contents", []))
    return hashlib.sha256("".join([glue_code().digest, *etags]).encode()).hexdigest()[:32]


def read_output(session: boto3.session.Session, execution: Execution, step: str, output: str, name: str) -> Any:
    """Read a JSON file that a processing step wrote; see `read_file`."""
    return json.loads(read_file(session, execution, step, output, name))


def read_file(session: boto3.session.Session, execution: Execution, step: str, output: str, name: str) -> bytes:
    """Read a file that a processing step wrote.

    Parameters
    ----------
    step, output, name
        The step, its output and the file in it.
    """
    bucket, _, prefix = output_uri(session, execution, step, output).removeprefix("s3://").partition("/")
    body = session.client("s3").get_object(Bucket=bucket, Key=f"{prefix.rstrip('/')}/{name}")["Body"]
    content: bytes = body.read()
    return content


def output_uri(session: boto3.session.Session, execution: Execution, step: str, output: str) -> str:
    """Give the S3 prefix of a processing step's output; of a cached step, where the former run put it."""
    job = execution.resource_arn(step).rpartition("/")[2]
    description = session.client("sagemaker").describe_processing_job(ProcessingJobName=job)
    outputs = {found["OutputName"]: found for found in description["ProcessingOutputConfig"]["Outputs"]}
    return outputs[output]["S3Output"]["S3Uri"]


def _steps(client: Any, arn: str) -> list[dict[str, Any]]:
    pages = client.get_paginator("list_pipeline_execution_steps").paginate(
        PipelineExecutionArn=arn, SortOrder="Ascending"
    )
    return [step for page in pages for step in page["PipelineExecutionSteps"]]


def _metadata_arn(step: Mapping[str, Any]) -> str:
    for details in step.get("Metadata", {}).values():
        if "Arn" in details:
            return details["Arn"]
    return ""


def _failure(session: boto3.session.Session, execution: Execution, reason: str) -> CommandError:
    for step in execution.steps:
        if step["StepStatus"] != "Failed":
            continue
        log = _step_log(session, _metadata_arn(step))
        return CommandError(f"pipeline step {step['StepName']}", step.get("FailureReason", reason), log)
    return CommandError(f"execution {execution.arn}", reason)


def _step_log(session: boto3.session.Session, arn: str) -> str:
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if kind not in _JOBS:
        return ""
    noun, group = _JOBS[kind]
    # An ARN may carry the name in lower case; the log stream has it as it was given.
    describe = getattr(session.client("sagemaker"), f"describe_{kind.replace('-', '_')}")
    return log_tail(session, group, describe(**{f"{noun}Name": name})[f"{noun}Name"])
