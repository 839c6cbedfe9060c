"""The conditions of a Condition step.

A value that is missing, or not of the type that it is compared with, fails the step: a gate must neither pass nor
refuse because a metric is missing. For the same reason all conditions of an ``Or`` are always evaluated.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from local_aws.services.sagemaker.pipelines.errors import DefinitionError, NoValueError

Condition = dict[str, Any]

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
_MEMBERS = {
    **{kind: {"LeftValue", "RightValue"} for kind in _COMPARISONS},
    "In": {"QueryValue", "Values"},
    "Not": {"Condition"},
    "Or": {"Conditions"},
}


def check_condition(condition: Any) -> None:
    """Check the form of a condition."""
    if not isinstance(condition, dict):
        raise DefinitionError(f"a condition is an object with a Type, not {condition!r}")
    kind = condition.get("Type")
    if kind not in _MEMBERS:
        raise DefinitionError(f"condition type {kind!r} is unknown; supported: {', '.join(_MEMBERS)}")
    if condition.keys() - {"Type"} != _MEMBERS[kind]:
        raise DefinitionError(
            f"a condition of type {kind} takes {', '.join(sorted(_MEMBERS[kind]))}, not {condition!r}"
        )
    if kind == "In" and not isinstance(condition["Values"], list):
        raise DefinitionError(f"the Values of a condition of type In are a list, not {condition['Values']!r}")
    if kind == "Not":
        check_condition(condition["Condition"])
    if kind == "Or":
        if not isinstance(condition["Conditions"], list) or not condition["Conditions"]:
            raise DefinitionError("a condition of type Or takes a list of at least one condition")
        for inner in condition["Conditions"]:
            check_condition(inner)


def evaluate(conditions: list[Condition]) -> bool:
    """Return whether all conditions of a step hold; `NoValueError` says which two values cannot be compared."""
    outcomes = [_holds(condition) for condition in conditions]
    return all(outcomes)


def _holds(condition: Condition) -> bool:
    kind = condition["Type"]
    if kind == "Not":
        return not _holds(condition["Condition"])
    if kind == "Or":
        outcomes = [_holds(inner) for inner in condition["Conditions"]]
        return any(outcomes)
    if kind == "In":
        matches = [_compare("Equals", condition["QueryValue"], value) for value in condition["Values"]]
        return any(matches)
    return _compare(kind, condition["LeftValue"], condition["RightValue"])


def _compare(kind: str, left: Any, right: Any) -> bool:
    if _type_name(left) != _type_name(right):
        raise NoValueError(
            f"{kind} cannot compare {left!r}, a {_type_name(left)}, with {right!r}, a {_type_name(right)}"
        )
    if isinstance(left, bool) and kind != "Equals":
        raise NoValueError(f"{kind} cannot order the booleans {left!r} and {right!r}")
    return _COMPARISONS[kind](left, right)


def _type_name(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise NoValueError(f"{value!r} is not a number that a condition can compare")
        return "number"
    if isinstance(value, str):
        return "string"
    raise NoValueError(f"a condition compares strings, numbers and booleans, not {value!r}")
