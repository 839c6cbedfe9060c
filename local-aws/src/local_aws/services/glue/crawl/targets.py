"""The objects that a crawler's S3 target includes, and the exclude patterns of the Glue developer guide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import ObjectInfo
from local_aws.kernel.wildcards import ANY_TEXT, Choice, Many, OneOf, Token, Wildcard
from local_aws.services.glue.errors import invalid

_IN_A_FOLDER = OneOf((("/", "/"),), negated=True)
_WILDCARDS: dict[str, Token] = {"**": ANY_TEXT, "*": Many(_IN_A_FOLDER), "?": _IN_A_FOLDER}
_PARTS = re.compile(r"\*\*|\\.|\[!?[^\]]++\]|.", re.DOTALL)
_MOST_CHARACTERS = 1024
_RANGE = re.compile(r"(.)-(.)|(.)", re.DOTALL)


def included(objects: Iterable[ObjectInfo], prefix: str, exclusions: Sequence[str]) -> list[ObjectInfo]:
    """Choose the objects of one target.

    Parameters
    ----------
    prefix
        The key part of the include path: a folder, with or without its last slash, or one object.
    exclusions
        Patterns relative to the include path, see `exclude_pattern`.

    Returns
    -------
    list
        The objects below the folder that are not empty, not hidden (a name starting with ``_`` or ``.``) and not
        excluded.
    """
    folder = folder_of(prefix)
    patterns = [exclude_pattern(pattern) for pattern in exclusions]
    chosen = []
    for file in objects:
        if file.key != prefix and not file.key.startswith(folder):
            continue
        relative = file.key[len(folder) :] if file.key.startswith(folder) else file.key.rpartition("/")[2]
        hidden = any(part.startswith(("_", ".")) for part in relative.split("/"))
        if file.size and not hidden and not any(pattern.matches(relative) for pattern in patterns):
            chosen.append(file)
    return chosen


def folder_of(prefix: str) -> str:
    """Return the prefix with one slash at its end; empty for the whole bucket."""
    return f"{prefix.strip('/')}/" if prefix.strip("/") else ""


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
