"""JSON from outside, with a bound on how deeply it is nested."""

from __future__ import annotations

import json
from typing import Any

MAX_LEVELS = 100
"""Code that walks through the values is recursive, with up to five calls per level; Python allows a thousand in all."""


class TooDeepError(ValueError):
    """Raised when a JSON text is nested more than `MAX_LEVELS` deep."""

    def __init__(self) -> None:
        super().__init__(f"it is nested more than {MAX_LEVELS} levels deep")


def read_json(text: str | bytes, **options: Any) -> Any:
    """Read a JSON text; see `json.loads`."""
    try:
        value = json.loads(text, **options)
    except RecursionError:
        raise TooDeepError from None
    check_levels(value)
    return value


def check_levels(value: Any) -> None:
    """Raise `TooDeepError` when lists and dictionaries are nested more than `MAX_LEVELS` deep."""
    containers = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_LEVELS):
        children = (child for node in containers for child in (node.values() if isinstance(node, dict) else node))
        containers = [child for child in children if isinstance(child, dict | list)]
    if containers:
        raise TooDeepError
