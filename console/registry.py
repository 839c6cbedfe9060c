"""Model packages, and which of them an endpoint serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from console.errors import CommandError
from lambda_functions.endpoint_records import found, packages_of


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
    moving_to
        The package that an update under way brings; empty without an update.
    since
        Since when it serves what it serves.
    failure
        Why the last update was rolled back, or the endpoint failed; empty otherwise.
    tags
        The endpoint's tags, ``LastDeployment…`` among them.
    """

    status: str
    package_arn: str
    moving_to: str
    since: datetime
    failure: str
    tags: Mapping[str, str]


def packages(client: Any, group: str) -> list[Package]:
    """Describe the packages of a group, the newest first; none if there is no such group."""
    return [package(client, summary["ModelPackageArn"]) for summary in _summaries(client, group)]


def package(client: Any, arn: str) -> Package:
    """Describe a package."""
    described = client.describe_model_package(ModelPackageName=arn)
    return Package(
        arn=arn,
        version=described["ModelPackageVersion"],
        approval=described["ModelApprovalStatus"],
        registered=described["CreationTime"],
        note=described.get("ApprovalDescription", ""),
        properties=described.get("CustomerMetadataProperties", {}),
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
    summaries = _summaries(client, group)
    for summary in summaries:
        if version in ("latest", str(summary["ModelPackageVersion"]), summary["ModelPackageArn"]):
            return package(client, summary["ModelPackageArn"])
    if not summaries:
        raise CommandError("model registry", f"group {group} has no versions yet: 'playgrounds run' registers one")
    have = ", ".join(str(summary["ModelPackageVersion"]) for summary in summaries)
    raise CommandError("model registry", f"group {group} has no version {version}; it has {have}")


def serving(client: Any, endpoint: str) -> Serving | None:
    """Say what an endpoint serves; None if there is no such endpoint."""
    described = found(client.describe_endpoint, EndpointName=endpoint)
    if not described:
        return None
    pages = client.get_paginator("list_tags").paginate(ResourceArn=described["EndpointArn"])
    tags = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
    package_arn = next(iter(packages_of(client, described["EndpointConfigName"])), "")
    pending = described.get("PendingDeploymentSummary")
    return Serving(
        status=described["EndpointStatus"],
        package_arn=package_arn,
        moving_to=next(iter(packages_of(client, pending["EndpointConfigName"])), "") if pending else "",
        since=_since(client, described, tags, package_arn),
        failure=described.get("FailureReason", ""),
        tags=tags,
    )


def _since(client: Any, endpoint: Mapping[str, Any], tags: Mapping[str, str], package_arn: str) -> datetime:
    """Give the time from which on an endpoint serves a package.

    The endpoint's own times tell of every change, a rolled-back update among them. They count only until the tags tell
    of the last change; where no tags are, the configuration's time counts: each deployment makes one.
    """
    if package_arn and tags.get("ServingPackage") == package_arn and "ServingSince" in tags:
        return datetime.fromisoformat(tags["ServingSince"])
    if "ServingPackage" in tags:
        changed: datetime = endpoint["LastModifiedTime"]
        return changed
    config = found(client.describe_endpoint_config, EndpointConfigName=endpoint["EndpointConfigName"])
    since: datetime = config.get("CreationTime", endpoint["LastModifiedTime"])
    return since


def config_of(client: Any, endpoint: str, package_arn: str) -> str:
    """Give the newest of an endpoint's configurations that serves a package; empty if there is none."""
    pages = client.get_paginator("list_endpoint_configs").paginate(
        NameContains=endpoint, SortBy="CreationTime", SortOrder="Descending"
    )
    for page in pages:
        for config in page["EndpointConfigs"]:
            if package_arn in packages_of(client, config["EndpointConfigName"]):
                return str(config["EndpointConfigName"])
    return ""


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
