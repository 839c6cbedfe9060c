"""Policy documents: read, checked, and taken apart into statements that know where they stand in the text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.kernel.nested_json import read_json
from local_aws.services.iam.conditions import UnknownOperatorError, check_operator

_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"
_MEMBERS = frozenset(
    "Sid Effect Action NotAction Resource NotResource Principal NotPrincipal Condition".split()  # noqa: SIM905
)
_VERSIONS = ("2008-10-17", "2012-10-17")
_VENDOR = re.compile(r"\*|[A-Za-z0-9.-]+")


class MalformedPolicyError(ValueError):
    """Raised when a text is not a policy; says why."""


@dataclass(frozen=True)
class Statement:
    """A statement."""

    allows: bool
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    """The elements' values; None for an element that is not there."""
    principals: Mapping[str, tuple[str, ...]] | None
    not_principals: Mapping[str, tuple[str, ...]] | None
    """Values by type, ``"*"`` being that of ``AWS``; None for an element that is not there."""
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]]
    has_variables: bool
    """Whether ``${…}`` is a variable in it, which it is since 2012."""
    start: int
    end: int


@dataclass(frozen=True)
class Document:
    """A policy."""

    name: str
    kind: str
    """A SourcePolicyType, e.g. ``"role"`` for an inline policy of a role."""
    text: str
    statements: tuple[Statement, ...]

    def position(self, index: int) -> dict[str, int]:
        """Return line and column, both from 1, of a place in the text."""
        before = self.text[:index]
        return {"Line": before.count("\n") + 1, "Column": index - (before.rfind("\n") + 1) + 1}


def parse_document(text: str, name: str, kind: str, *, of_resource: bool = False) -> Document:
    """Read a policy.

    Raises
    ------
    MalformedPolicyError
        When it is none.
    """
    try:
        content = read_json(text)
    except ValueError as error:
        raise MalformedPolicyError(f"{name} is not in the valid JSON format: {error}") from error
    if not isinstance(content, dict) or "Statement" not in content:
        raise MalformedPolicyError(f"{name} has no Statement")
    version = content.get("Version", _VERSIONS[0])
    if version not in _VERSIONS:
        raise MalformedPolicyError(f"{name} has Version {version!r}; it must be one of {', '.join(_VERSIONS)}")
    try:
        statements = tuple(
            _statement(value, version == _VERSIONS[1], of_resource, start, end)
            for value, start, end in _spans(text, content["Statement"])
        )
    except (MalformedPolicyError, UnknownOperatorError) as error:
        raise MalformedPolicyError(f"{name}: {error}") from error
    return Document(name, kind, text, statements)


def _statement(value: Any, has_variables: bool, of_resource: bool, start: int, end: int) -> Statement:
    if not isinstance(value, dict):
        raise MalformedPolicyError("a statement is not an object")
    if unknown := sorted(set(value) - _MEMBERS):
        raise MalformedPolicyError(f"a statement has no element {', '.join(unknown)}")
    if value.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicyError("Effect of a statement must be Allow or Deny")
    if ("Action" in value) == ("NotAction" in value):
        raise MalformedPolicyError("a statement must have either Action or NotAction")
    if of_resource:
        if ("Principal" in value) == ("NotPrincipal" in value):
            raise MalformedPolicyError("a statement of a resource's policy must have either Principal or NotPrincipal")
    elif "Principal" in value or "NotPrincipal" in value:
        raise MalformedPolicyError("a statement of an identity's policy has no Principal")
    elif ("Resource" in value) == ("NotResource" in value):
        raise MalformedPolicyError("a statement must have either Resource or NotResource")
    conditions = value.get("Condition", {})
    if not isinstance(conditions, dict) or not all(isinstance(keys, dict) for keys in conditions.values()):
        raise MalformedPolicyError("Condition must map operators to keys and values")
    for operator in conditions:
        check_operator(operator)
    return Statement(
        value["Effect"] == "Allow",
        _actions(value, "Action"),
        _actions(value, "NotAction"),
        _resources(value, "Resource", of_resource),
        _resources(value, "NotResource", of_resource),
        _principals(value, "Principal"),
        _principals(value, "NotPrincipal"),
        {operator: {key: _values(values) for key, values in keys.items()} for operator, keys in conditions.items()},
        has_variables,
        start,
        end,
    )


def _texts(statement: Mapping[str, Any], element: str) -> tuple[str, ...] | None:
    if element not in statement:
        return None
    value = statement[element]
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in values):
        raise MalformedPolicyError(f"{element} must be a string or a list of strings")
    return tuple(values)


def _actions(statement: Mapping[str, Any], element: str) -> tuple[str, ...] | None:
    actions = _texts(statement, element)
    for action in actions or ():
        _check_action(action)
    return actions


def _check_action(action: str) -> None:
    if action == "*":
        return
    vendor, *names = action.split(":")
    if not names:
        raise MalformedPolicyError(
            f"Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.; {action!r} is not"
        )
    if len(names) > 1:
        raise MalformedPolicyError(f"Actions/Condition can contain only one colon; {action!r} has {len(names)}")
    if not _VENDOR.fullmatch(vendor):
        raise MalformedPolicyError(f"Vendor {vendor} is not valid")


def _resources(statement: Mapping[str, Any], element: str, of_resource: bool) -> tuple[str, ...] | None:
    resources = _texts(statement, element)
    for resource in () if of_resource else resources or ():
        if resource != "*" and not resource.startswith("arn:"):
            raise MalformedPolicyError(f'Resource {resource} must be in ARN format or "*".')
    return resources


def _principals(statement: Mapping[str, Any], element: str) -> dict[str, tuple[str, ...]] | None:
    if element not in statement:
        return None
    value = statement[element]
    if value == "*":
        return {"AWS": ("*",)}
    if not isinstance(value, dict):
        raise MalformedPolicyError(f'{element} must be "*" or map types to principals')
    return {kind: _texts(value, kind) or () for kind in value}


def _values(value: Any) -> tuple[str, ...]:
    values: Sequence[Any] = value if isinstance(value, list) else [value]
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in values)


def _spans(text: str, statements: Any) -> Iterator[tuple[Any, int, int]]:
    """Return each statement with where it begins and ends in the text."""
    start = _value_of_statement(text)
    if not isinstance(statements, list):
        yield statements, start, _DECODER.raw_decode(text, start)[1]
        return
    at = start + 1
    for statement in statements:
        at = _skip(text, at, _SPACE + ",")
        end = _DECODER.raw_decode(text, at)[1]
        yield statement, at, end
        at = end


def _value_of_statement(text: str) -> int:
    """Find where the value of the outermost member ``Statement`` begins; the text is known to have one."""
    at, start = text.index("{") + 1, 0
    while True:
        at = _skip(text, at, _SPACE + ",")
        if text[at] == "}":
            return start
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at, _SPACE + ":")
        if key == "Statement":
            start = at
        at = _DECODER.raw_decode(text, at)[1]


def _skip(text: str, at: int, characters: str) -> int:
    while text[at] in characters:
        at += 1
    return at
