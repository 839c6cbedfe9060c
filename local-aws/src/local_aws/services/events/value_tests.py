"""What an event pattern can ask of a field's values: exact values and the comparison operators."""

from __future__ import annotations

import ipaddress
import itertools
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from local_aws.kernel.wildcards import ANY_TEXT, Wildcard

Test = Callable[[Sequence[Any]], bool]
"""Takes the values at a path, none when the field is absent."""

_Predicate = Callable[[Any], bool]

_MOST = 5e9
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    "=": lambda value, bound: value == bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}


class PatternError(ValueError):
    """Raised when an event pattern is not valid; the message is AWS's reason."""


def values_test(rules: Sequence[Any]) -> Test:
    """Make the test that a pattern's array asks for: one of its elements must match.

    Raises
    ------
    PatternError
        When one is neither.
    """
    tests = [_comparison_test(rule) for rule in rules if isinstance(rule, dict | list)]
    is_one_of = _one_of([rule for rule in rules if not isinstance(rule, dict | list)])
    return lambda values: any(map(is_one_of, values)) or any(test(values) for test in tests)


def _comparison_test(rule: dict[str, Any] | list[Any]) -> Test:
    if isinstance(rule, list):
        raise PatternError("Match value must be String, number, true, false, or null")
    operator, operand = _single(rule)
    if operator == "exists":
        if not isinstance(operand, bool):
            raise PatternError("exists match pattern must be either true or false.")
        return (lambda values: bool(values)) if operand else (lambda values: not values)
    make = _OPERATORS.get(operator)
    if make is None:
        raise PatternError(f"Unrecognized match type {operator}")
    return _any_value(make(operand))


def _any_value(predicate: _Predicate) -> Test:
    return lambda values: any(predicate(value) for value in values)


def _single(rule: dict[str, Any]) -> tuple[str, Any]:
    if not rule:
        raise PatternError("Match expression name not found")
    if len(rule) > 1:
        raise PatternError("Only one key allowed in match expression")
    return next(iter(rule.items()))


def _one_of(wanted: Sequence[Any]) -> _Predicate:
    """Compare as JSON does: numbers by value, and true is not 1."""
    keys = frozenset(map(_key, wanted))
    return lambda value: _key(value) in keys


def _key(value: Any) -> tuple[object, Any]:
    return "number" if _is_number(value) else type(value), value


def _exact(operand: Any) -> _Predicate:
    return _one_of([_text(operand, "exact")])


def _equals_ignore_case(operand: Any) -> _Predicate:
    wanted = _text(operand, "equals-ignore-case").lower()
    return _of_text(lambda value: value.lower() == wanted)


def _prefix(operand: Any) -> _Predicate:
    wanted, fold = _case(operand, "prefix")
    return _of_text(lambda value: fold(value).startswith(wanted))


def _suffix(operand: Any) -> _Predicate:
    wanted, fold = _case(operand, "suffix")
    return _of_text(lambda value: fold(value).endswith(wanted))


def _wildcard(operand: Any) -> _Predicate:
    return _of_text(_wildcard_of(_text(operand, "wildcard")).matches)


