"""Checks a step's arguments against botocore's model of the request that they become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.utils import get_service_model

from local_aws.services.sagemaker.pipelines.errors import DefinitionError, ReferenceTypeError
from local_aws.services.sagemaker.pipelines.expressions import is_expression
from local_aws.services.sagemaker.pipelines.parameters import Parameter

_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (float, int),
    "double": (float, int),
}


def check_request(operation: str, arguments: dict[str, Any], filled_in: frozenset[str]) -> None:
    """Check members, types and enums of a SageMaker operation's request; expressions may stand for any value."""
    shape = get_service_model("sagemaker").operation_model(operation).input_shape
    fault = next(_faults(shape, arguments, "Arguments", filled_in), None)
    if fault is not None:
        raise DefinitionError(f"Model Validation failed: {fault}")


def check_references(operation: str, arguments: Any, parameters: Mapping[str, Parameter]) -> None:
    """Check that texts of an operation's request are not references to parameters of another type, as AWS does."""
    shape = get_service_model("sagemaker").operation_model(operation).input_shape
    name = next(_wrong_references(shape, arguments, parameters), None)
    if name is not None:
        raise ReferenceTypeError(
            f"Cannot assign property reference [Parameters.{name}] to argument of type [String]. In the SDK, the "
            "parameter's to_string() makes a text of it"
        )


def _wrong_references(shape: Shape, node: Any, parameters: Mapping[str, Parameter]) -> Iterator[str]:
    if is_expression(node):
        name = str(node.get("Get", "")).rpartition("Parameters.")[2]
        parameter = parameters.get(name) if node == {"Get": f"Parameters.{name}"} else None
        if parameter is not None and parameter.type_name != "String" and shape.type_name == "string":
            yield name
    elif isinstance(shape, StructureShape):
        for name in node.keys() & shape.members.keys():
            yield from _wrong_references(shape.members[name], node[name], parameters)
    elif isinstance(shape, ListShape):
        for value in node:
            yield from _wrong_references(shape.member, value, parameters)
    elif isinstance(shape, MapShape):
        for value in node.values():
            yield from _wrong_references(shape.value, value, parameters)


def _faults(shape: Shape, node: Any, path: str, filled_in: frozenset[str] = frozenset()) -> Iterator[str]:
    if is_expression(node):
        return
    types = _TYPES.get(shape.type_name, (object,))
    fits = isinstance(node, types) and not (isinstance(node, bool) and int in types)
    if not fits:
        yield f"{path} must be {_NAMES[types[0]]}, but {node!r} is {_NAMES.get(type(node), 'null')}"
    elif isinstance(shape, StructureShape):
        for name in sorted(node.keys() - shape.members.keys()):
            yield f"{path} has no member {name!r}"
        for name in sorted(set(shape.required_members) - node.keys() - filled_in):
            yield f"{path} lacks the member {name!r}"
        for name, value in node.items():
            if name in shape.members:
                yield from _faults(shape.members[name], value, f"{path}.{name}")
    elif isinstance(shape, ListShape):
        for index, value in enumerate(node):
            yield from _faults(shape.member, value, f"{path}[{index}]")
    elif isinstance(shape, MapShape):
        for key, value in node.items():
            yield from _faults(shape.value, value, f"{path}[{key!r}]")
    elif (enum := getattr(shape, "enum", None)) and node not in enum:
        yield f"Value {node!r} at {path} failed to satisfy enum value set: [{', '.join(enum)}]"
