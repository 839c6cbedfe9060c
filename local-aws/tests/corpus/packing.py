"""The definitions as files that say once what several of them have in common.

A part that stands in several places is in ``shared_parts.json`` under a name of its own, and ``{"$shared": NAME}``
stands in its place.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "definitions"
_SHARED_FILE = FOLDER.parent / "shared_parts.json"
_REFERENCE = "$shared"
_FEWEST_LINES = 6


def names() -> list[str]:
    """Return the names of the definitions."""
    return sorted(file.stem for file in FOLDER.glob("*.json"))


def load(name: str) -> Any:
    """Return a definition, with all its parts."""
    shared = json.loads(_SHARED_FILE.read_text())
    return _expanded(json.loads((FOLDER / f"{name}.json").read_text()), shared)


def save(definitions: Mapping[str, Any]) -> None:
    """Write all definitions."""
    packed, shared = pack(definitions)
    for name, definition in packed.items():
        (FOLDER / f"{name}.json").write_text(_text(definition))
    _SHARED_FILE.write_text(_text(shared))


def pack(definitions: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the definitions with references in place of common parts, and these parts by name."""
    places: Counter[str] = Counter()
    seen: set[str] = set()

    def count(part: Any) -> None:
        # What is within a part that stands in several places is counted once, so that parts are as large as can be.
        key = json.dumps(part)
        places[key] += 1
        if key not in seen:
            seen.add(key)
            for member in _members(part):
                count(member)

    for definition in definitions.values():
        count(definition)
    named: dict[str, str] = {}
    shared: dict[str, Any] = {}

    def packed(part: Any, path: str) -> Any:
        key = json.dumps(part)
        if places[key] < 2 or _text(part).count("\n") < _FEWEST_LINES or not path:
            return _packed_members(part, path)
        if key not in named:
            number = 1 + sum(name.rpartition(" ")[0] == path for name in shared)
            named[key] = f"{path} {number}"
            shared[named[key]] = None
            shared[named[key]] = _packed_members(part, path)
        return {_REFERENCE: named[key]}

    def _packed_members(part: Any, path: str) -> Any:
        if isinstance(part, list):
            return [packed(member, f"{path}.{_label(member)}".strip(".")) for member in part]
        if isinstance(part, dict):
            return {name: packed(member, f"{path}.{name}".strip(".")) for name, member in part.items()}
        return part

    return {name: packed(definition, "") for name, definition in sorted(definitions.items())}, shared


def _label(part: Any) -> str:
    """Return what a part of a list is called."""
    known = ("Name", "InputName", "OutputName", "ChannelName")
    return next((str(part[name]) for name in known if name in part), "part") if isinstance(part, dict) else "part"


def _members(part: Any) -> list[Any]:
    return list(part.values()) if isinstance(part, dict) else part if isinstance(part, list) else []


def _expanded(part: Any, shared: Mapping[str, Any]) -> Any:
    if isinstance(part, list):
        return [_expanded(member, shared) for member in part]
    if not isinstance(part, dict):
        return part
    if part.keys() == {_REFERENCE}:
        return _expanded(shared[part[_REFERENCE]], shared)
    return {name: _expanded(member, shared) for name, member in part.items()}


def _text(content: Any) -> str:
    return json.dumps(content, indent=1) + "\n"
