"""What is deployed, what runs, which model has been serving since when, and what waits for approval: as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3

from console.executions import parameters_of
from console.registry import Package, Serving, packages, serving
from infrastructure.names import Names
from infrastructure.refusals import missing_is_fine
from infrastructure.stacks import Stacks
from lambda_functions.endpoint_records import SERVING

_SHOWN_EXECUTIONS = 3


def deployment_state(session: boto3.session.Session, names: Names) -> dict[str, Any]:
    """Describe a deployment: the schema of ``playgrounds status --json``. Whatever does not exist is null or empty."""
    client = session.client("sagemaker")
    registered = packages(client, names.pipeline)
    now = serving(client, names.pipeline)
    return {
        "account": names.account,
        "region": names.region,
        "stacks": list(_stacks(session, names)),
        "workflow": _workflow(session, names),
        "executions": list(_executions(client, names)),
        "endpoint": None if now is None else _endpoint(now, names.pipeline, registered),
        "packages": [_package(package, now) for package in registered],
    }


def time_text(time: datetime) -> str:
    """Format a time for people and for JSON, in UTC."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _stacks(session: boto3.session.Session, names: Names) -> Iterator[dict[str, Any]]:
    stacks = Stacks(session.client("cloudformation"), session.client("s3"))
    for name in (names.bootstrap_stack, names.stack):
        stack = stacks.describe(name)
        if stack is None:
            yield {"name": name, "status": None, "since": None}
        else:
            since = time_text(stack.get("LastUpdatedTime", stack["CreationTime"]))
            yield {"name": name, "status": stack["StackStatus"], "since": since}


def _workflow(session: boto3.session.Session, names: Names) -> dict[str, Any] | None:
    """Describe the workflow's last run; None if there is none."""
    glue = session.client("glue")
    runs: list[dict[str, Any]] = []
    with missing_is_fine():
        runs = glue.get_workflow_runs(Name=names.workflow, MaxResults=1).get("Runs", [])
    for run in runs[:1]:
        figures = run["Statistics"]
        return {
            "status": run["Status"],
            "started": time_text(run["StartedOn"]),
            "actions": figures["TotalActions"],
            "succeeded": figures["SucceededActions"],
            "failed": figures["FailedActions"],
        }
    return None


def _executions(client: Any, names: Names) -> Iterator[dict[str, Any]]:
    for pipeline in (names.pipeline, names.deploy_pipeline):
        executions: list[dict[str, Any]] = []
        with missing_is_fine():
            executions = client.list_pipeline_executions(
                PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending", MaxResults=_SHOWN_EXECUTIONS
            )["PipelineExecutionSummaries"]
        for execution in executions:
            arn = execution["PipelineExecutionArn"]
            state = execution["PipelineExecutionStatus"]
            described = client.describe_pipeline_execution(PipelineExecutionArn=arn) if state == "Failed" else {}
            yield {
                "id": arn.rpartition("/")[2],
                "arn": arn,
                "pipeline": pipeline,
                "version": parameters_of(client, arn).get("ModelPackageArn", "").rpartition("/")[2] or None,
                "status": state,
                "started": time_text(execution["StartTime"]),
                "failure": described.get("FailureReason", ""),
            }


def _endpoint(now: Serving, endpoint: str, registered: list[Package]) -> dict[str, Any]:
    versions = {package.arn: f"version {package.version}" for package in registered}
    tags = now.tags
    return {
        "name": endpoint,
        "status": now.status,
        "is_serving": now.status in SERVING,
        "serves": versions.get(now.package_arn, now.package_arn or "no model package"),
        "since": time_text(now.since),
        "moving_to": versions.get(now.moving_to, now.moving_to) or None,
        "failure": now.failure,
        "last_deployment": {
            "package": versions.get(tags.get("LastDeploymentPackage", ""), "a package"),
            "outcome": tags["LastDeployment"],
            "reason": tags.get("LastDeploymentReason", ""),
        }
        if "LastDeployment" in tags
        else None,
    }


def _package(package: Package, now: Serving | None) -> dict[str, Any]:
    return {
        "version": package.version,
        "arn": package.arn,
        "approval": package.approval,
        "algorithm": package.properties.get("Algorithm", ""),
        "registered": time_text(package.registered),
        "note": package.note,
        "serves": now is not None and now.package_arn == package.arn,
    }
