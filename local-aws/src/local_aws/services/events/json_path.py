"""The JSON paths that targets may use: ``$``, members by dots and array elements by number, ``$.resources[0]``."""

from __future__ import annotations

import json
import re
from typing import Any

ABSENT = object()
"""What a path that leads nowhere gives."""

_PATH = re.compile(r"\$((\.[^.\[\]\s]+)|(\[\d+\]))*")
_STEP = re.compile(r"\.(?P<name>[^.\[\]\s]+)|\[(?P<index>\d+)\]")


def is_path(text: str) -> bool:
    """Return whether a text is a JSON path that is understood here."""
    return _PATH.fullmatch(text) is not None


def find(path: str, value: Any) -> Any:
    """Return what stands at a path, or `ABSENT`."""
    for step in _STEP.finditer(path):
        name = step["name"]
        if name is not None and isinstance(value, dict) and name in value:
            value = value[name]
        elif name is None and isinstance(value, list) and int(step["index"]) < len(value):
            value = value[int(step["index"])]
        else:
            return ABSENT
    return value


def as_text(value: Any) -> str:
    """Write a value: a string as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