def _cidr(operand: Any) -> _Predicate:
    # AWS calls it a prefix too.
    network = _network(_text(operand, "prefix"))

    def holds(value: str) -> bool:
        try:
            return ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return _of_text(holds)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Read a network in the order in which AWS finds faults."""
    if text.count("/") != 1:
        raise PatternError("Malformed CIDR, one '/' required")
    address, _, mask = text.partition("/")
    if not mask.isascii() or not mask.isdigit():
        raise PatternError("Malformed CIDR, mask bits must be an integer")
    try:
        bits = ipaddress.ip_address(address).max_prefixlen
    except ValueError:
        raise PatternError(f"Nonstandard IP address: {address}") from None
    if int(mask) > bits:
        raise PatternError(f"Malformed CIDR, mask bits must be {bits} or fewer")
    return ipaddress.ip_network(text, strict=False)


def _numeric(operand: Any) -> _Predicate:
    if not isinstance(operand, list):
        raise PatternError("Value of numeric must be an array.")
    bounds = [(_comparison(operand, at), _bound(operand, at + 1)) for at in range(0, len(operand), 2)]
    operators = [operator for operator, _ in bounds]
    if len(bounds) == 2 and operators[0].startswith(">") and operators[1].startswith("<"):
        if bounds[0][1] >= bounds[1][1]:
            raise PatternError("Bottom must be less than top")
    elif len(bounds) != 1:
        raise PatternError(f"Bad numeric range operator: {operators[-1] if operators else ''}")
    return lambda value: _is_number(value) and all(_COMPARISONS[operator](value, bound) for operator, bound in bounds)


def _anything_but(operand: Any) -> _Predicate:
    if isinstance(operand, dict):
        operator, wanted = _single(operand)
        make = _NEGATED.get(operator)
        if make is None:
            raise PatternError(f"Unsupported anything-but pattern: {operator}")
        if isinstance(wanted, dict):
            raise PatternError(_NO_VALUE_OF_ANYTHING_BUT)
        alternatives = wanted if isinstance(wanted, list) else [wanted]
        if not all(isinstance(item, str) for item in alternatives):
            raise PatternError(_NO_TEXT_IN_ANYTHING_BUT[operator])
        if "" in alternatives and operator in ("prefix", "suffix"):
            raise PatternError("Null prefix/suffix not allowed")
        excluded = [make(item) for item in alternatives]
    else:
        alternatives = operand if isinstance(operand, list) else [operand]
        if not all(isinstance(item, str) or _is_number(item) for item in alternatives):
            raise PatternError(
                "Inside anything but list, start|null|boolean is not supported."
                if isinstance(operand, list)
                else _NO_VALUE_OF_ANYTHING_BUT
            )
        if not all(_is_number(item) for item in alternatives) and not all(isinstance(i, str) for i in alternatives):
            raise PatternError(
                "Inside anything but list, either all values are number or string, mixed type is not supported"
            )
        excluded = [_one_of(alternatives)] if alternatives else []
    if not excluded:
        raise PatternError("Inside anything but list, at least one value is needed")
    return lambda value: not any(excludes(value) for excludes in excluded)


_NO_VALUE_OF_ANYTHING_BUT = "Value of anything-but must be an array or single string/number value."
_NO_TEXT_IN_ANYTHING_BUT = {
    "equals-ignore-case": "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
    "prefix": "prefix/suffix match pattern must be a string",
    "suffix": "prefix/suffix match pattern must be a string",
    "wildcard": "wildcard match pattern must be a string",
}
_NEGATED: dict[str, Callable[[Any], _Predicate]] = {
    "equals-ignore-case": _equals_ignore_case,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
}
_OPERATORS: dict[str, Callable[[Any], _Predicate]] = {
    **_NEGATED,
    "anything-but": _anything_but,
    "cidr": _cidr,
    "exact": _exact,
    "numeric": _numeric,
}
RESERVED = frozenset({*_OPERATORS, "exists"})
"""The names of the comparison operators."""


def _of_text(predicate: Callable[[str], bool]) -> _Predicate:
    return lambda value: isinstance(value, str) and predicate(value)


def _text(operand: Any, operator: str) -> str:
    if not isinstance(operand, str):
        raise PatternError(f"{operator} match pattern must be a string")
    return operand


def _case(operand: Any, operator: str) -> tuple[str, Callable[[str], str]]:
    """Read the operand of prefix and suffix, which may ask to ignore case."""
    if isinstance(operand, dict):
        inner, wanted = _single(operand)
        if inner != "equals-ignore-case":
            raise PatternError(f"Unsupported {operator} pattern: {inner}")
        return _text(wanted, f"{operator} equals-ignore-case").lower(), str.lower
    return _text(operand, operator), lambda value: value


def _wildcard_of(pattern: str) -> Wildcard:
    """Compile ``*``, and the escapes ``\\*`` and ``\\\\``, as AWS does."""
    pieces = re.findall(r"\\[\\*]|.", pattern, re.DOTALL)
    if "\\" in pieces:
        raise PatternError("Invalid escape character in wildcard pattern; only \\* and \\\\ are escapes")
    for index, pair in enumerate(itertools.pairwise(pieces), 1):
        if pair == ("*", "*"):
            position = len("".join(pieces[:index]))
            raise PatternError(f"Consecutive wildcard characters at pos {position}")
    return Wildcard([ANY_TEXT if piece == "*" else piece[-1] for piece in pieces])


def _comparison(operand: list[Any], at: int) -> str:
    if operand[at] not in _COMPARISONS:
        raise PatternError(f"Unrecognized numeric range operator: {operand[at]}")
    return operand[at]


def _bound(operand: list[Any], at: int) -> float:
    if at == len(operand) or not _is_number(operand[at]):
        raise PatternError(f"Value of {operand[at - 1]} must be numeric")
    if not -_MOST <= operand[at] <= _MOST:
        raise PatternError(f"Value must be between {-_MOST:.1E} and {_MOST:.1E}, inclusive")
    return operand[at]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
