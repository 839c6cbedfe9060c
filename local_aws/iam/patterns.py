"""Wildcards, ARNs and policy variables, as the elements of a policy have them."""

from __future__ import annotations

import re
from collections.abc import Callable

_VARIABLE = re.compile(r"\$\{(?P<key>[^}',]+?)\s*(?:,\s*'(?P<default>[^']*)'\s*)?\}")
_LITERALS = {"*": "*", "?": "?", "$": "$"}
_ARN_PARTS = 6

Lookup = Callable[[str], str | None]
"""Gives the value of a policy variable, None when the request has none."""


class NoValueError(LookupError):
    """Raised when a policy variable has neither a value nor a default."""


def glob(pattern: str, lookup: Lookup | None = None, *, ignore_case: bool = False) -> re.Pattern[str]:
    """Compile a pattern: ``*`` is any text, ``?`` any character, and a variable is its value, character by character.

    Parameters
    ----------
    pattern
        The pattern.
    lookup
        Gives the variables' values; None where variables are ordinary text, as in policies of 2008.
    ignore_case
        Whether case counts for nothing.

    Raises
    ------
    NoValueError
        Naming the variable that has no value.
    """
    expression, end = "", 0
    for variable in _VARIABLE.finditer(pattern) if lookup is not None else ():
        expression += _wild(pattern[end : variable.start()]) + re.escape(value_of(variable, lookup))
        end = variable.end()
    return re.compile(expression + _wild(pattern[end:]), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def fill(text: str, lookup: Lookup | None) -> str:
    """Put the values of variables into a text.

    Raises
    ------
    NoValueError
        As `glob`.
    """
    if lookup is None:
        return text
    return _VARIABLE.sub(lambda variable: value_of(variable, lookup), text)


def value_of(variable: re.Match[str], lookup: Lookup | None) -> str:
    """Give what a variable stands for.

    Raises
    ------
    NoValueError
        As `glob`.
    """
    key = variable["key"]
    if key in _LITERALS:
        return _LITERALS[key]
    value = lookup(key) if lookup is not None else None
    if value is None:
        value = variable["default"]
    if value is None:
        raise NoValueError(key)
    return value


def variables(text: str) -> list[str]:
    """Give the keys of the variables in a text."""
    return [found["key"] for found in _VARIABLE.finditer(text) if found["key"] not in _LITERALS]


def arn_matches(pattern: str, arn: str, lookup: Lookup | None = None) -> bool:
    """Tell whether an ARN matches a pattern, part by part: a wildcard does not reach over the first five colons.

    A pattern with fewer parts goes on with wildcards.

    Raises
    ------
    NoValueError
        As `glob`.
    """
    if pattern == "*":
        return True
    patterns = _parts(pattern)
    values = arn.split(":", _ARN_PARTS - 1)
    if len(values) != _ARN_PARTS:
        return glob(pattern, lookup).fullmatch(arn) is not None
    patterns += ["*"] * (_ARN_PARTS - len(patterns))
    return all(glob(part, lookup).fullmatch(value) for part, value in zip(patterns, values, strict=True))


def _parts(pattern: str) -> list[str]:
    """Split a pattern at its first five colons that are not within a variable."""
    hidden = _VARIABLE.sub(lambda variable: variable[0].replace(":", "\0"), pattern)
    return [part.replace("\0", ":") for part in hidden.split(":", _ARN_PARTS - 1)]


def _wild(text: str) -> str:
    return re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
