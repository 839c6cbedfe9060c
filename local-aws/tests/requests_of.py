"""Smallest requests that fit botocore's model of an operation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape


def smallest(shape: Shape | None) -> dict[str, Any]:
    """Return a request with the required members alone."""
    return {} if shape is None else _value(shape, ())


def _value(shape: Shape, parents: tuple[str, ...]) -> Any:
    if isinstance(shape, StructureShape):
        if shape.name in parents:
            return {}
        chosen = shape.required_members or list(shape.members)[:1] if shape.is_tagged_union else shape.required_members
        return {name: _value(shape.members[name], (*parents, shape.name)) for name in chosen}
    if isinstance(shape, ListShape):
        return [_value(shape.member, parents)] * max(1, shape.metadata.get("min", 1))
    if isinstance(shape, MapShape):
        return {"a": _value(shape.value, parents)}
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else "a" * max(1, shape.metadata.get("min", 1))
    if shape.type_name == "timestamp":
        return datetime(2026, 1, 1, tzinfo=UTC)
    if shape.type_name == "blob":
        return b"a"
    if shape.type_name == "boolean":
        return False
    return shape.metadata.get("min", 1)
