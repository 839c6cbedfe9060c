"""AWS's reference of IAM actions and the resources that they know, as cfn-lint carries it."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any

_TYPES = files("cfnlint.data.schemas.resources")
_ACTIONS = files("cfnlint.data.AdditionalSpecs") / "Policies.json"
# The reference does not tell a bucket from what is in it.
_FINER = {"s3:bucket": "arn:${Partition}:s3:::[^/]+", "s3:object": "arn:${Partition}:s3:::[^/]+/.+"}

_WITHOUT_RESOURCES = frozenset({"sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes", "sns:Unsubscribe"})
"""Actions of which cfn-lint's copy names resources and the Service Authorization Reference none."""


def actions_of(pattern: str) -> list[str]:
    """Return the actions that an action of a policy stands for, wildcards included; none if there is no such action."""
    service, _, name = pattern.partition(":")
    known = _services().get(service, {}).get("Actions", ())
    return [f"{service}:{action}" for action in known if fnmatchcase(action.lower(), name.lower())]


def knows_resources(action: str) -> bool:
    """Return whether an action can be allowed for some resources only."""
    return action not in _WITHOUT_RESOURCES and bool(_entry(action).get("Resources"))


def concerns(action: str, arn: str) -> bool:
    """Return whether an action can be about a resource, by the forms of ARN that AWS gives for it."""
    return bool(kinds(action, arn))


def kinds(action: str, arn: str) -> list[str]:
    """Return the kinds of resources that an action knows and that a resource can be of, as AWS calls them."""
    service = action.partition(":")[0]
    forms = _services()[service]["Resources"]
    return [
        kind
        for kind in _entry(action).get("Resources", [])
        if any(may_match(_FINER.get(f"{service}:{kind}", form), arn) for form in forms[kind.lower()]["ARNFormats"])
    ]


@cache
def type_schema(resource_type: str) -> dict[str, Any]:
    """Return the schema that AWS publishes of a CloudFormation resource type."""
    for file in _TYPES.iterdir():
        text = file.read_text()
        if f'"{resource_type}"' in text and (schema := json.loads(text))["typeName"] == resource_type:
            return schema
    raise KeyError(resource_type)


@cache
def _services() -> dict[str, Any]:
    return json.loads(_ACTIONS.read_text())


def _entry(action: str) -> dict[str, Any]:
    service, _, name = action.partition(":")
    return _services()[service]["Actions"][name.lower()]


def may_match(form: str, arn: str) -> bool:
    """Return whether some ARN is of the form and matches that of the policy, wildcards and all."""
    if "[^/]" in form:
        return re.fullmatch(re.sub(r"\$\{[^}]+\}", ".*", form), arn) is not None
    return _overlap(re.sub(r"\$\{[^}]+\}|\.\*", "*", form), arn)


@cache
def _overlap(one: str, other: str) -> bool:
    """Return whether two patterns with asterisks have a text in common."""
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*":
        return _overlap(one[1:], other) or _overlap(one, other[1:])
    if other[0] == "*":
        return _overlap(one, other[1:]) or _overlap(one[1:], other)
    return one[0] == other[0] and _overlap(one[1:], other[1:])
