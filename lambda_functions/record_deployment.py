"""Lambda function behind a rule: writes what became of a deployment onto the endpoint, as tags.

A package that failed its smoke test, or was rolled back, leaves no trace on the endpoint by itself. The registry is no
place for it: updating an approved package raises the event that starts deployments.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

_NOT_IN_TAGS = re.compile(r"[^\w.:/=+\-@]+", re.ASCII)
_TAG_CHARACTERS = 256
_DEPLOYING = ("DeployEndpoint", "DeployServerless")


def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Tag the endpoint that an execution deployed to, or failed to.

    Parameters
    ----------
    event
        EventBridge's "SageMaker Model Building Pipeline Execution Status Change" of an execution that has ended. The
        environment variable ``ENDPOINT_NAME`` names the endpoint of executions that did not get as far as theirs.

    Returns
    -------
    dict
        The tags that were written; none for an execution that had nothing to deploy.
    """
    sagemaker = boto3.client("sagemaker")
    execution_arn = event["detail"]["pipelineExecutionArn"]
    execution = sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution_arn)
    pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(
        PipelineExecutionArn=execution_arn, SortOrder="Ascending"
    )
    steps = [step for page in pages for step in page["PipelineExecutionSteps"]]
    tags = deployment_tags(execution_arn, execution["PipelineExecutionStatus"], steps)
    if not tags:
        return {}
    pages = sagemaker.get_paginator("list_pipeline_parameters_for_execution").paginate(
        PipelineExecutionArn=execution_arn
    )
    named = {found["Name"]: found["Value"] for page in pages for found in page["PipelineParameters"]}
    endpoint_arn = _endpoint_arn(sagemaker, named.get("EndpointName", os.environ["ENDPOINT_NAME"]))
    if not endpoint_arn:
        return {}
    pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=endpoint_arn)
    before = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
    tags |= package_tags(tags["LastDeployment"], package_arn(steps) or named.get("ModelPackageArn", ""), before)
    sagemaker.add_tags(ResourceArn=endpoint_arn, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    return tags


def deployment_tags(execution_arn: str, status: str, steps: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Say what became of a deployment.

    Parameters
    ----------
    execution_arn, status
        The execution, and its status.
    steps
        As ``ListPipelineExecutionSteps`` gives them.

    Returns
    -------
    dict
        ``LastDeployment…`` tags; none when no model was made to be deployed, or none was deployed after all.
    """
    found = {step["StepName"]: step for step in steps}
    # CreateAutoMLModel makes a model to be measured; CreateModel and CreateModelAutoML one to be deployed.
    if not any(name.startswith("CreateModel") for name in found):
        return {}
    # Another approval came in between, and ClaimEndpoint left the endpoint alone.
    if status == "Succeeded" and not any(name.startswith(_DEPLOYING) for name in found):
        return {}
    failed = next((step for step in found.values() if step["StepStatus"] == "Failed"), None)
    last = max(found.values(), key=lambda step: step["StartTime"])
    reason = f"{failed['StepName']}: {failed.get('FailureReason', '')}" if failed else f"{last['StepName']} ended it"
    return {
        "LastDeployment": status,
        "LastDeploymentExecution": execution_arn,
        "LastDeploymentReason": _NOT_IN_TAGS.sub(" ", reason)[:_TAG_CHARACTERS],
        "LastDeploymentTime": last["StartTime"].isoformat(timespec="seconds"),
    }


def package_tags(status: str, deployed: str, before: Mapping[str, str]) -> dict[str, str]:
    """Say which package was deployed, which serves, and which served before: what a rollback goes back to.

    Parameters
    ----------
    status
        Status of the execution.
    deployed
        The package that it deployed, or failed to.
    before
        The endpoint's tags so far.
    """
    tags = {"LastDeploymentPackage": deployed}
    serving = before.get("ServingPackage", "")
    if status == "Succeeded" and deployed != serving:
        tags["ServingPackage"] = deployed
        if serving:
            tags["PreviousPackage"] = serving
    return tags


def package_arn(steps: Iterable[dict[str, Any]]) -> str:
    """Give the model package that an execution registered, empty if it registered none."""
    for step in steps:
        if arn := step.get("Metadata", {}).get("RegisterModel", {}).get("Arn"):
            return str(arn)
    return ""


def _endpoint_arn(sagemaker: Any, name: str) -> str:
    try:
        return str(sagemaker.describe_endpoint(EndpointName=name)["EndpointArn"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationException":  # SageMaker's "Could not find endpoint"
            return ""
        raise
