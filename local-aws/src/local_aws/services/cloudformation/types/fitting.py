"""A resource's properties in the form that an operation takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.utils import parse_timestamp
from moto.core.utils import get_service_model

from local_aws.contracts.members import unsupported_error
from local_aws.kernel.context import Request
from local_aws.kernel.errors import AwsError


def fitted(service: str, operation: str, members: Mapping[str, Any], type_name: str) -> Request:
    """Turn properties into an operation's request, by botocore's model of it.

    Names find their member whatever their capitals (``SSEAlgorithm``, ``buildspec``); scalars get the member's type;
    documents become text where the member is text. Properties that the operation does not take are refused by name.
    """
    shape = get_service_model(service).operation_model(operation).input_shape
    return dict(_fit(shape, members, "", type_name))


def _fit(shape: Shape, value: Any, path: str, type_name: str) -> Any:
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        by_name = {name.lower(): name for name in shape.members}
        fit = {}
        for name, item in value.items():
            place = f"{path}.{name}" if path else name
            member = by_name.get(name.lower())
            if member is None:
                raise unsupported_error(place, type_name, "ValidationError")
            fit[member] = _fit(shape.members[member], item, place, type_name)
        return fit
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_fit(shape.member, item, path, type_name) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {key: _fit(shape.value, item, f"{path}.{key}", type_name) for key, item in value.items()}
    try:
        return _scalar(shape.type_name, value)
    except ValueError:
        raise AwsError(
            "ValidationError", f"{path} of {type_name} must be of type {shape.type_name}, not {value!r}"
        ) from None


def _scalar(kind: str, value: Any) -> Any:
    """Return a value in the type of its member; what does not fit is left to the operation to refuse."""
    if kind == "string":
        return text_of(value)
    if isinstance(value, str):
        if kind in ("integer", "long"):
            return int(value)
        if kind in ("float", "double"):
            return float(value)
        if kind == "boolean":
            return {"true": True, "false": False}.get(value.lower(), value)
        if kind == "timestamp":
            return parse_timestamp(value).astimezone(UTC)
        if kind == "blob":
            return value.encode()
    return value


def text_of(value: Any) -> str:
    """Return a property as text: a document as JSON, a boolean in lower case."""
    if isinstance(value, dict | list | bool):
        return json.dumps(value, default=str)
    return str(value)
