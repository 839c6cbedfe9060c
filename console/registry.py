"""Model packages, and which of them an endpoint serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from console.errors import CommandError


@dataclass(frozen=True)
class Package:
    """A model package of the group.

    Parameters
    ----------
    arn
        Its ARN.
    version
        Its version in the group.
    approval
        ``Approved``, ``Rejected`` or ``PendingManualApproval``.
    registered
        When it was registered.
    note
        What whoever approved or rejected it said.
    properties
        What the pipeline wrote into it: ``Algorithm``, ``Answer``, ``FeatureSet``, ``ScoringRowsUrl`` and more.
    """

    arn: str
    version: int
    approval: str
    registered: datetime
    note: str
    properties: Mapping[str, str]

    @property
    def execution_arn(self) -> str:
        """The execution that made it."""
        return self.properties.get("PipelineExecutionArn", "")


@dataclass(frozen=True)
class Serving:
    """What an endpoint serves, and what became of the last deployment to it.

    Parameters
    ----------
    status
        The endpoint's status.
    package_arn
        The package that it serves; empty for a model that is of no package.
    since
        When it last changed.
    failure
        Why the last update was rolled back, or the endpoint failed; empty otherwise.
    tags
        The endpoint's tags, ``LastDeployment…`` among them.
    """

    status: str
    package_arn: str
    since: datetime
    failure: str
    tags: Mapping[str, str]


def packages(client: Any, group: str) -> list[Package]:
    """Describe the packages of a group, the newest first; none if there is no such group."""
    return [package(client, summary["ModelPackageArn"]) for summary in _summaries(client, group)]


def package(client: Any, arn: str) -> Package:
    """Describe a package."""
    found = client.describe_model_package(ModelPackageName=arn)
    return Package(
        arn=arn,
        version=found["ModelPackageVersion"],
        approval=found["ModelApprovalStatus"],
        registered=found["CreationTime"],
        note=found.get("ApprovalDescription", ""),
        properties=found.get("CustomerMetadataProperties", {}),
    )


def package_version(client: Any, group: str, version: str) -> Package:
    """Find a version of a group.

    Parameters
    ----------
    version
        Its number, its ARN or ``"latest"``.

    Raises
    ------
    CommandError
        If there is none: with those that there are.
    """
    found = _summaries(client, group)
    for summary in found:
        if version in ("latest", str(summary["ModelPackageVersion"]), summary["ModelPackageArn"]):
            return package(client, summary["ModelPackageArn"])
    if not found:
        raise CommandError("model registry", f"group {group} has no versions yet: 'playgrounds run' registers one")
    have = ", ".join(str(summary["ModelPackageVersion"]) for summary in found)
    raise CommandError("model registry", f"group {group} has no version {version}; it has {have}")


def serving(client: Any, endpoint: str) -> Serving | None:
    """Say what an endpoint serves; None if there is no such endpoint."""
    found = _found(client.describe_endpoint, EndpointName=endpoint)
    if not found:
        return None
    tags = client.list_tags(ResourceArn=found["EndpointArn"])["Tags"]
    return Serving(
        status=found["EndpointStatus"],
        package_arn=_package_of(client, found["EndpointConfigName"]),
        since=found["LastModifiedTime"],
        failure=found.get("FailureReason", ""),
        tags={tag["Key"]: tag["Value"] for tag in tags},
    )


def served_package(client: Any, endpoint: str) -> Package:
    """Give the package that an endpoint serves.

    Raises
    ------
    CommandError
        If there is no such endpoint, or it serves no package.
    """
    now = serving(client, endpoint)
    if now is None:
        raise CommandError(
            "endpoint", f"there is no endpoint {endpoint}: approve a package first ('playgrounds approve')"
        )
    if not now.package_arn:
        raise CommandError("endpoint", f"endpoint {endpoint} ({now.status}) serves no model package")
    return package(client, now.package_arn)


def _summaries(client: Any, group: str) -> list[dict[str, Any]]:
    """List the packages of a group, the newest first; none if there is no such group."""
    pages = client.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Descending"
    )
    try:
        return [summary for page in pages for summary in page["ModelPackageSummaryList"]]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationException":
            return []
        raise


def _package_of(client: Any, config_name: str) -> str:
    """Give the package behind a configuration; empty when there is none, or its model's record is gone."""
    config = _found(client.describe_endpoint_config, EndpointConfigName=config_name)
    if not config:
        return ""
    model = _found(client.describe_model, ModelName=config["ProductionVariants"][0]["ModelName"])
    containers = [model.get("PrimaryContainer", {}), *model.get("Containers", [])]
    return next((container["ModelPackageName"] for container in containers if "ModelPackageName" in container), "")


def _found(describe: Callable[..., dict[str, Any]], **name: str) -> dict[str, Any]:
    """Describe something; nothing if it is not there."""
    try:
        return describe(**name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationException":  # SageMaker's "Could not find …"
            return {}
        raise
