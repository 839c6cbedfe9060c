"""``playgrounds status``: what is deployed, what runs, which model serves since when, and what waits for approval."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.exceptions import ClientError

from console.executions import parameters_of
from console.registry import Package, Serving, packages, serving
from console.session import command_line
from infrastructure.names import Names
from infrastructure.stacks import Stacks
from lambda_functions.endpoint_records import SERVING

_SHOWN_EXECUTIONS = 3


def status(session: boto3.session.Session, names: Names) -> list[str]:
    """Describe a deployment in lines for a terminal."""
    client = session.client("sagemaker")
    registered = packages(client, names.pipeline)
    now = serving(client, names.pipeline)
    return [
        *_section("Stack", _stack_lines(session, names)),
        *_section("Glue workflow", _workflow_lines(session, names)),
        *_section("Executions", _execution_lines(client, names)),
        *_section("Endpoint", _endpoint_lines(now, names.pipeline, registered)),
        *_section("Model packages", _package_lines(registered, now.package_arn if now else "", names)),
    ]


def _section(title: str, lines: Iterator[str]) -> list[str]:
    return [title, *(f"  {line}" for line in list(lines) or ["none"])]


def _stack_lines(session: boto3.session.Session, names: Names) -> Iterator[str]:
    stacks = Stacks(session.client("cloudformation"), session.client("s3"))
    for name in (names.bootstrap_stack, names.stack):
        stack = stacks.describe(name)
        if stack is None:
            yield f"{name:<36} does not exist; '{command_line(names, 'deploy')}' creates it"
        else:
            changed = stack.get("LastUpdatedTime", stack["CreationTime"])
            yield f"{name:<36} {stack['StackStatus']:<24} since {_time(changed)}"


def _workflow_lines(session: boto3.session.Session, names: Names) -> Iterator[str]:
    glue = session.client("glue")
    try:
        runs = glue.get_workflow_runs(Name=names.workflow, MaxResults=1).get("Runs", [])
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityNotFoundException":
            raise
        runs = []
    if not runs:
        yield "has not run"
    for run in runs[:1]:
        figures = run["Statistics"]
        yield (
            f"{run['Status']:<12} started {_time(run['StartedOn'])}, "
            f"{figures['SucceededActions']} of {figures['TotalActions']} actions succeeded, "
            f"{figures['FailedActions']} failed"
        )


def _execution_lines(client: Any, names: Names) -> Iterator[str]:
    for pipeline in (names.pipeline, names.deploy_pipeline):
        try:
            executions = client.list_pipeline_executions(
                PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending", MaxResults=_SHOWN_EXECUTIONS
            )["PipelineExecutionSummaries"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFound":
                raise
            continue
        for execution in executions:
            arn = execution["PipelineExecutionArn"]
            about = parameters_of(client, arn).get("ModelPackageArn", "").rpartition("/")[2]
            version = f" of version {about}" if about else ""
            state = execution["PipelineExecutionStatus"]
            yield f"{arn.rpartition('/')[2]}  {pipeline}{version}: {state}, started {_time(execution['StartTime'])}"
            if state == "Failed":
                reason = client.describe_pipeline_execution(PipelineExecutionArn=arn).get("FailureReason", "")
                yield f"              {reason}"


def _endpoint_lines(now: Serving | None, endpoint: str, registered: list[Package]) -> Iterator[str]:
    if now is None:
        yield f"{endpoint} does not exist; approving a package creates it"
        return
    versions = {package.arn: f"version {package.version}" for package in registered}
    served = versions.get(now.package_arn, now.package_arn or "no model package")
    if now.status in SERVING:
        yield f"{endpoint} is {now.status} and serves {served} since {_time(now.since)}"
    else:
        yield f"{endpoint} is {now.status}, of {served}"
    if now.moving_to:
        yield f"it is moving to {versions.get(now.moving_to, now.moving_to)}"
    if now.failure:
        came_to = "it has failed" if now.status == "Failed" else "the last update was rolled back"
        yield f"{came_to}: {now.failure}"
    if "LastDeployment" in now.tags:
        package = versions.get(now.tags.get("LastDeploymentPackage", ""), "a package")
        outcome = now.tags["LastDeployment"]
        reason = f" ({now.tags.get('LastDeploymentReason', '')})" if outcome != "Succeeded" else ""
        yield f"last deployment: {package}, {outcome}{reason}"


def _package_lines(registered: list[Package], serving_arn: str, names: Names) -> Iterator[str]:
    for package in registered:
        algorithm = package.properties.get("Algorithm", "")
        note = f" ({package.note})" if package.note else ""
        hint = ""
        if package.arn == serving_arn:
            hint = "   <- serves"
        elif package.approval == "PendingManualApproval":
            hint = f"   <- waits: {command_line(names, f'approve {package.version}')}"
        since = _time(package.registered)
        yield f"{package.version:>3}  {package.approval:<22} {algorithm:<8} registered {since}{note}{hint}"


def _time(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
