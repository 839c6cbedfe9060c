"""The objects that a crawler's S3 target includes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from local_aws.s3.objects import ObjectInfo


def included(objects: Iterable[ObjectInfo], prefix: str, exclusions: Sequence[str]) -> list[ObjectInfo]:
    """Choose the objects of one target.

    Parameters
    ----------
    objects
        Objects of the target's bucket.
    prefix
        The key part of the include path: a folder, with or without its last slash, or one object.
    exclusions
        Glob patterns relative to the include path, as the Glue developer guide defines them.

    Returns
    -------
    list
        The objects below the folder that are not empty, not hidden (a name starting with ``_`` or ``.``) and not
        excluded.
    """
    folder = folder_of(prefix)
    patterns = [re.compile(glob_regex(pattern)) for pattern in exclusions]
    chosen = []
    for found in objects:
        if found.key != prefix and not found.key.startswith(folder):
            continue
        relative = found.key[len(folder) :] if found.key.startswith(folder) else found.key.rpartition("/")[2]
        hidden = any(part.startswith(("_", ".")) for part in relative.split("/"))
        if found.size and not hidden and not any(pattern.fullmatch(relative) for pattern in patterns):
            chosen.append(found)
    return chosen


def folder_of(prefix: str) -> str:
    """Give the prefix with one slash at its end; empty for the whole bucket."""
    return f"{prefix.strip('/')}/" if prefix.strip("/") else ""


def glob_regex(pattern: str) -> str:
    """Translate one of Glue's exclude patterns into a regular expression for whole relative paths.

    ``*`` stays within a folder, ``**`` crosses folders, ``?`` is one character, ``[a-c]`` and ``[!a-c]`` are sets,
    ``{a,b}`` are alternatives, and a backslash takes the next character as it is.
    """
    translated, depth = "", 0
    for part in _PARTS.findall(pattern):
        if part in _WILDCARDS:
            translated += _WILDCARDS[part]
        elif part.startswith("[") and part != "[":
            translated += _set_regex(part)
        elif part == "{":
            translated, depth = translated + "(?:", depth + 1
        elif part == "}" and depth:
            translated, depth = translated + ")", depth - 1
        elif part == "," and depth:
            translated += "|"
        else:
            translated += re.escape(part[-1])
    return translated + ")" * depth


_WILDCARDS = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
_PARTS = re.compile(r"\*\*|\\.|\[!?[^\]]+\]|.", re.DOTALL)


def _set_regex(part: str) -> str:
    """Translate ``[...]``: everything but a leading ``!`` and ``-`` stands for itself in it."""
    negated = part.startswith("[!")
    inside = re.sub(r"([^A-Za-z0-9-])", r"\\\1", part[2 if negated else 1 : -1])
    return f"[{'^/' if negated else ''}{inside}]"
