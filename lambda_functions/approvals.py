"""The order of approvals, from the registry and from the executions that approvals have started.

SageMaker records no time of approval. An approval is a package that is Approved and for which an execution of the
deploy pipeline has started. It is no later than the package's latest change, which may be another's: that of its card,
say; nor is it later than the execution that it has started. The earlier of the two times stands for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from lambda_functions.endpoint_records import describe_if_exists

_MAX_DEPLOYMENT_TIME = timedelta(days=1)
_MAX_CLOCK_SKEW = timedelta(seconds=5)


class Approvals:
    """Approvals of model packages for one endpoint.

    The environment variable ``ENDPOINT_NAME`` names the endpoint of executions that were started without naming one.
    `execution_arn` is the execution on whose behalf is asked.
    """

    def __init__(self, sagemaker: Any, *, deploy_pipeline: str, endpoint_name: str, execution_arn: str) -> None:
        self._sagemaker = sagemaker
        self._deploy_pipeline = deploy_pipeline
        self._endpoint_name = endpoint_name
        self._execution_arn = execution_arn

    @cached_property
    def started(self) -> datetime:
        """The start of the execution on whose behalf is asked; now, if it was deleted."""
        execution = describe_if_exists(
            self._sagemaker.describe_pipeline_execution, PipelineExecutionArn=self._execution_arn
        )
        started: datetime = execution.get("CreationTime", datetime.now(UTC))
        return started

    def package(self, arn: str) -> dict[str, Any]:
        """Describe a package as it is now; return an empty response if it does not exist."""
        return describe_if_exists(self._sagemaker.describe_model_package, ModelPackageName=arn)

    def later_than(self, package: Mapping[str, Any]) -> str:
        """Return the ARN of a package that was approved for this endpoint after the given one; empty if there is none.

        Only packages for which an execution has started since then are asked for: a registry may hold many.
        """
        seen = {package["ModelPackageArn"]}
        own_place = _order(package, self.started)
        for execution in self._executions(own_place[0] - _MAX_CLOCK_SKEW):
            started = execution["StartTime"]
            parameters = self._parameters_of(execution["PipelineExecutionArn"])
            arn = parameters.get("ModelPackageArn", "")
            if arn in seen or self._endpoint_of(parameters) != self._endpoint_name:
                continue
            other = self.package(arn)
            if other.get("ModelApprovalStatus") != "Approved" or _order(other, started) <= own_place:
                seen.add(arn)
            elif self.deployed_at_registration(other, started) in ("", self._endpoint_name):
                return arn
        return ""

    def deployed_at_registration(self, package: Mapping[str, Any], started: datetime) -> str:
        """Return the endpoint to which the execution that registered a package as Approved deploys it itself.

        Empty if that execution does not, or had ended before `started`: the start of another execution for the package,
        which the registration's event has started unless a person did.
        """
        arn = package.get("CustomerMetadataProperties", {}).get("PipelineExecutionArn", "")
        execution = (
            describe_if_exists(self._sagemaker.describe_pipeline_execution, PipelineExecutionArn=arn) if arn else {}
        )
        if not execution:
            return ""
        has_ended = execution["PipelineExecutionStatus"] not in ("Executing", "Stopping")
        if has_ended and execution["LastModifiedTime"] < started:
            return ""
        parameters = self._parameters_of(arn)
        return self._endpoint_of(parameters) if parameters.get("ModelApprovalStatus") == "Approved" else ""

    def same_in_progress(self, package_arn: str) -> str:
        """Return the ARN of an earlier, still running execution of the deploy pipeline for the same package.

        An execution that another package's has followed does not count: it may have seen that approval, and leave the
        endpoint alone.
        """
        started_earlier = False
        for execution in self._executions(datetime.now(UTC) - _MAX_DEPLOYMENT_TIME):
            arn: str = execution["PipelineExecutionArn"]
            parameters = self._parameters_of(arn) if started_earlier else {}
            if started_earlier and self._endpoint_of(parameters) == self._endpoint_name:
                if parameters.get("ModelPackageArn") != package_arn:
                    return ""
                if execution["PipelineExecutionStatus"] == "Executing":
                    return arn
            started_earlier = started_earlier or arn == self._execution_arn
        return ""

    def _executions(self, since: datetime) -> Iterator[dict[str, Any]]:
        """Yield the executions of the deploy pipeline, newest first."""
        pages = self._sagemaker.get_paginator("list_pipeline_executions").paginate(
            PipelineName=self._deploy_pipeline,
            CreatedAfter=since,
            SortBy="CreationTime",
            SortOrder="Descending",
        )
        for page in pages:
            yield from page["PipelineExecutionSummaries"]

    def _parameters_of(self, execution_arn: str) -> dict[str, str]:
        pages = self._sagemaker.get_paginator("list_pipeline_parameters_for_execution").paginate(
            PipelineExecutionArn=execution_arn
        )
        return {parameter["Name"]: parameter["Value"] for page in pages for parameter in page["PipelineParameters"]}

    @staticmethod
    def _endpoint_of(parameters: Mapping[str, str]) -> str:
        return parameters.get("EndpointName", os.environ["ENDPOINT_NAME"])


def _order(package: Mapping[str, Any], started: datetime) -> tuple[datetime, int]:
    """Return what packages are ordered by: the time of the approval, and of equal ones the version.

    `started` is the start of the execution that deploys the package. One that registers a package as Approved starts
    before that.
    """
    version = int(package["ModelPackageArn"].rpartition("/")[2])
    created = package["CreationTime"]
    return min(package.get("LastModifiedTime", created), max(started, created)), version
