"""Checks a step's arguments against botocore's model of the request that they become."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.utils import get_service_model

from local_aws.services.sagemaker.pipelines.expressions import is_expression
from local_aws.services.sagemaker.pipelines.faults import DefinitionError

_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}


def check_request(operation: str, arguments: dict[str, Any], filled_in: frozenset[str]) -> None:
    """Check members, types and enums; expressions may stand for any value.

    Parameters
    ----------
    operation
        The SageMaker operation, e.g. ``CreateProcessingJob``.
    """
    shape = get_service_model("sagemaker").operation_model(operation).input_shape
    fault = next(_faults(shape, arguments, "Arguments", filled_in), None)
    if fault is not None:
        raise DefinitionError(f"Model Validation failed: {fault}")


def _faults(shape: Shape, node: Any, path: str, filled_in: frozenset[str] = frozenset()) -> Iterator[str]:
    if is_expression(node):
        return
    if isinstance(shape, StructureShape):
        if not isinstance(node, dict):
            yield _wrong_type(node, path, "object")
            return
        for name in sorted(node.keys() - shape.members.keys()):
            yield f"{path} has no member {name!r}"
        for name in sorted(set(shape.required_members) - node.keys() - filled_in):
            yield f"{path} lacks the member {name!r}"
        for name, value in node.items():
            if name in shape.members:
                yield from _faults(shape.members[name], value, f"{path}.{name}")
    elif isinstance(shape, ListShape):
        if not isinstance(node, list):
            yield _wrong_type(node, path, "array")
            return
        for index, value in enumerate(node):
            yield from _faults(shape.member, value, f"{path}[{index}]")
    elif isinstance(shape, MapShape):
        if not isinstance(node, dict):
            yield _wrong_type(node, path, "object")
            return
        for key, value in node.items():
            yield from _faults(shape.value, value, f"{path}[{key!r}]")
    else:
        yield from _scalar_faults(shape, node, path)


def _scalar_faults(shape: Shape, node: Any, path: str) -> Iterator[str]:
    is_number = isinstance(node, int | float) and not isinstance(node, bool)
    kind = shape.type_name
    if kind == "string":
        enum = getattr(shape, "enum", None)
        if not isinstance(node, str):
            yield _wrong_type(node, path, "string")
        elif enum and node not in enum:
            yield f"Value {node!r} at {path} failed to satisfy enum value set: [{', '.join(enum)}]"
    elif kind == "boolean" and not isinstance(node, bool):
        yield _wrong_type(node, path, "boolean")
    elif kind in ("integer", "long") and not (is_number and isinstance(node, int)):
        yield _wrong_type(node, path, "integer")
    elif kind in ("float", "double") and not is_number:
        yield _wrong_type(node, path, "number")


def _wrong_type(node: Any, path: str, wanted: str) -> str:
    return f"{path} is to be {wanted}, but {node!r} is {_NAMES.get(type(node), 'null')}"
