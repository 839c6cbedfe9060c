"""SageMaker's records of an endpoint and of what it serves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

SERVING = frozenset({"InService", "Updating", "SystemUpdating", "RollingBack"})
"""Statuses of an endpoint that answers."""
CHANGING = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack"})
"""Statuses of an endpoint that comes to an end by itself."""


def describe_if_exists(describe: Callable[..., dict[str, Any]], **name: str) -> dict[str, Any]:
    """Call a describe method of a SageMaker client; return an empty response if the resource does not exist."""
    try:
        return describe(**name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationException" and "Could not find" in str(error):
            return {}
        raise


def packages_of(sagemaker: Any, config_name: str) -> set[str]:
    """Return the model packages behind an endpoint configuration; an endpoint may outlive its records."""
    config = describe_if_exists(sagemaker.describe_endpoint_config, EndpointConfigName=config_name)
    packages = set()
    for variant in config.get("ProductionVariants", []):
        model = describe_if_exists(sagemaker.describe_model, ModelName=variant["ModelName"])
        for container in [model.get("PrimaryContainer", {}), *model.get("Containers", [])]:
            packages.add(container.get("ModelPackageName"))
    return packages - {None}
