"""Lambda function behind a rule: records the outcome of a deployment in the endpoint's tags.

A package that failed its smoke test, or was rolled back, leaves no trace on the endpoint by itself. The registry cannot
hold it: updating an approved package raises the event that starts deployments.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import boto3

from lambda_functions.deploy_endpoint import DEPLOYED
from lambda_functions.endpoint_records import SERVING, describe_if_exists, packages_of

_NOT_IN_TAGS = re.compile(r"[^\w.:/=+\-@]+", re.ASCII)
_TAG_CHARACTERS = 256


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
        The tags that were written; empty for an execution that had nothing to deploy.
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
    named = {parameter["Name"]: parameter["Value"] for page in pages for parameter in page["PipelineParameters"]}
    endpoint = describe_if_exists(
        sagemaker.describe_endpoint, EndpointName=named.get("EndpointName", os.environ["ENDPOINT_NAME"])
    )
    if not endpoint:
        return {}
    pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=endpoint["EndpointArn"])
    before = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
    packages = packages_of(sagemaker, endpoint["EndpointConfigName"]) if endpoint["EndpointStatus"] in SERVING else ()
    serving = next(iter(packages), "")
    tags["LastDeploymentPackage"] = package_arn(steps) or named.get("ModelPackageArn", "")
    tags |= package_tags(serving, endpoint["LastModifiedTime"], before)
    sagemaker.add_tags(
        ResourceArn=endpoint["EndpointArn"], Tags=[{"Key": key, "Value": value} for key, value in tags.items()]
    )
    return tags


def deployment_tags(execution_arn: str, status: str, steps: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Return ``LastDeployment…`` tags for an execution, from its status and its steps (``ListPipelineExecutionSteps``).

    Empty when the execution created no model to deploy, or did not deploy it after all.
    """
    ran = {step["StepName"]: step for step in steps}
    # CreateAutoMLModel makes a model to be measured; CreateModel and CreateModelAutoML one to be deployed.
    if not any(name.startswith("CreateModel") for name in ran):
        return {}
    # Another approval came in between, and DeployEndpoint left the endpoint alone.
    if status == "Succeeded" and not any(_outcome(step) == DEPLOYED for step in ran.values()):
        return {}
    failed = next((step for step in ran.values() if step["StepStatus"] == "Failed"), None)
    last = max(ran.values(), key=lambda step: step["StartTime"])
    reason = f"{failed['StepName']}: {failed.get('FailureReason', '')}" if failed else f"{last['StepName']} ended it"
    return {
        "LastDeployment": status,
        "LastDeploymentExecution": execution_arn,
        "LastDeploymentReason": _NOT_IN_TAGS.sub(" ", reason)[:_TAG_CHARACTERS],
        "LastDeploymentTime": last["StartTime"].isoformat(timespec="seconds"),
    }


def _outcome(step: Mapping[str, Any]) -> str:
    """Return the output ``Outcome`` of a step that has one."""
    outputs = step.get("Metadata", {}).get("Callback", {}).get("OutputParameters", [])
    return next((output["Value"] for output in outputs if output["Name"] == "Outcome"), "")


def package_tags(serving: str, changed: datetime, before: Mapping[str, str]) -> dict[str, str]:
    """Return which package has been serving since when, and which served before: the target of a rollback.

    What counts is the endpoint, not how the execution ended: a step after the update may have failed.

    Parameters
    ----------
    serving
        The package that the endpoint serves; empty if it serves none.
    changed
        When the endpoint last changed.
    before
        The endpoint's tags so far.
    """
    served = before.get("ServingPackage", "")
    if not serving or serving == served:
        return {}
    tags = {"ServingPackage": serving, "ServingSince": changed.isoformat(timespec="seconds")}
    return {**tags, "PreviousPackage": served} if served else tags


def package_arn(steps: Iterable[dict[str, Any]]) -> str:
    """Return the model package that an execution registered, empty if it registered none."""
    for step in steps:
        if arn := step.get("Metadata", {}).get("RegisterModel", {}).get("Arn"):
            return str(arn)
    return ""
