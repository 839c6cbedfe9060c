"""Wildcards, ARNs and policy variables, as the elements of a policy have them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from local_aws.kernel.wildcards import ANY, ANY_TEXT, Token, Wildcard

# No part can be read in two ways, and a key ends where another variable may begin: reading takes one pass.
_VARIABLE = re.compile(r"\$\{(?P<key>[^{}',]++)(?:,\s*+'(?P<default>[^']*+)'\s*+)?\}")
_LITERALS = {"*": "*", "?": "?", "$": "$"}
_WILDCARDS: dict[str, Token] = {"*": ANY_TEXT, "?": ANY}
_ARN_PARTS = 6

Lookup = Callable[[str], str | None]
"""Gives the value of a policy variable, None when the request has none."""


class NoValueError(LookupError):
    """Raised when a policy variable has neither a value nor a default."""


def glob(pattern: str, lookup: Lookup | None = None) -> Wildcard:
    """Compile a pattern: ``*`` is any text, ``?`` any character, and a variable is its value, character by character.

    Parameters
    ----------
    lookup
        Gives the variables' values; None where variables are ordinary text, as in policies of 2008.

    Raises
    ------
    NoValueError
        Naming the variable that has no value.
    """
    tokens: list[Token] = []
    end = 0
    for variable in _VARIABLE.finditer(pattern) if lookup is not None else ():
        tokens += [*_wild(pattern[end : variable.start()]), *value_of(variable, lookup)]
        end = variable.end()
    return Wildcard([*tokens, *_wild(pattern[end:])])


def fill(text: str, lookup: Lookup | None) -> str:
    """Put the values of variables into a text."""
    if lookup is None:
        return text
    return _VARIABLE.sub(lambda variable: value_of(variable, lookup), text)


def value_of(variable: re.Match[str], lookup: Lookup | None) -> str:
    """Return what a variable stands for."""
    key = variable["key"].strip()
    if key in _LITERALS:
        return _LITERALS[key]
    value = lookup(key) if lookup is not None else None
    if value is None:
        value = variable["default"]
    if value is None:
        raise NoValueError(key)
    return value


def variables(text: str) -> list[str]:
    """Return the keys of the variables in a text."""
    keys = [match["key"].strip() for match in _VARIABLE.finditer(text)]
    return [key for key in keys if key not in _LITERALS]


def action_matches(pattern: str, action: str) -> bool:
    """Return whether an action such as ``s3:GetObject`` matches a pattern; case does not count."""
    return glob(pattern.lower()).matches(action.lower())


def arn_matches(pattern: str, arn: str, lookup: Lookup | None = None) -> bool:
    """Return whether an ARN matches a pattern, part by part: a wildcard does not reach over the first five colons.

    A pattern with fewer parts goes on with wildcards.
    """
    if pattern == "*":
        return True
    patterns = _parts(pattern)
    values = arn.split(":", _ARN_PARTS - 1)
    if len(values) != _ARN_PARTS:
        return glob(pattern, lookup).matches(arn)
    patterns += ["*"] * (_ARN_PARTS - len(patterns))
    return all(glob(part, lookup).matches(value) for part, value in zip(patterns, values, strict=True))


def _parts(pattern: str) -> list[str]:
    """Split a pattern at its first five colons that are not within a variable."""
    hidden = _VARIABLE.sub(lambda variable: variable[0].replace(":", "\0"), pattern)
    return [part.replace("\0", ":") for part in hidden.split(":", _ARN_PARTS - 1)]


def _wild(text: str) -> Iterator[Token]:
    return (_WILDCARDS.get(character, character) for character in text)
