"""Event patterns: JSON that says which events a rule matches."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from local_aws.errors import AwsError
from local_aws.events.value_tests import RESERVED, PatternError, value_test

Pattern = Callable[[Any], bool]
"""Takes an event, or what stands at a place of it, and tells whether it matches."""

_ABSENT = object()


@functools.lru_cache(maxsize=1024)
def parse_pattern(text: str) -> Pattern:
    """Read an event pattern.

    Fields are all to match, the elements of an array are alternatives, ``$or`` joins alternatives of several fields.
    Where the event has an array, one element that matches is enough; fields below it must match in the same element.

    Raises
    ------
    AwsError
        ``InvalidEventPatternException`` with the reason.
    """
    try:
        pattern = json.loads(text, parse_constant=_no_constant)
        if not isinstance(pattern, dict):
            raise PatternError("Filter is not an object")
        return _object(pattern)
    except (PatternError, json.JSONDecodeError) as error:
        raise AwsError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}") from None


def _object(pattern: dict[str, Any]) -> Pattern:
    if not pattern:
        raise PatternError("Empty objects are not allowed")
    fields: list[tuple[str, Pattern]] = []
    choices: list[list[Pattern]] = []
    for name, rule in pattern.items():
        if name == "$or" and _is_choice(rule):
            choices.append([_object(alternative) for alternative in rule])
        else:
            fields.append((name, _field(name, rule)))

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
    tests = [value_test(element) for element in rule]

    def matches(value: Any) -> bool:
        values = list(_scalars(value))
        return any(test(values) for test in tests)

    return matches


def _is_choice(rule: Any) -> bool:
    """Tell ``$or`` from a field of that name, as AWS does."""
    return (
        isinstance(rule, list)
        and len(rule) > 1
        and all(isinstance(alternative, dict) and not RESERVED & alternative.keys() for alternative in rule)
    )


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
