"""SageMaker's records of an endpoint and of what it serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

SERVING = frozenset({"InService", "Updating", "SystemUpdating", "RollingBack"})
"""Statuses of an endpoint that answers."""
CHANGING = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack"})
"""Statuses of an endpoint that comes to an end by itself."""


def describe_if_exists(describe: Callable[..., dict[str, Any]], **request: Any) -> dict[str, Any]:
    """Call a describe or list method of a SageMaker client; return an empty response if the resource does not exist."""
    try:
        return describe(**request)
    except ClientError as error:
        if is_missing(error):
            return {}
        raise


def is_missing(error: ClientError) -> bool:
    """Return whether SageMaker says that a resource does not exist: its services say so in three ways."""
    code, text = error.response["Error"]["Code"], str(error)
    return code == "ResourceNotFound" or (
        code == "ValidationException" and ("Could not find" in text or "does not exist" in text)
    )


def next_config(endpoint: Mapping[str, Any]) -> str:
    """Return the configuration that an endpoint has once the current update is done; empty if there is no endpoint."""
    return str((endpoint.get("PendingDeploymentSummary") or endpoint).get("EndpointConfigName", ""))


def packages_of(sagemaker: Any, config_name: str) -> set[str]:
    """Return the model packages behind an endpoint configuration; an endpoint may outlive its records."""
    config = describe_if_exists(sagemaker.describe_endpoint_config, EndpointConfigName=config_name)
    packages = set()
    for variant in config.get("ProductionVariants", []):
        model = describe_if_exists(sagemaker.describe_model, ModelName=variant["ModelName"])
        for container in [model.get("PrimaryContainer", {}), *model.get("Containers", [])]:
            packages.add(container.get("ModelPackageName"))
    return packages - {None}


def why_not_updatable(name: str, endpoint: Mapping[str, Any], *, serverless: bool) -> str:
    """Return why no waiting makes an endpoint ready for an update, and what a person has to do; empty if it may.

    `serverless` is the type to update it to. An endpoint that does not exist, or is being deleted, is created.
    """
    status = endpoint.get("EndpointStatus")
    on_instances = any("CurrentServerlessConfig" not in variant for variant in endpoint.get("ProductionVariants", []))
    if serverless and on_instances and status in SERVING:
        reason = "on instances, which SageMaker does not update to serverless"
    elif status not in SERVING | CHANGING | {"Deleting", None}:
        reason = f"{status}, which SageMaker does not update"
    else:
        return ""
    return (
        f"endpoint {name} is {reason}: delete it with 'aws sagemaker delete-endpoint --endpoint-name {name}' and "
        "approve the package again"
    )
