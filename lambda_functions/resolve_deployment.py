"""Lambda steps ``ResolveDeployment`` and ``ClaimEndpoint``: whether a model package goes into service, and when.

Events come twice, approvals follow each other, and an execution takes minutes. So the question is asked when an
execution starts, and again right before it touches the endpoint. The second time it waits, within Lambda's own time
limit, while another update is in progress; SageMaker refuses to update an endpoint twice at once.

Approvals are ordered by the packages' ``LastModifiedTime``: SageMaker records no time of approval. A package that was
changed later counts only if that change has started a deployment, because a change of its metadata does not.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from lambda_functions.deployment_request import CLAIM, RESOLVE, SERVERLESS, Request
from lambda_functions.endpoint_records import CHANGING, SERVING, describe_if_exists, packages_of
from lambda_functions.scale_endpoint import deregister

DEPLOY, SKIP = "Deploy", "Skip"

_SERVING = SERVING | CHANGING
"""Statuses of an endpoint that serves, or will without anybody's help."""
_POLL_SECONDS = 2.0
_MARGIN_SECONDS = 20.0
_MAX_DEPLOYMENT_TIME = timedelta(days=1)
_MAX_CLOCK_SKEW = timedelta(seconds=5)
_REASON_CHARACTERS = 1000


class EndpointNotReadyError(Exception):
    """Raised when the endpoint cannot be updated: another update takes too long, or it has failed permanently."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Decide whether to deploy the package.

    Parameters
    ----------
    event
        ``Phase``, ``ModelPackageArn``, ``EndpointName``, ``ExecutionArn``, ``DeployPipeline``, ``EndpointType``,
        ``InstanceType``, ``MinInstanceCount``, ``MaxInstanceCount``. The environment variable ``ENDPOINT_NAME`` names
        the endpoint of executions that were started without naming one.
    context
        Lambda's context, for the remaining time.

    Returns
    -------
    dict
        ``Decision`` (:data:`DEPLOY` or :data:`SKIP`) and ``Reason``; ``SmokeRowsUrl`` and ``Answer`` of the package;
        ``InstanceCount`` to deploy on.

    Raises
    ------
    EndpointNotReadyError
        The endpoint is still being changed when the time is up, or has failed.
    """
    request = Request.of(event)
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - _MARGIN_SECONDS
    resolution = Resolution(boto3.client("sagemaker"), request)
    reason = resolution.reason_to_skip()
    if request.phase == CLAIM and not reason:
        resolution.wait_for_endpoint(deadline, time.sleep)
        # What was approved or deployed meanwhile counts.
        reason = resolution.reason_to_skip()
    count = resolution.instance_count()
    if request.phase == CLAIM and not reason:
        resolution.release_instance_type(boto3.client("application-autoscaling"))
    properties = resolution.package().get("CustomerMetadataProperties", {})
    return {
        "Decision": SKIP if reason else DEPLOY,
        "Reason": (reason or f"{request.package_arn} is the latest approval")[:_REASON_CHARACTERS],
        "SmokeRowsUrl": properties.get("SmokeRowsUrl", ""),
        "Answer": properties.get("Answer", ""),
        "InstanceCount": count,
    }


