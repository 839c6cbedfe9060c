"""Lambda step ``ResolveDeployment``: whether an approved model package is to go into service.

Events come twice, and approvals follow each other. So the question is asked when an execution starts, and again by
``DeployEndpoint`` right before the endpoint is touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3

from lambda_functions.approvals import Approvals
from lambda_functions.deployment_message import SERVERLESS
from lambda_functions.endpoint_records import (
    SERVING,
    describe_if_exists,
    next_config,
    packages_of,
    why_not_updatable,
)

DEPLOY, SKIP = "Deploy", "Skip"

_REASON_CHARACTERS = 1000


class EndpointNotReadyError(Exception):
    """Raised when the endpoint is in a state that only a person can end."""


def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Decide whether to deploy the package.

    Parameters
    ----------
    event
        ``ModelPackageArn``, ``EndpointName``, ``EndpointType``, ``ExecutionArn``, ``DeployPipeline``.

    Returns
    -------
    dict
        ``Decision`` (:data:`DEPLOY` or :data:`SKIP`) and ``Reason``; ``SmokeRowsUrl`` and ``Answer`` of the package.

    Raises
    ------
    EndpointNotReadyError
        The package may go into service, but the endpoint cannot be updated.
    """
    sagemaker = boto3.client("sagemaker")
    arn, name = event["ModelPackageArn"], event["EndpointName"]
    approvals = Approvals(
        sagemaker, deploy_pipeline=event["DeployPipeline"], endpoint_name=name, execution_arn=event["ExecutionArn"]
    )
    package = approvals.package(arn)
    endpoint = describe_if_exists(sagemaker.describe_endpoint, EndpointName=name)
    reason = reason_to_leave_alone(sagemaker, approvals, endpoint, package, arn)
    if not reason:
        reason = _reason_to_leave_to_another(approvals, package)
    if not reason and (unready := why_not_updatable(name, endpoint, serverless=event["EndpointType"] == SERVERLESS)):
        raise EndpointNotReadyError(unready)
    properties = package.get("CustomerMetadataProperties", {})
    return {
        "Decision": SKIP if reason else DEPLOY,
        "Reason": (reason or f"{arn} is the latest approval")[:_REASON_CHARACTERS],
        "SmokeRowsUrl": properties.get("SmokeRowsUrl", ""),
        "Answer": properties.get("Answer", ""),
    }


def reason_to_leave_alone(
    sagemaker: Any, approvals: Approvals, endpoint: Mapping[str, Any], package: Mapping[str, Any], arn: str
) -> str:
    """Return why a package must not go into service now; empty if it may.

    `endpoint` and `package` are as SageMaker describes them, empty if they do not exist.
    """
    status = package.get("ModelApprovalStatus", "Deleted")
    if status != "Approved":
        return f"{arn} is no longer Approved (its status is {status})"
    if endpoint.get("EndpointStatus") in SERVING and arn in packages_of(sagemaker, next_config(endpoint)):
        return f"endpoint {endpoint['EndpointName']} serves {arn}, or is moving to it"
    if later := approvals.later_than(package):
        return f"{later} was approved later"
    return ""


def _reason_to_leave_to_another(approvals: Approvals, package: Mapping[str, Any]) -> str:
    """Return which other execution deploys the package; empty if none does."""
    arn = package["ModelPackageArn"]
    if endpoint := approvals.deployed_at_registration(package, approvals.started):
        return f"{arn} was registered as Approved: the execution that registered it deploys it to endpoint {endpoint}"
    if other := approvals.same_in_progress(arn):
        return f"{other} is deploying {arn}"
    return ""
