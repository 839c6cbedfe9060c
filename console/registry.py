"""Model packages, and which of them an endpoint serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from console.errors import CommandError
from lambda_functions.endpoint_records import describe_if_exists, packages_of


@dataclass(frozen=True)
class Package:
    """A model package of the group."""

    arn: str
    version: int
    approval: str
    """``Approved``, ``Rejected`` or ``PendingManualApproval``."""
    registered: datetime
    note: str
    """The note of the approval or rejection."""
    properties: Mapping[str, str]
    """The pipeline's metadata: ``Algorithm``, ``Answer``, ``FeatureSet``, ``ScoringRowsUrl`` and more."""

    @property
    def execution_arn(self) -> str:
        """The execution that registered it."""
        return self.properties.get("PipelineExecutionArn", "")


@dataclass(frozen=True)
class Serving:
    """What an endpoint serves, and the outcome of the last deployment to it."""

    status: str
    package_arn: str
    """The package that it serves; empty for a model without a package."""
    moving_to: str
    """The package of an update in progress; empty without an update."""
    since: datetime
    failure: str
    """Why the last update was rolled back, or the endpoint failed; empty otherwise."""
    tags: Mapping[str, str]
    """The endpoint's tags, including ``LastDeployment…``."""


def packages(client: Any, group: str) -> list[Package]:
    """Describe the packages of a group, newest first; empty if the group does not exist."""
    return [package(client, summary["ModelPackageArn"]) for summary in summaries(client, group)]


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
    """Return a version of a group by its number, its ARN or ``"latest"``.

    Raises
    ------
    CommandError
        It does not exist; the message lists those that do.
    """
    registered = summaries(client, group)
    for summary in registered:
        if version in ("latest", str(summary["ModelPackageVersion"]), summary["ModelPackageArn"]):
            return package(client, summary["ModelPackageArn"])
    if not registered:
        raise CommandError("model registry", f"group {group} has no versions yet: 'playgrounds run' registers one")
    have = ", ".join(str(summary["ModelPackageVersion"]) for summary in registered)
    raise CommandError("model registry", f"group {group} has no version {version}; it has {have}")


def serving(client: Any, endpoint: str) -> Serving | None:
    """Describe what an endpoint serves; None if the endpoint does not exist."""
    described = describe_if_exists(client.describe_endpoint, EndpointName=endpoint)
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
    """Return the time since when an endpoint serves a package.

    The endpoint's own times reflect every change, including a rolled-back update. They count only until the tags record
    the last change; without tags, the configuration's time counts: each deployment creates one.
    """
    if package_arn and tags.get("ServingPackage") == package_arn and "ServingSince" in tags:
        return datetime.fromisoformat(tags["ServingSince"])
    if "ServingPackage" in tags:
        changed: datetime = endpoint["LastModifiedTime"]
        return changed
    config = describe_if_exists(client.describe_endpoint_config, EndpointConfigName=endpoint["EndpointConfigName"])
    since: datetime = config.get("CreationTime", endpoint["LastModifiedTime"])
    return since


def config_of(client: Any, endpoint: str, package_arn: str) -> str:
    """Return the newest of an endpoint's configurations that serves a package; empty if there is none."""
    pages = client.get_paginator("list_endpoint_configs").paginate(
        NameContains=endpoint, SortBy="CreationTime", SortOrder="Descending"
    )
    for page in pages:
        for config in page["EndpointConfigs"]:
            if package_arn in packages_of(client, config["EndpointConfigName"]):
                return str(config["EndpointConfigName"])
    return ""


def served_package(client: Any, endpoint: str) -> Package:
    """Return the package that an endpoint serves; raise `CommandError` if there is none."""
    now = serving(client, endpoint)
    if now is None:
        raise CommandError(
            "endpoint", f"endpoint {endpoint} does not exist: approve a package first ('playgrounds approve')"
        )
    if not now.package_arn:
        raise CommandError("endpoint", f"endpoint {endpoint} ({now.status}) does not serve a model package")
    return package(client, now.package_arn)


def summaries(client: Any, group: str) -> list[dict[str, Any]]:
    """List the packages of a group, newest first; empty if the group does not exist."""
    pages = client.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Descending"
    )
    try:
        return [summary for page in pages for summary in page["ModelPackageSummaryList"]]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationException":
            return []
        raise
