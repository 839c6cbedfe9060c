"""JSON from outside, with a bound on how deeply it is nested."""

from __future__ import annotations

import json
from typing import Any

MOST_LEVELS = 100
"""What walks through the values is recursive, with up to five calls per level; Python allows a thousand in all."""


class TooDeepError(ValueError):
    """Raised when a JSON text is nested more than `MOST_LEVELS` deep."""

    def __init__(self) -> None:
        super().__init__(f"it is nested more than {MOST_LEVELS} levels deep")


def read_json(text: str | bytes, **options: Any) -> Any:
    """Read a JSON text; see `json.loads`.

    Raises
    ------
    ValueError
        When it is not JSON, or nested too deeply.
    """
    try:
        value = json.loads(text, **options)
    except RecursionError:
        raise TooDeepError from None
    check_levels(value)
    return value


def check_levels(value: Any) -> None:
    """Check how deeply lists and dictionaries are nested.

    Raises
    ------
    TooDeepError
        When that is more than `MOST_LEVELS`.
    """
    level = [value]
    for _ in range(MOST_LEVELS + 1):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return
    raise TooDeepError
