"""Event patterns: JSON that says which events a rule matches."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from local_aws.kernel.errors import AwsError
from local_aws.kernel.nested_json import read_json
from local_aws.services.events.value_tests import RESERVED, PatternError, values_test

Pattern = Callable[[Any], bool]
"""Takes an event, or what stands at a place of it, and tells whether it matches."""

_ABSENT = object()
_MOST_CHARACTERS = 2_048
_MOST_COMBINATIONS = 1000


@functools.lru_cache(maxsize=1024)
def parse_pattern(text: str) -> Pattern:
    """Read an event pattern.

    Fields are all to match, the elements of an array are alternatives, ``$or`` joins alternatives of several fields.
    Where the event has an array, one element that matches is enough; fields below it must match in the same element.
    A name with a point is that of a nested field, in the pattern and in the event.

    Raises
    ------
    AwsError
        ``InvalidEventPatternException`` with the reason, ``LimitExceededException`` for one that is too long.
    """
    if len(text) > _MOST_CHARACTERS:
        raise AwsError("LimitExceededException", f"An event pattern has at most {_MOST_CHARACTERS} characters.")
    try:
        pattern = read_json(text, parse_constant=_no_constant)
        if not isinstance(pattern, dict):
            raise PatternError("Filter is not an object")
        if _combinations(pattern) > _MOST_COMBINATIONS:
            raise PatternError(f"$or makes more than {_MOST_COMBINATIONS} combinations of rules")
        matches = _object(pattern)
    except ValueError as error:
        raise AwsError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}") from None
    return lambda event: matches(_nested(event))


def _object(pattern: dict[str, Any]) -> Pattern:
    if not pattern:
        raise PatternError("Empty objects are not allowed")
    fields: list[tuple[str, Pattern]] = []
    choices: list[list[Pattern]] = []
    for name, rule in pattern.items():
        if name == "$or" and _is_choice(rule):
            choices.append([_object(alternative) for alternative in rule])
        else:
            first, *rest = name.split(".")
            for inner in reversed(rest):
                rule = {inner: rule}
            fields.append((first, _field(name, rule)))

    def matches_one(candidate: dict[str, Any]) -> bool:
        return all(field(candidate.get(name, _ABSENT)) for name, field in fields) and all(
            any(alternative(candidate) for alternative in choice) for choice in choices
        )

    # Where there is no object, the fields are absent, which is what {"exists": false} asks for.
    return lambda value: any(matches_one(candidate) for candidate in list(_objects(value)) or [{}])


def _field(name: str, rule: Any) -> Pattern:
    if isinstance(rule, dict):
        return _object(rule)
    if not isinstance(rule, list):
        raise PatternError(f'"{name}" must be an object or an array')
    if not rule:
        raise PatternError("Empty arrays are not allowed")
    test = values_test(rule)
    return lambda value: test(list(_scalars(value)))


def _nested(value: Any) -> Any:
    """Return an event with nested objects in place of names with points; what is there already comes beside them."""
    if isinstance(value, list):
        return [_nested(item) for item in value]
    if not isinstance(value, dict):
        return value
    nested: dict[str, Any] = {}
    for name, member in value.items():
        first, *rest = name.split(".")
        member = _nested(member)
        for inner in reversed(rest):
            member = {inner: member}
        nested[first] = _merged(nested[first], member) if first in nested else member
    return nested


def _merged(first: Any, other: Any) -> Any:
    if isinstance(first, dict) and isinstance(other, dict):
        both = {name: _merged(first[name], other[name]) for name in first.keys() & other.keys()}
        return {**first, **other, **both}
    return [first, other]


def _is_choice(rule: Any) -> bool:
    """Distinguish ``$or`` from a field of that name, as AWS does."""
    return (
        isinstance(rule, list)
        and len(rule) > 1
        and all(isinstance(alternative, dict) and not RESERVED & alternative.keys() for alternative in rule)
    )


def _combinations(pattern: dict[str, Any]) -> int:
    """Return the product of the lengths of all ``$or`` arrays, which EventBridge bounds."""
    product = 1
    for name, rule in pattern.items():
        if isinstance(rule, dict):
            product *= _combinations(rule)
        elif name == "$or" and _is_choice(rule):
            product *= len(rule) * math.prod(_combinations(alternative) for alternative in rule)
    return product


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)


def _scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _scalars(item)
    elif value is not _ABSENT and not isinstance(value, dict):
        yield value


def _no_constant(name: str) -> NoReturn:
    raise PatternError(f"Non-standard token {name!r}")
