"""The published schemas of resource types, as cfn-lint ships them, and what they say of an update."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from local_aws.kernel.regular_expressions import Allowance, Expression, ExpressionError
from local_aws.services.cloudformation.resource_type import Properties

TagForm = Literal["list", "map"]


@dataclass(frozen=True)
class Schema:
    """The schema of a resource type; `attributes` has the names that ``Fn::GetAtt`` takes."""

    name: str
    document: Mapping[str, Any]
    attributes: Mapping[str, Any]

    @property
    def create_only(self) -> list[str]:
        """Pointers of the properties whose change always replaces the resource."""
        return _pointers(self.document, "createOnlyProperties")

    @property
    def conditionally_create_only(self) -> list[str]:
        """Pointers of the properties whose change may replace the resource."""
        return _pointers(self.document, "conditionalCreateOnlyProperties")

    @property
    def read_only(self) -> list[str]:
        """Pointers of what a template cannot set."""
        return _pointers(self.document, "readOnlyProperties")

    @property
    def identifier(self) -> list[str]:
        """Pointers of what identifies a resource."""
        return _pointers(self.document, "primaryIdentifier")

    @property
    def tags(self) -> tuple[str, TagForm] | None:
        """The property that holds tags and its form; None for a type without."""
        tagging = self.document.get("tagging", {})
        name = tagging.get("tagProperty", "/properties/Tags").rpartition("/")[2]
        shape = self.resolved(self.document["properties"].get(name, {}))
        if not tagging.get("taggable", True) or not shape:
            return None
        if "array" in types_of(shape):
            item = self.resolved(shape.get("items", {}))
            return (name, "list") if {"Key", "Value"} <= item.get("properties", {}).keys() else None
        return (name, "map") if "object" in types_of(shape) else None

    def resolved(self, shape: Mapping[str, Any]) -> Mapping[str, Any]:
        """Follow a ``$ref``."""
        while "$ref" in shape:
            target: Any = self.document
            for part in shape["$ref"].lstrip("#/").split("/"):
                target = target[part]
            shape = target
        return shape

    def in_allowed_case(self, name: str) -> str:
        """Return a generated name in lower case where a pattern of what identifies a resource allows no capitals."""
        allowance = Allowance()
        for pointer in self.identifier:
            shape = self.resolved(self.document["properties"].get(pointer.rpartition("/")[2], {}))
            pattern = Expression(shape["pattern"]) if "pattern" in shape else None
            if pattern and not pattern.found_in(name, allowance) and pattern.found_in(name.lower(), allowance):
                return name.lower()
        return name


@dataclass(frozen=True)
class Comparison:
    """What differs between two sets of properties."""

    changed: list[str]
    replacing: list[str]
    perhaps_replacing: list[str]

    @classmethod
    def of(cls, schema: Schema, before: Properties, after: Properties) -> Comparison:
        """Compare properties of a type."""
        names = [*before, *(name for name in after if name not in before)]
        return cls(
            [name for name in names if before.get(name) != after.get(name)],
            _differing(schema.create_only, before, after),
            _differing(schema.conditionally_create_only, before, after),
        )

    @property
    def replaces(self) -> bool:
        """Whether the resource is replaced; here, conditional replacements always are."""
        return bool(self.replacing or self.perhaps_replacing)


def kept_name(schema: Schema, before: Properties, after: Properties) -> str | None:
    """Return the name that a template sets and keeps, so that two such resources cannot be side by side."""
    if not schema.identifier or set(schema.identifier) & set(schema.read_only):
        return None
    names = [values_at(after, pointer) for pointer in schema.identifier]
    if all(names) and names == [values_at(before, pointer) for pointer in schema.identifier]:
        return "/".join(str(value) for values in names for value in values)
    return None


def _differing(pointers: list[str], before: Properties, after: Properties) -> list[str]:
    return [pointer for pointer in pointers if values_at(before, pointer) != values_at(after, pointer)]


def types_of(shape: Mapping[str, Any]) -> list[str]:
    """Return the JSON types that a shape allows."""
    named = shape.get("type", [])
    return [named] if isinstance(named, str) else list(named)


@functools.cache
def schema_of(type_name: str, region: str) -> Schema | None:
    """Return a type's schema; None for a type that CloudFormation does not have."""
    # cfn-lint takes most of a second to import: only stacks pay for it, not the start of the server.
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError

    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, type_name)
    except ResourceNotFoundError:
        return None
    return Schema(type_name, _with_python_patterns(schema.schema), schema.get_atts)


def values_at(properties: Properties, pointer: str) -> list[Any]:
    """Return the values at a pointer such as ``/properties/Budget/BudgetName``; ``*`` is every item of a list."""
    return list(_values(properties, pointer.removeprefix("/properties/").split("/")))


def _values(node: Any, path: list[str]) -> Iterator[Any]:
    if not path:
        yield node
    elif path[0] == "*" and isinstance(node, list):
        for item in node:
            yield from _values(item, path[1:])
    elif isinstance(node, dict) and path[0] in node:
        yield from _values(node[path[0]], path[1:])


def _pointers(document: Mapping[str, Any], member: str) -> list[str]:
    return list(document.get(member) or ())


def _with_python_patterns(node: Any) -> Any:
    """Copy a schema without the patterns that Python's dialect does not have."""
    if isinstance(node, list):
        return [_with_python_patterns(item) for item in node]
    if not isinstance(node, dict):
        return node
    copied = {key: _with_python_patterns(value) for key, value in node.items()}
    if isinstance(copied.get("pattern"), str) and not _compiles(copied["pattern"]):
        del copied["pattern"]
    if isinstance(copied.get("patternProperties"), dict):
        patterns = copied["patternProperties"]
        copied["patternProperties"] = {key if _compiles(key) else "": value for key, value in patterns.items()}
    return copied


def _compiles(pattern: str) -> bool:
    try:
        Expression(pattern)
    except ExpressionError:
        return False
    return True
