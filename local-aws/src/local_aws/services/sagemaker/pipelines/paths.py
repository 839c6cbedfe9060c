"""Paths into JSON documents and Describe answers: ``a.b['c'][0]``."""

from __future__ import annotations

import re
from typing import Any

from local_aws.services.sagemaker.pipelines.errors import NoValueError

Path = tuple[str | int, ...]

_PART = re.compile(
    r"""\.?(?P<name>[^.\[\]'"]+)   # a member, after a dot unless it is the first
      | \['(?P<single>[^']*)'\]
      | \["(?P<double>[^"]*)"\]
      | \[(?P<index>\d+)\]""",
    re.VERBOSE,
)
_NAMING_MEMBERS = ("OutputName", "InputName", "ChannelName", "MetricName", "VariantName", "Name")
"""The member by which each list that a property reference may subscript names its elements."""


def parse_path(text: str) -> Path:
    """Split a path into member names and indices; a leading ``$`` is JSONPath's root.

    `ValueError` is raised for everything else, also for wildcards, filters and slices of JSONPath.
    """
    parts: list[str | int] = []
    position = 1 if text.startswith("$") else 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None or text.startswith("."):
            raise ValueError(f"{text!r} is not a path of the form a.b['c'][0]")
        if match["index"] is not None:
            parts.append(int(match["index"]))
        else:
            parts.append(next(part for part in match.group("name", "single", "double") if part is not None))
        position = match.end()
    if not parts:
        raise ValueError("a path must name at least one member")
    return tuple(parts)


def look_up(document: Any, path: Path, origin: str) -> Any:
    """Return the value at a path, or raise `NoValueError` if there is none, or a null.

    A name on a list selects the element of that name, as in ``Outputs['train']``.
    """
    value = document
    for depth, part in enumerate(path):
        value = _child(value, part)
        if value is None:
            raise NoValueError(f"{origin} has no value at {render_path(path[: depth + 1])}")
    return value


def render_path(path: Path) -> str:
    """Write a path as the SDK does."""
    first, *rest = path
    return str(first) + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)


def _child(value: Any, part: str | int) -> Any:
    if isinstance(part, int):
        return value[part] if isinstance(value, list) and part < len(value) else None
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, list):
        named = (
            element
            for element in value
            if isinstance(element, dict) and any(element.get(member) == part for member in _NAMING_MEMBERS)
        )
        return next(named, None)
    return None
