"""The exclude patterns of a crawler's S3 target, as the Glue developer guide defines them."""

from __future__ import annotations

import re

from local_aws.kernel.errors import AwsError
from local_aws.kernel.wildcards import ANY_TEXT, Choice, Many, OneOf, Token, Wildcard
from local_aws.services.glue.errors import invalid

_IN_A_FOLDER = OneOf((("/", "/"),), negated=True)
_WILDCARDS: dict[str, Token] = {"**": ANY_TEXT, "*": Many(_IN_A_FOLDER), "?": _IN_A_FOLDER}
_PARTS = re.compile(r"\*\*|\\.|\[!?[^\]]++\]|.", re.DOTALL)
_MOST_CHARACTERS = 1024
_RANGE = re.compile(r"(.)-(.)|(.)", re.DOTALL)


def exclude_pattern(pattern: str) -> Wildcard:
    """Compile an exclude pattern for whole relative paths.

    ``*`` stays within a folder, ``**`` crosses folders, ``?`` is one character, ``[a-c]`` and ``[!a-c]`` are sets,
    ``{a,b}`` are alternatives, and a backslash takes the next character as it is.

    Raises
    ------
    AwsError
        ``InvalidInputException`` for nested groups, ranges that run backwards, and patterns that are too long.
    """
    if len(pattern) > _MOST_CHARACTERS:
        raise _invalid(f"{pattern[:40]}…", f"it has over {_MOST_CHARACTERS} characters, and no key has more")
    tokens: list[Token] = []
    group: list[list[Token]] = []
    for part in _PARTS.findall(pattern):
        if part == "{":
            if group:
                raise _invalid(pattern, "groups cannot be nested")
            group = [[]]
        elif part == "}" and group:
            tokens.append(_choice(group))
            group = []
        elif part == "," and group:
            group.append([])
        else:
            (group[-1] if group else tokens).append(_token(part, pattern))
    return Wildcard([*tokens, _choice(group)] if group else tokens)


def _choice(group: list[list[Token]]) -> Choice:
    return Choice(tuple(tuple(alternative) for alternative in group))


def _token(part: str, pattern: str) -> Token:
    if part in _WILDCARDS:
        return _WILDCARDS[part]
    return _set(part, pattern) if part.startswith("[") and part != "[" else part[-1]


def _set(part: str, pattern: str) -> OneOf:
    """Read ``[...]``: everything but a leading ``!`` and ``-`` stands for itself in it."""
    negated = part.startswith("[!")
    ranges = tuple(
        (single, single) if single else (first, last)
        for first, last, single in _RANGE.findall(part[2 if negated else 1 : -1])
    )
    for first, last in ranges:
        if first > last:
            raise _invalid(pattern, f"the range {first}-{last} runs backwards")
    return OneOf((*ranges, ("/", "/")) if negated else ranges, negated)


def _invalid(pattern: str, reason: str) -> AwsError:
    return invalid(f"exclude pattern {pattern!r} is not valid: {reason}")
