"""JSON bodies against the shapes of botocore's model, before anything reads them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NoReturn

from botocore.model import ListShape, MapShape, Shape, StructureShape

from local_aws.kernel.errors import AwsError
from local_aws.kernel.nested_json import read_json

_MAX_INTEGER = (1 << 63) - 1
_NUMBER_WORDS = frozenset({"NaN", "Infinity", "-Infinity"})


def check_json(shape: Shape | None, body: bytes) -> None:
    """Check that a body is JSON of a shape's types, whatever its members' values; an empty body is an empty structure.

    Raises
    ------
    AwsError
        ``SerializationException``, which names the member at fault.
    """
    if not body:
        return
    try:
        value = read_json(body, parse_constant=_refuse_constant)
        if b"\\ud" in body or b"\\uD" in body:
            _check_characters(value)
    except ValueError as error:
        raise AwsError("SerializationException", f"the request body cannot be read: {error}") from None
    if not isinstance(value, dict):
        raise AwsError("SerializationException", "the request body must be a JSON object")
    if shape is not None:
        for fault in _faults(shape, value, ""):
            raise AwsError("SerializationException", fault)


def body_shape(shape: Shape | None) -> Shape | None:
    """Return the shape of what the body of a request in JSON holds: the payload's, if the input has one.

    A payload that is not a structure is not JSON: then there is no shape to hold the body against.
    """
    if isinstance(shape, StructureShape) and (payload := shape.serialization.get("payload")):
        return shape.members[payload]
    return shape


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _check_characters(value: Any) -> None:
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, dict):
        for name, member in value.items():
            name.encode()
            _check_characters(member)
    elif isinstance(value, list):
        for member in value:
            _check_characters(member)


def _faults(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if value is None or getattr(shape, "is_document_type", False):
        return
    if isinstance(shape, StructureShape):
        if not isinstance(value, dict):
            yield _fault(path, "an object")
            return
        for name, member in shape.members.items():
            wire_name = member.serialization.get("name", name)
            if wire_name in value and "location" not in member.serialization:
                yield from _faults(member, value[wire_name], f"{path}.{name}" if path else name)
    elif isinstance(shape, ListShape):
        if not isinstance(value, list):
            yield _fault(path, "a list")
            return
        for index, member in enumerate(value):
            yield from _faults(shape.member, member, f"{path}[{index}]")
    elif isinstance(shape, MapShape):
        if not isinstance(value, dict):
            yield _fault(path, "an object")
            return
        for name, member in value.items():
            yield from _faults(shape.value, member, f"{path}.{name}"[:200])
    elif not _is_scalar(shape.type_name, value):
        yield _fault(path, f"a {shape.type_name}")


def _is_scalar(type_name: str, value: Any) -> bool:
    if type_name == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if type_name in ("integer", "long"):
        return isinstance(value, int | float) and math.isfinite(value) and value == int(value) and _fits(value)
    if type_name in ("float", "double"):
        return value in _NUMBER_WORDS if isinstance(value, str) else isinstance(value, int | float) and _fits(value)
    if type_name == "timestamp":
        return isinstance(value, str) or (isinstance(value, int | float) and _fits(value))
    return isinstance(value, str)


def _fits(value: float) -> bool:
    return isinstance(value, float) or abs(value) <= _MAX_INTEGER


def _fault(path: str, expected: str) -> str:
    return f"{path or 'the request body'} must be {expected}"
