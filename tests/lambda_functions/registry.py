"""A model registry, an endpoint and executions in memory, with the answers that SageMaker gives of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

GROUP = "playground-accessibility"
BEGIN = datetime(2026, 11, 3, 12, tzinfo=UTC)


def package_arn(version: int) -> str:
    """ARN of a version."""
    return f"arn:aws:sagemaker:us-east-1:123456789012:model-package/{GROUP}/{version}"


def execution_arn(name: str) -> str:
    """ARN of an execution of the deploy pipeline."""
    return f"arn:aws:sagemaker:us-east-1:123456789012:pipeline/{GROUP}-deploy/execution/{name}"


@dataclass
class SageMaker:
    """The part of a boto3 client that ``resolve_deployment`` calls.

    Parameters
    ----------
    packages
        Description of each package by ARN.
    endpoint
        Description of the endpoint, None if there is none; a configuration or model is named like the version.
    executions
        Executions in the order in which they were started: ARN, status and package.
    endpoint_names
        The endpoints of executions, by ARN, that were started for another than the pipeline's own.
    """

    packages: dict[str, dict[str, Any]] = field(default_factory=dict)
    endpoint: dict[str, Any] | None = None
    executions: list[tuple[str, str, str]] = field(default_factory=list)
    endpoint_names: dict[str, str] = field(default_factory=dict)

    def add_package(self, version: int, status: str, *, created: int, modified: int) -> str:
        """Register a version; times in minutes after the beginning."""
        arn = package_arn(version)
        self.packages[arn] = {
            "ModelPackageArn": arn,
            "ModelPackageGroupName": GROUP,
            "ModelApprovalStatus": status,
            "CreationTime": BEGIN + timedelta(minutes=created),
            "LastModifiedTime": BEGIN + timedelta(minutes=modified),
            "CustomerMetadataProperties": {"SmokeRowsUrl": f"s3://rows/{version}", "Answer": "score"},
        }
        return arn

    def serve(self, version: int, status: str = "InService", *, moving_to: int | None = None) -> None:
        """Have the endpoint serve a version."""
        self.endpoint = {"EndpointStatus": status, "EndpointConfigName": str(version)}
        if moving_to is not None:
            self.endpoint["PendingDeploymentSummary"] = {"EndpointConfigName": str(moving_to)}

    def describe_model_package(self, *, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803
        return self.packages[ModelPackageName]

    def describe_endpoint(self, *, EndpointName: str) -> dict[str, Any]:  # noqa: N803
        if self.endpoint is None:
            details = {"Code": "ValidationException", "Message": f"Could not find endpoint {EndpointName}"}
            raise ClientError({"Error": details}, "DescribeEndpoint")
        return self.endpoint

    def describe_endpoint_config(self, *, EndpointConfigName: str) -> dict[str, Any]:  # noqa: N803
        return {"ProductionVariants": [{"ModelName": EndpointConfigName}]}

    def describe_model(self, *, ModelName: str) -> dict[str, Any]:  # noqa: N803
        return {"PrimaryContainer": {"ModelPackageName": package_arn(int(ModelName))}}

    def list_pipeline_parameters_for_execution(self, *, PipelineExecutionArn: str) -> dict[str, Any]:  # noqa: N803
        value = next(package for arn, _, package in self.executions if arn == PipelineExecutionArn)
        endpoint = self.endpoint_names.get(PipelineExecutionArn, GROUP)
        values = {"ModelPackageArn": value, "EndpointName": endpoint}
        return {"PipelineParameters": [{"Name": name, "Value": value} for name, value in values.items()]}

    def get_paginator(self, operation: str) -> Pages:
        return Pages(self, operation)


@dataclass
class Pages:
    """One page of a listing."""

    client: SageMaker
    operation: str

    def paginate(self, **request: Any) -> list[dict[str, Any]]:
        if self.operation == "list_pipeline_executions":
            assert request["SortOrder"] == "Descending"
            found = [
                {"PipelineExecutionArn": arn, "PipelineExecutionStatus": status}
                for arn, status, _ in reversed(self.client.executions)
            ]
            return [{"PipelineExecutionSummaries": found}]
        assert self.operation == "list_model_packages"
        found = [
            {"ModelPackageArn": arn}
            for arn, package in self.client.packages.items()
            if package["ModelApprovalStatus"] == request["ModelApprovalStatus"]
        ]
        return [{"ModelPackageSummaryList": found}]
