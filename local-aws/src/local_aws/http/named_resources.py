"""The part of a request that names resources, and may be logged. Never bodies, variables, arguments or secrets.

Which members those are is decided once per operation, by its shape: members called names, ids, ARNs and the like, in
structures and lists of them. Maps are left out, for their content is the user's; so is what AWS's model marks as
sensitive.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

_NAMES = re.compile(r"(names?|arns?|ids?|identifiers?|ur[il]s?|bucket|prefix)$", re.IGNORECASE)
_NAMES_TOO = frozenset(
    {
        *("Action", "Catalog", "CopySource", "Database", "Key", "Namespace", "PermissionsBoundary", "Principal"),
        *("Resource", "Role", "Rule", "S3Key", "ServiceNamespace", "WorkGroup"),
    }
)
_LEFT_OUT = frozenset(
    {
        *("BucketColumns", "Columns", "Dimensions", "EnvironmentVariables", "ExternalId", "MetricDefinitions"),
        *("ParameterOverrides", "Parameters", "PartitionKeys", "PipelineParameters", "SkewedInfo", "SortColumns"),
        "StorageDescriptor",
    }
)
"""Members that do not name resources, or whose values are confidential."""
_TAGS = frozenset({"Tags", "tags", "TagSet"})
_DEPTH = 4
_MAX_ITEMS = 20

Plan = dict[str, Any]
"""Members to keep: a plan for a structure or a list of them, True for a value, `_TAGS` for tags."""

_plans: dict[tuple[str, str], Plan] = {}


def named_resources(service: str, operation: str, shape: Shape | None, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a request that name resources, and its tags, whether or not it is valid."""
    plan = _plans.get((service, operation))
    if plan is None:
        plan = _plans[service, operation] = _plan(shape, _DEPTH)
    return _kept(plan, request)


def _plan(shape: Shape | None, depth: int) -> Plan:
    plan: Plan = {}
    if not isinstance(shape, StructureShape) or depth == 0:
        return plan
    for name, member in shape.members.items():
        if name in _LEFT_OUT or member.metadata.get("sensitive"):
            continue
        inner = member.member if isinstance(member, ListShape) else member
        if name in _TAGS:
            plan[name] = _TAGS
        elif isinstance(inner, StructureShape):
            if members := _plan(inner, depth - 1):
                plan[name] = members
        elif not isinstance(inner, MapShape | ListShape) and inner.type_name == "string" and _is_name(name):
            plan[name] = True
    return plan


def _is_name(member: str) -> bool:
    return member in _NAMES_TOO or _NAMES.search(member) is not None


def _kept(plan: Plan, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        return {}
    kept = {}
    for name, item in value.items():
        inner = plan.get(name)
        if inner is None or item is None:
            continue
        if inner is True:
            value_kept: Any = list(item[:_MAX_ITEMS]) if isinstance(item, list | tuple) else item
        elif inner is _TAGS:
            value_kept = _tags(item)
        elif isinstance(item, list | tuple):
            value_kept = [part for part in (_kept(inner, structure) for structure in item[:_MAX_ITEMS]) if part]
        else:
            value_kept = _kept(inner, item)
        if value_kept not in ([], {}):
            kept[name] = value_kept
    return kept


def _tags(value: Any) -> dict[str, str]:
    """Return tags as a map, whichever of AWS's forms they have."""
    if isinstance(value, Mapping):
        return dict(value)
    tags = {}
    for tag in value if isinstance(value, list | tuple) else ():
        if isinstance(tag, Mapping):
            key = tag.get("Key", tag.get("key", tag.get("TagKey")))
            tags[str(key)] = tag.get("Value", tag.get("value", tag.get("TagValue", "")))
    return tags