class Resolution:
    """The decision about one package and endpoint, from SageMaker's records."""

    def __init__(self, sagemaker: Any, request: Request) -> None:
        self._sagemaker = sagemaker
        self._request = request

    def package(self) -> dict[str, Any]:
        """Describe the package as it is now."""
        return self._describe_package(self._request.package_arn)

    def reason_to_skip(self) -> str:
        """Return why the package must not go into service; empty if it may.

        Raises
        ------
        EndpointNotReadyError
            It may, but the endpoint is in a state that only a person can end.
        """
        arn = self._request.package_arn
        package = self.package()
        status = package.get("ModelApprovalStatus")
        if status != "Approved":
            return f"{arn} is no longer Approved (its status is {status})"
        starting = self._request.phase == RESOLVE
        if starting and _is_untouched(package):
            return f"{arn} was registered as Approved and is unchanged: the execution that registered it deploys it"
        endpoint = self._endpoint()
        serves = endpoint.get("EndpointStatus") in _SERVING
        if serves and arn in self._packages_after(endpoint):
            return f"endpoint {self._request.endpoint_name} serves {arn}, or is moving to it"
        if starting and (other := self._same_deployment_in_progress()):
            return f"{other} is deploying {arn}"
        if later := self._later_approval(package):
            return f"{later} was approved later"
        self._check_updatable(endpoint)
        return ""

    def instance_count(self) -> int:
        """Return the instances to deploy on: the minimum, or the count that automatic scaling has set."""
        variants = self._endpoint().get("ProductionVariants", [])
        now = max((variant.get("DesiredInstanceCount", 0) for variant in variants), default=0)
        return max(self._request.min_instances, min(now, self._request.max_instances))

    def release_instance_type(self, scaling: Any) -> None:
        """Deregister the endpoint's variants from automatic scaling if their instance type changes.

        SageMaker refuses the update otherwise ("Update endpoints that use automatic scaling"); ``ScaleEndpoint``
        registers them again.
        """
        endpoint = self._endpoint()
        if not endpoint:
            return
        config = describe_if_exists(
            self._sagemaker.describe_endpoint_config, EndpointConfigName=endpoint["EndpointConfigName"]
        )
        for variant in config.get("ProductionVariants", []):
            if self._request.instance_type not in ("", variant.get("InstanceType")):
                deregister(scaling, self._request.endpoint_name, variant["VariantName"])

    def wait_for_endpoint(self, deadline: float, sleep: Callable[[float], None]) -> None:
        """Wait until the endpoint can be updated, or does not exist; `deadline` is by `time.monotonic`.

        Raises
        ------
        EndpointNotReadyError
            It is still changing, or in a state that only a person can end.
        """
        name = self._request.endpoint_name
        while endpoint := self._endpoint():
            self._check_updatable(endpoint)
            status = endpoint["EndpointStatus"]
            if status == "InService":
                return
            if time.monotonic() > deadline:
                raise EndpointNotReadyError(
                    f"endpoint {name} is still {status}: retry this execution when the endpoint is InService "
                    "('aws sagemaker retry-pipeline-execution', or Retry in Studio)"
                )
            sleep(_POLL_SECONDS)

    def _check_updatable(self, endpoint: dict[str, Any]) -> None:
        """Reject an endpoint that no waiting makes ready."""
        name, status = self._request.endpoint_name, endpoint.get("EndpointStatus")
        on_instances = any(
            "CurrentServerlessConfig" not in variant for variant in endpoint.get("ProductionVariants", [])
        )
        if self._request.endpoint_type == SERVERLESS and on_instances and status in _SERVING:
            reason = "on instances, which SageMaker does not update to serverless"
        elif status not in _SERVING | {"Deleting", None}:
            reason = f"{status}, which SageMaker does not update"
        else:
            return
        raise EndpointNotReadyError(
            f"endpoint {name} is {reason}: delete it with 'aws sagemaker delete-endpoint --endpoint-name {name}' and "
            "approve the package again"
        )

    def _endpoint(self) -> dict[str, Any]:
        return describe_if_exists(self._sagemaker.describe_endpoint, EndpointName=self._request.endpoint_name)

    def _packages_after(self, endpoint: dict[str, Any]) -> set[str]:
        """Return the packages that an endpoint serves once the current update is done."""
        pending = endpoint.get("PendingDeploymentSummary")
        return packages_of(self._sagemaker, (pending or endpoint)["EndpointConfigName"])

    def _same_deployment_in_progress(self) -> str:
        """Return the ARN of an earlier, still running execution of this pipeline for the same package and endpoint.

        An execution that another package's has followed does not count: it may have seen that approval, and leave the
        endpoint alone.
        """
        started_earlier = False
        for execution in self._executions(datetime.now(UTC) - _MAX_DEPLOYMENT_TIME):
            arn: str = execution["PipelineExecutionArn"]
            parameters = self._parameters_of(arn) if started_earlier else {}
            if started_earlier and self._endpoint_of(parameters) == self._request.endpoint_name:
                if parameters.get("ModelPackageArn") != self._request.package_arn:
                    return ""
                if execution["PipelineExecutionStatus"] == "Executing":
                    return arn
            started_earlier = started_earlier or arn == self._request.execution_arn
        return ""

    def _later_approval(self, package: dict[str, Any]) -> str:
        """Return the ARN of a package of the same group that was approved after this one, for this endpoint."""
        modified = _modified(package)
        for arn in self._approved(package["ModelPackageGroupName"]):
            if arn == self._request.package_arn:
                continue
            other = self._describe_package(arn)
            if _modified(other) > modified and self._was_an_approval(other):
                return arn
        return ""

    def _was_an_approval(self, other: dict[str, Any]) -> bool:
        """Return whether a package's latest change has started a deployment to this endpoint."""
        if _is_untouched(other):
            made_by = other.get("CustomerMetadataProperties", {}).get("PipelineExecutionArn", "")
            return bool(made_by) and self._endpoint_of(self._parameters_of(made_by)) == self._request.endpoint_name
        executions = self._executions(_modified(other) - _MAX_CLOCK_SKEW)
        return any(
            self._deploys_here(execution["PipelineExecutionArn"], other["ModelPackageArn"]) for execution in executions
        )

    def _executions(self, since: datetime) -> Iterator[dict[str, Any]]:
        """Yield the executions of the deploy pipeline, newest first."""
        pages = self._sagemaker.get_paginator("list_pipeline_executions").paginate(
            PipelineName=self._request.deploy_pipeline,
            CreatedAfter=since,
            SortBy="CreationTime",
            SortOrder="Descending",
        )
        for page in pages:
            yield from page["PipelineExecutionSummaries"]

    def _deploys_here(self, execution_arn: str, package_arn: str) -> bool:
        parameters = self._parameters_of(execution_arn)
        is_package = parameters.get("ModelPackageArn") == package_arn
        return is_package and self._endpoint_of(parameters) == self._request.endpoint_name

    def _parameters_of(self, execution_arn: str) -> dict[str, str]:
        pages = self._sagemaker.get_paginator("list_pipeline_parameters_for_execution").paginate(
            PipelineExecutionArn=execution_arn
        )
        return {parameter["Name"]: parameter["Value"] for page in pages for parameter in page["PipelineParameters"]}

    @staticmethod
    def _endpoint_of(parameters: dict[str, str]) -> str:
        return parameters.get("EndpointName", os.environ["ENDPOINT_NAME"])

    def _approved(self, group: str) -> Iterator[str]:
        pages = self._sagemaker.get_paginator("list_model_packages").paginate(
            ModelPackageGroupName=group, ModelApprovalStatus="Approved", SortBy="CreationTime", SortOrder="Descending"
        )
        for page in pages:
            for summary in page["ModelPackageSummaryList"]:
                yield summary["ModelPackageArn"]

    def _describe_package(self, arn: str) -> dict[str, Any]:
        return self._sagemaker.describe_model_package(ModelPackageName=arn)


def _is_untouched(package: dict[str, Any]) -> bool:
    """Return whether a package is as it was registered."""
    return _modified(package) == package["CreationTime"]


def _modified(package: dict[str, Any]) -> datetime:
    return package.get("LastModifiedTime", package["CreationTime"])
