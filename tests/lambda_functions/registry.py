"""A model registry, an endpoint and executions in memory, with the answers that SageMaker gives of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

GROUP = "playground-accessibility"
BEGIN = datetime.now(UTC) - timedelta(hours=2)
"""The listings that are asked for go back a day from now."""


def package_arn(version: int) -> str:
    """ARN of a version."""
    return f"arn:aws:sagemaker:us-east-1:123456789012:model-package/{GROUP}/{version}"


def execution_arn(name: str) -> str:
    """ARN of an execution of the deploy pipeline."""
    return f"arn:aws:sagemaker:us-east-1:123456789012:pipeline/{GROUP}-deploy/execution/{name}"


def at(minute: int) -> datetime:
    """So many minutes after the beginning."""
    return BEGIN + timedelta(minutes=minute)


def training_arn(version: int) -> str:
    """ARN of the execution that registered a version."""
    return f"arn:aws:sagemaker:us-east-1:123456789012:pipeline/{GROUP}/execution/{version}"


def could_not_find(name: str, operation: str) -> ClientError:
    """SageMaker's error for what is not there."""
    return ClientError({"Error": {"Code": "ValidationException", "Message": f"Could not find {name}"}}, operation)


@dataclass(frozen=True)
class Execution:
    """An execution.

    Parameters
    ----------
    arn
        Its ARN.
    status
        Its status.
    package
        The package that it deploys; empty for one of the pipeline that trains.
    minute
        When it was started, after the beginning.
    endpoint
        The endpoint that it was started for; empty if it was started without naming one.
    """

    arn: str
    status: str = "Executing"
    package: str = ""
    minute: int = 0
    endpoint: str = ""

    @property
    def parameters(self) -> dict[str, str]:
        """What it was started with."""
        given = {"ModelPackageArn": self.package, "EndpointName": self.endpoint}
        return {name: value for name, value in given.items() if value}


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
        Executions, in the order in which they were started.
    deleted
        Operations that find nothing any more.
    """

    packages: dict[str, dict[str, Any]] = field(default_factory=dict)
    endpoint: dict[str, Any] | None = None
    executions: list[Execution] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)

    def add_package(self, version: int, status: str, *, created: int, modified: int) -> str:
        """Register a version, made by an execution named like it; times in minutes after the beginning."""
        arn = package_arn(version)
        self.packages[arn] = {
            "ModelPackageArn": arn,
            "ModelPackageGroupName": GROUP,
            "ModelApprovalStatus": status,
            "CreationTime": at(created),
            "LastModifiedTime": at(modified),
            "CustomerMetadataProperties": {"PipelineExecutionArn": training_arn(version)},
        }
        return arn

    def serve(
        self, version: int, status: str = "InService", *, moving_to: int | None = None, instances: int = 1
    ) -> None:
        """Have the endpoint serve a version, on ml.m5.large."""
        self.endpoint = {
            "EndpointStatus": status,
            "EndpointConfigName": str(version),
            "ProductionVariants": [{"VariantName": "AllTraffic", "DesiredInstanceCount": instances}],
        }
        if moving_to is not None:
            self.endpoint["PendingDeploymentSummary"] = {"EndpointConfigName": str(moving_to)}

    def describe_model_package(self, *, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803
        return self.packages[ModelPackageName]

    def describe_endpoint(self, *, EndpointName: str) -> dict[str, Any]:  # noqa: N803
        if self.endpoint is None:
            raise could_not_find(EndpointName, "DescribeEndpoint")
        return self.endpoint

    def describe_endpoint_config(self, *, EndpointConfigName: str) -> dict[str, Any]:  # noqa: N803
        if "DescribeEndpointConfig" in self.deleted:
            raise could_not_find(EndpointConfigName, "DescribeEndpointConfig")
        variant = {"VariantName": "AllTraffic", "ModelName": EndpointConfigName, "InstanceType": "ml.m5.large"}
        return {"ProductionVariants": [variant]}

    def describe_model(self, *, ModelName: str) -> dict[str, Any]:  # noqa: N803
        if "DescribeModel" in self.deleted:
            raise could_not_find(ModelName, "DescribeModel")
        return {"PrimaryContainer": {"ModelPackageName": package_arn(int(ModelName))}}

    def get_paginator(self, operation: str) -> Pages:
        return Pages(self, operation)


@dataclass
class Pages:
    """The pages of a listing: one, but for parameters, which come one by one."""

    client: SageMaker
    operation: str

    def paginate(self, **request: Any) -> list[dict[str, Any]]:
        if self.operation == "list_pipeline_executions":
            assert request["SortOrder"] == "Descending"
            found = [
                {"PipelineExecutionArn": execution.arn, "PipelineExecutionStatus": execution.status}
                for execution in reversed(self.client.executions)
                if f"/{request['PipelineName']}/" in execution.arn and at(execution.minute) >= request["CreatedAfter"]
            ]
            return [{"PipelineExecutionSummaries": found}]
        if self.operation == "list_pipeline_parameters_for_execution":
            (started,) = (found for found in self.client.executions if found.arn == request["PipelineExecutionArn"])
            return [{"PipelineParameters": [{"Name": key, "Value": text}]} for key, text in started.parameters.items()]
        assert self.operation == "list_model_packages"
        found = [
            {"ModelPackageArn": arn}
            for arn, package in self.client.packages.items()
            if package["ModelApprovalStatus"] == request["ModelApprovalStatus"]
        ]
        return [{"ModelPackageSummaryList": found}]
