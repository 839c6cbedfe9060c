"""Executions of the deployment's pipelines: listed, drawn as a graph, started, stopped and retried."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from console.errors import CommandError
from console.executions import parameters_of, steps_of_execution
from console.page.definition import edges_of, parameters_of_definition, steps_of
from console.page.deployment import Deployment

_LISTED = 100
SHOWN_PAGES = 2
"""Of executions, before somebody asks for older ones."""
_RETRYABLE = frozenset({"Failed", "Stopped"})


def pipeline_names(deployment: Deployment) -> tuple[str, str]:
    """Return the deployment's pipelines: the one that trains, and the one that deploys."""
    return deployment.names.pipeline, deployment.names.deploy_pipeline


def executions(deployment: Deployment, pipeline: str, token: str | None = None, pages: int = 1) -> dict[str, Any]:
    """List some pages of a pipeline's executions, newest first; empty if the pipeline does not exist.

    A token of an earlier answer goes on where that ended.
    """
    _check_pipeline(deployment, pipeline)
    client = deployment.client("sagemaker")
    summaries: list[dict[str, Any]] = []
    for _ in range(pages):
        request = {"NextToken": token} if token else {}
        try:
            answer = client.list_pipeline_executions(
                PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending", MaxResults=_LISTED, **request
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFound":
                raise
            return {"executions": [], "token": None, "exists": False}
        summaries += answer["PipelineExecutionSummaries"]
        token = answer.get("NextToken")
        if not token:
            break
    listed = [
        {
            "arn": summary["PipelineExecutionArn"],
            "id": summary["PipelineExecutionArn"].rpartition("/")[2],
            "name": summary.get("PipelineExecutionDisplayName", ""),
            "status": summary["PipelineExecutionStatus"],
            "started": summary.get("StartTime"),
            "reason": summary.get("PipelineExecutionFailureReason", ""),
        }
        for summary in summaries
    ]
    return {"executions": listed, "token": token, "exists": True}


def execution(deployment: Deployment, arn: str) -> dict[str, Any]:
    """Return an execution with its graph: the definition's steps, each with what has become of it."""
    client = deployment.client("sagemaker")
    # The execution first: a step that ends between the two calls is then still seen.
    described = client.describe_pipeline_execution(PipelineExecutionArn=checked_execution(deployment, arn))
    ran, parameters, definition = deployment.together(
        lambda: steps_of_execution(client, arn),
        lambda: parameters_of(client, arn),
        lambda: client.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)["PipelineDefinition"],
    )
    status = described["PipelineExecutionStatus"]
    return {
        "arn": arn,
        "id": arn.rpartition("/")[2],
        "pipeline": pipeline_of(arn),
        "name": described.get("PipelineExecutionDisplayName", ""),
        "description": described.get("PipelineExecutionDescription", ""),
        "status": status,
        "reason": described.get("FailureReason", ""),
        "started": described.get("CreationTime"),
        "changed": described.get("LastModifiedTime"),
        "retryable": status in _RETRYABLE,
        "parameters": parameters,
        **graph(json.loads(definition), ran),
    }


def graph(definition: Mapping[str, Any], ran: list[dict[str, Any]]) -> dict[str, Any]:
    """Return nodes and edges of a definition, with the outcome of each step that ran."""
    steps = steps_of(definition)
    by_name = {step["StepName"]: step for step in ran}
    outcomes = {name: outcome for name, step in by_name.items() if (outcome := outcome_of(step))}
    nodes = []
    for step in steps:
        done = by_name.get(step.name, {})
        # A branch is known not to be taken as soon as its condition is decided the other way.
        skipped = bool(step.condition) and outcomes.get(step.condition, step.branch) != step.branch
        nodes.append(
            {
                "name": step.name,
                "title": step.title,
                "type": step.type,
                "condition": step.condition,
                "branch": step.branch,
                "tests": step.tests,
                "status": done.get("StepStatus", "NotTaken" if skipped else "NotStarted"),
                "started": done.get("StartTime"),
                "ended": done.get("EndTime"),
                "reason": done.get("FailureReason", ""),
                "description": done.get("StepDescription", ""),
                "cached": done.get("CacheHitResult", {}).get("SourcePipelineExecutionArn", ""),
                "outcome": outcomes.get(step.name, ""),
            }
        )
    return {"nodes": nodes, "edges": edges_of(steps)}


def outcome_of(step: Mapping[str, Any]) -> str:
    """Return what a condition that ran came to, ``"True"`` or ``"False"``; empty for other steps."""
    return str(step.get("Metadata", {}).get("Condition", {}).get("Outcome", ""))


def start_form(deployment: Deployment, pipeline: str) -> list[dict[str, Any]]:
    """Return the parameters with which an execution may be started."""
    _check_pipeline(deployment, pipeline)
    described = deployment.client("sagemaker").describe_pipeline(PipelineName=pipeline)
    return parameters_of_definition(json.loads(described["PipelineDefinition"]))


def start(deployment: Deployment, pipeline: str, parameters: Mapping[str, str], request_token: str) -> str:
    """Start an execution and return its ARN; a request token starts one only, however often it is sent."""
    _check_pipeline(deployment, pipeline)
    answer = deployment.client("sagemaker").start_pipeline_execution(
        PipelineName=pipeline,
        PipelineParameters=[{"Name": name, "Value": str(value)} for name, value in parameters.items()],
        PipelineExecutionDescription="started from the page of 'playgrounds console'",
        ClientRequestToken=request_token,
    )
    return str(answer["PipelineExecutionArn"])


def stop(deployment: Deployment, arn: str) -> None:
    """Stop an execution."""
    deployment.client("sagemaker").stop_pipeline_execution(
        PipelineExecutionArn=checked_execution(deployment, arn), ClientRequestToken=_new_token()
    )


def retry(deployment: Deployment, arn: str) -> None:
    """Retry an execution from the steps that failed or were stopped."""
    deployment.client("sagemaker").retry_pipeline_execution(
        PipelineExecutionArn=checked_execution(deployment, arn), ClientRequestToken=_new_token()
    )


def pipeline_of(execution_arn: str) -> str:
    """Return the name of the pipeline of an execution; an ARN may carry it in lower case."""
    return execution_arn.split("/")[-3] if execution_arn.count("/") >= 3 else ""


def checked_execution(deployment: Deployment, arn: str) -> str:
    """Return the ARN of an execution; raise `CommandError` if it is of a pipeline that is not the deployment's."""
    _check_pipeline(deployment, pipeline_of(arn))
    return arn


def _check_pipeline(deployment: Deployment, pipeline: str) -> None:
    if pipeline.lower() not in {name.lower() for name in pipeline_names(deployment)}:
        own = " and ".join(pipeline_names(deployment))
        raise CommandError("pipeline", f"{pipeline or 'this'} is not a pipeline of this deployment, which has {own}")


def _new_token() -> str:
    return uuid.uuid4().hex
