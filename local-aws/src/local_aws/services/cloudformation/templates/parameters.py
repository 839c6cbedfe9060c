"""A template's parameters: their declarations, and their values in a request."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from local_aws.kernel.regular_expressions import (
    MAX_CHARACTERS,
    Allowance,
    Expression,
    ExpressionError,
    MatchTimeoutError,
)
from local_aws.services.cloudformation.errors import invalid, unsupported

_LIST_TYPES = ("CommaDelimitedList", "List<Number>")
_TYPES = ("String", "Number", *_LIST_TYPES)
_NAME = re.compile(r"[A-Za-z0-9]+", re.ASCII)
_MEMBERS = frozenset(
    {
        *("AllowedPattern", "AllowedValues", "ConstraintDescription", "Default", "Description", "MaxLength"),
        *("MaxValue", "MinLength", "MinValue", "NoEcho", "Type"),
    }
)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _is_number(value: Any) -> bool:
    try:
        return _is_scalar(value) and math.isfinite(float(value))
    except ValueError:
        return False


def _is_length(value: Any) -> bool:
    return _is_scalar(value) and re.fullmatch(r"[0-9]+", as_text(value)) is not None


def _is_pattern(value: Any) -> bool:
    try:
        return isinstance(value, str) and Expression(value) is not None
    except ExpressionError:
        return False


_FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "AllowedPattern": (
        _is_pattern,
        f"a regular expression of Python's dialect, with at most {MAX_CHARACTERS} characters",
    ),
    "AllowedValues": (lambda value: isinstance(value, list) and all(map(_is_scalar, value)), "a list of strings"),
    "ConstraintDescription": (lambda value: isinstance(value, str), "a string"),
    "Default": (_is_scalar, "a string"),
    "MaxLength": (_is_length, "a whole number"),
    "MaxValue": (_is_number, "a number"),
    "MinLength": (_is_length, "a whole number"),
    "MinValue": (_is_number, "a number"),
    "NoEcho": (_is_scalar, "true or false"),
}
"""The form of each member of a declaration."""
MASK = "****"
"""What is shown of a parameter with NoEcho."""

Declarations = Mapping[str, Mapping[str, Any]]


def check_declarations(declarations: Declarations) -> None:
    """Check the Parameters section of a template."""
    for name, declaration in declarations.items():
        if not _NAME.fullmatch(name):
            raise invalid(f"Template format error: Parameter name {name} is non alphanumeric.")
        if not isinstance(declaration, dict) or "Type" not in declaration:
            raise invalid(f"Template format error: Every Parameters object must contain a Type member. ({name})")
        unknown = sorted(declaration.keys() - _MEMBERS)
        if unknown:
            raise invalid(f"Invalid template parameter property '{unknown[0]}' ({name})")
        type_name = declaration["Type"]
        if str(type_name).startswith("AWS::"):
            raise unsupported(f"the parameter type {type_name}", f"parameter {name}")
        if type_name not in _TYPES:
            raise invalid(f"Template format error: Unrecognized parameter type: {type_name} ({name})")
        for member, (is_right, what) in _FORMS.items():
            if member in declaration and not is_right(declaration[member]):
                raise invalid(f"Template format error: {member} of parameter {name} must be {what}")


def values(
    declarations: Declarations, requested: Sequence[Mapping[str, Any]], previous: Mapping[str, str]
) -> dict[str, str]:
    """Return the value of each declared parameter, as text; unknown, missing and wrong values are errors.

    Parameters
    ----------
    requested
        The request's ``Parameters``.
    previous
        The stack's values, for ``UsePreviousValue``.
    """
    unknown = sorted({item["ParameterKey"] for item in requested} - declarations.keys())
    if unknown:
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    texts = {name: as_text(item["Default"]) for name, item in declarations.items() if "Default" in item}
    for item in requested:
        key = item["ParameterKey"]
        if item.get("UsePreviousValue"):
            if "ParameterValue" in item:
                raise invalid(
                    f"Invalid input for parameter key {key}. Cannot specify usePreviousValue as true and a value"
                )
            if key not in previous:
                raise invalid(f"Invalid input for parameter key {key}. There is no previous value")
            texts[key] = previous[key]
        elif "ParameterValue" in item:
            texts[key] = item["ParameterValue"]
    missing = [name for name in declarations if name not in texts]
    if missing:
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
    allowance = Allowance()
    for name, declaration in declarations.items():
        _check_value(name, declaration, texts[name], allowance)
    return {name: texts[name] for name in declarations}


def typed(declaration: Mapping[str, Any], text: str) -> str | list[str]:
    """Return what ``Ref`` returns of a parameter with this text."""
    if declaration["Type"] in _LIST_TYPES:
        return [item.strip() for item in text.split(",")] if text else []
    return text


def shown(declarations: Declarations, parameter_values: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the values as DescribeStacks shows them."""
    return [
        {"ParameterKey": name, "ParameterValue": MASK if is_secret(declarations[name]) else value}
        for name, value in parameter_values.items()
    ]


def is_secret(declaration: Mapping[str, Any]) -> bool:
    """Return whether the value must not be shown."""
    return as_text(declaration.get("NoEcho", False)) == "true"


def masked(value: Any, secrets: Sequence[str]) -> Any:
    """Return a value without the secrets in its text."""
    for secret in secrets if isinstance(value, str) else ():
        value = value.replace(secret, MASK)
    return value


def as_text(value: Any) -> str:
    """Return a scalar of a template as CloudFormation writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(as_text(item) for item in value)
    return str(value)


def _check_value(name: str, declaration: Mapping[str, Any], text: str, allowance: Allowance) -> None:
    value = typed(declaration, text)
    is_number = declaration["Type"] in ("Number", "List<Number>")
    allowed = [as_text(item) for item in declaration.get("AllowedValues", ())]
    for item in value if isinstance(value, list) else [value]:
        fault = _number_fault(declaration, item) if is_number else _text_fault(declaration, item, allowance)
        if fault is None and "AllowedValues" in declaration and item not in allowed:
            fault = f"must be one of AllowedValues: {', '.join(allowed)}"
        if fault is None:
            continue
        description = declaration.get("ConstraintDescription")
        if description:
            raise invalid(f"Parameter {name} failed to satisfy constraint: {description}")
        raise invalid(f"Parameter '{name}' {fault}")


def _text_fault(declaration: Mapping[str, Any], value: str, allowance: Allowance) -> str | None:
    pattern = declaration.get("AllowedPattern")
    try:
        if pattern is not None and not Expression(pattern).matches(value, allowance):
            return f"must match pattern {pattern}"
    except MatchTimeoutError as error:
        return f"cannot be checked against its AllowedPattern: {error}"
    if len(value) < int(declaration.get("MinLength", 0)):
        return f"must contain at least {declaration['MinLength']} characters"
    if "MaxLength" in declaration and len(value) > int(declaration["MaxLength"]):
        return f"must contain at most {declaration['MaxLength']} characters"
    return None


def _number_fault(declaration: Mapping[str, Any], value: str) -> str | None:
    try:
        number = float(value)
    except ValueError:
        return "must be a number."
    if "MinValue" in declaration and number < float(declaration["MinValue"]):
        return f"must be a number not less than {declaration['MinValue']}"
    if "MaxValue" in declaration and number > float(declaration["MaxValue"]):
        return f"must be a number not greater than {declaration['MaxValue']}"
    return None
