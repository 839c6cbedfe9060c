"""Pipeline parameters: their declarations, and the values that an execution is started with."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.pipelines.errors import DefinitionError

Value = str | int | float | bool

_TYPES = ("String", "Integer", "Float", "Boolean")
_NAME = re.compile(r"[A-Za-z0-9\-_]{1,256}")
_INTEGER = re.compile(r"[+-]?\d+")
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True)
class Parameter:
    """A declared parameter."""

    name: str
    type_name: str
    default: Value | None = None
    """The value when the request has none; None when it must have one."""
    allowed: tuple[str, ...] = ()
    """The only values; empty for any."""


def parse_parameters(nodes: Any) -> dict[str, Parameter]:
    """Read the declarations of a definition."""
    if not isinstance(nodes, list):
        raise DefinitionError(f"Parameters is a list, not {nodes!r}")
    parameters: dict[str, Parameter] = {}
    for node in nodes:
        parameter = _declaration(node)
        if parameter.name in parameters:
            raise DefinitionError(f"two parameters are named {parameter.name!r}")
        parameters[parameter.name] = parameter
    return parameters


def parameter_values(parameters: Mapping[str, Parameter], assignments: list[dict[str, str]]) -> dict[str, Value]:
    """Return the value of every parameter of an execution, from the declarations and the request's assignments."""
    values: dict[str, Value] = {}
    for assignment in assignments:
        parameter = parameters.get(assignment["Name"])
        if parameter is None:
            raise invalid(
                f"pipeline parameter {assignment['Name']!r} is not in the definition, "
                f"which has {', '.join(parameters) or 'none'}"
            )
        if parameter.name in values:
            raise invalid(f"pipeline parameter {parameter.name!r} is assigned twice")
        values[parameter.name] = _parsed(parameter, assignment["Value"])
    effective = {name: values.get(name, parameter.default) for name, parameter in parameters.items()}
    if missing := [name for name, value in effective.items() if value is None]:
        raise invalid(f"pipeline parameters without a default need a value: {', '.join(missing)}")
    return {name: value for name, value in effective.items() if value is not None}


def value_text(value: Value) -> str:
    """Return a value as listings of an execution's parameters show it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _declaration(node: Any) -> Parameter:
    if not isinstance(node, dict) or not node.keys() <= {"Name", "Type", "DefaultValue", "EnumValues"}:
        raise DefinitionError(f"a parameter takes Name, Type, DefaultValue and EnumValues, not {node!r}")
    name, type_name, allowed = node.get("Name"), node.get("Type"), node.get("EnumValues") or []
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise DefinitionError(f"a parameter's Name matches {_NAME.pattern}, not {name!r}")
    if type_name not in _TYPES:
        raise DefinitionError(f"Type {type_name!r} of parameter {name} is not one of {', '.join(_TYPES)}")
    if not isinstance(allowed, list) or not all(isinstance(value, str) for value in allowed):
        raise DefinitionError(f"EnumValues of parameter {name} is a list of strings, not {allowed!r}")
    default = node.get("DefaultValue")
    if default is not None and not _is_of(type_name, default):
        raise DefinitionError(f"DefaultValue {default!r} of parameter {name} is not of type {type_name}")
    if default is not None and allowed and default not in allowed:
        raise DefinitionError(f"DefaultValue {default!r} of parameter {name} is not among its EnumValues")
    return Parameter(name, type_name, default, tuple(allowed))


def _is_of(type_name: str, value: Any) -> bool:
    if type_name == "String":
        return isinstance(value, str)
    if type_name == "Boolean":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    return isinstance(value, int) if type_name == "Integer" else isinstance(value, int | float)


def _parsed(parameter: Parameter, text: str) -> Value:
    if parameter.allowed and text not in parameter.allowed:
        raise invalid(
            f"value {text!r} of pipeline parameter {parameter.name!r} is not one of {', '.join(parameter.allowed)}"
        )
    if parameter.type_name == "String":
        return text
    if parameter.type_name == "Boolean" and text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    if parameter.type_name == "Integer" and _INTEGER.fullmatch(text):
        return int(text)
    if parameter.type_name == "Float":
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            return number
    raise invalid(f"value {text!r} of pipeline parameter {parameter.name!r} is not of type {parameter.type_name}")
