"""The resource types that stacks may hold, one module a service."""

from __future__ import annotations

from local_aws.cloudformation.resource_type import ResourceType

TYPES: dict[str, ResourceType] = {}
