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
    """An execution; `package` is empty for one of the pipeline that trains, `endpoint` if it was not named.

    It started and ended so many minutes after the beginning.
    """

    arn: str
    status: str = "Executing"
    package: str = ""
    minute: int = 0
    endpoint: str = ""
    approval_status: str = ""
    ended: int = 0

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters that it was started with."""
        parameters = {
            "ModelPackageArn": self.package,
            "EndpointName": self.endpoint,
            "ModelApprovalStatus": self.approval_status,
        }
        return {name: value for name, value in parameters.items() if value}


@dataclass
class SageMaker:
    """The part of a boto3 client that decides about deployments.

    Parameters
    ----------
    packages
        Description of each package by ARN.
    endpoint
        Description of the endpoint, None if there is none; a configuration or model is named like the version.
    executions
        Executions, in the order in which they were started.
    deleted
        Operations that do not find what they are asked for.
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
            "EndpointName": GROUP,
            "EndpointStatus": status,
            "EndpointConfigName": str(version),
            "ProductionVariants": [{"VariantName": "AllTraffic", "DesiredInstanceCount": instances}],
        }
        if moving_to is not None:
            self.endpoint["PendingDeploymentSummary"] = {"EndpointConfigName": str(moving_to)}

    def describe_model_package(self, *, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803
        if ModelPackageName not in self.packages:
            message = f"ModelPackage {ModelPackageName} does not exist."
            raise ClientError({"Error": {"Code": "ValidationException", "Message": message}}, "DescribeModelPackage")
        return self.packages[ModelPackageName]

    def describe_pipeline_execution(self, *, PipelineExecutionArn: str) -> dict[str, Any]:  # noqa: N803
        for execution in self.executions:
            if execution.arn == PipelineExecutionArn:
                return {
                    "PipelineExecutionStatus": execution.status,
                    "CreationTime": at(execution.minute),
                    "LastModifiedTime": at(execution.ended),
                }
        error = {"Code": "ResourceNotFound", "Message": "the pipeline was deleted"}
        raise ClientError({"Error": error}, "DescribePipelineExecution")

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
            summaries = [
                {
                    "PipelineExecutionArn": execution.arn,
                    "PipelineExecutionStatus": execution.status,
                    "StartTime": at(execution.minute),
                }
                for execution in reversed(self.client.executions)
                if f"/{request['PipelineName']}/" in execution.arn and at(execution.minute) >= request["CreatedAfter"]
            ]
            return [{"PipelineExecutionSummaries": summaries}]
        assert self.operation == "list_pipeline_parameters_for_execution"
        (execution,) = (each for each in self.client.executions if each.arn == request["PipelineExecutionArn"])
        return [{"PipelineParameters": [{"Name": key, "Value": text}]} for key, text in execution.parameters.items()]
