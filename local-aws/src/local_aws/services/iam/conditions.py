"""The Condition element: operators on the keys of a request's context.

As the IAM User Guide's "IAM JSON policy elements: Condition operators" and "Set operators for multivalued context
keys" have it: conditions of a block must all hold, one of an operator's values must match (none, for a negated one),
and a key that is not there makes a condition false, a negated one true.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from local_aws.services.iam.patterns import Lookup, NoValueError, arn_matches, fill, glob, variables

Context = Mapping[str, Sequence[str]]
"""The values of each context key, keys in lower case."""

Match = Callable[[str, str, Lookup | None], bool]
"""Takes a policy's value, the request's, and the lookup of variables."""


class UnknownOperatorError(ValueError):
    """Raised for an operator that IAM does not have."""


def _date(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except ValueError:
        time = datetime.fromisoformat(text)
        return time if time.tzinfo else time.replace(tzinfo=UTC)


def _compared(convert: Callable[[str], object], test: Callable[..., bool]) -> Match:
    """Make a match that compares two values of a type; what is not of the type does not match."""

    def match(wanted: str, actual: str, lookup: Lookup | None) -> bool:
        try:
            return test(convert(actual), convert(fill(wanted, lookup)))
        except (ValueError, OverflowError):
            return False

    return match


def _address(wanted: str, actual: str, lookup: Lookup | None) -> bool:
    try:
        return ipaddress.ip_address(actual) in ipaddress.ip_network(fill(wanted, lookup), strict=False)
    except ValueError:
        return False


_EQUALS: Match = lambda wanted, actual, lookup: fill(wanted, lookup) == actual  # noqa: E731 (a table's entry)
_FOLDED: Match = lambda wanted, actual, lookup: fill(wanted, lookup).lower() == actual.lower()  # noqa: E731
_LIKE: Match = lambda wanted, actual, lookup: glob(wanted, lookup).matches(actual)  # noqa: E731
_ARN: Match = lambda wanted, actual, lookup: arn_matches(wanted, actual, lookup)  # noqa: E731

_MATCHES: dict[str, tuple[Match, bool]] = {
    "StringEquals": (_EQUALS, False),
    "StringNotEquals": (_EQUALS, True),
    "StringEqualsIgnoreCase": (_FOLDED, False),
    "StringNotEqualsIgnoreCase": (_FOLDED, True),
    "StringLike": (_LIKE, False),
    "StringNotLike": (_LIKE, True),
    "ArnEquals": (_ARN, False),
    "ArnLike": (_ARN, False),
    "ArnNotEquals": (_ARN, True),
    "ArnNotLike": (_ARN, True),
    "Bool": (_FOLDED, False),
    "BinaryEquals": (_EQUALS, False),
    "IpAddress": (_address, False),
    "NotIpAddress": (_address, True),
}
for _kind, _convert in (("Numeric", float), ("Date", _date)):
    _MATCHES |= {
        f"{_kind}Equals": (_compared(_convert, lambda actual, wanted: actual == wanted), False),
        f"{_kind}NotEquals": (_compared(_convert, lambda actual, wanted: actual == wanted), True),
        f"{_kind}LessThan": (_compared(_convert, lambda actual, wanted: actual < wanted), False),
        f"{_kind}LessThanEquals": (_compared(_convert, lambda actual, wanted: actual <= wanted), False),
        f"{_kind}GreaterThan": (_compared(_convert, lambda actual, wanted: actual > wanted), False),
        f"{_kind}GreaterThanEquals": (_compared(_convert, lambda actual, wanted: actual >= wanted), False),
    }
"""Of each operator: how one value matches another, and whether it is negated."""

_OPERATORS = {name.lower(): entry for name, entry in _MATCHES.items()}


def check_operator(operator: str) -> None:
    """Refuse an operator that IAM does not have.

    Raises
    ------
    UnknownOperatorError
        Naming it.
    """
    _, name, _ = _parse(operator)
    if name != "null" and name not in _OPERATORS:
        raise UnknownOperatorError(f"{operator} is not a condition operator")


def holds(conditions: Mapping[str, Mapping[str, Sequence[str]]], context: Context, lookup: Lookup | None) -> bool:
    """Return whether every condition of a block holds."""
    return all(
        _holds(operator, key, values, context, lookup)
        for operator, keys in conditions.items()
        for key, values in keys.items()
    )


def keys_of(conditions: Mapping[str, Mapping[str, Sequence[str]]]) -> list[str]:
    """Return the context keys that a block of conditions looks at, those of its values' variables among them."""
    context_keys = []
    for operator, keys in conditions.items():
        is_null = _parse(operator)[1] == "null"
        for key, values in keys.items():
            context_keys += [] if is_null else [key]
            context_keys += [variable for value in values for variable in variables(value)]
    return context_keys


def _holds(operator: str, key: str, wanted: Sequence[str], context: Context, lookup: Lookup | None) -> bool:
    scope, name, if_exists = _parse(operator)
    actual = context.get(key.lower(), ())
    if name == "null":
        return any((value.lower() == "true") == (not actual) for value in wanted)
    match, negated = _OPERATORS[name]
    if not actual:
        if scope == "foranyvalue":
            return False
        return if_exists or negated or scope == "forallvalues"

    def matches(value: str) -> bool:
        return any(_matches(match, pattern, value, lookup) for pattern in wanted)

    if scope == "forallvalues":
        return all(matches(value) != negated for value in actual)
    if scope == "foranyvalue":
        return any(matches(value) != negated for value in actual)
    return any(matches(value) for value in actual) != negated


def _matches(match: Match, wanted: str, actual: str, lookup: Lookup | None) -> bool:
    try:
        return match(wanted, actual, lookup)
    except NoValueError:
        return False


def _parse(operator: str) -> tuple[str, str, bool]:
    """Split an operator into its set operator, its name, and whether the key may be missing; all in lower case."""
    scope, _, name = operator.lower().rpartition(":")
    if scope not in ("", "forallvalues", "foranyvalue"):
        raise UnknownOperatorError(f"{operator} begins with no set operator")
    return scope, name.removesuffix("ifexists"), name.endswith("ifexists")
