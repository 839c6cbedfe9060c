"""AWS's published schema of pipeline definitions as a referee, patched where it is older than the service.

``published_schema.json`` states its facts in a form of our own: the members of each structure with their kinds, ``!``
after a required one. A step's structures are named by their paths, that of the step itself by nothing. ``patches`` has
what the schema lacks, each with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Members = Mapping[str, str]

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "scalar": (str, int, float),
    "open": dict,
    "structure": dict,
    "open structure": dict,
    "list": list,
}


def published() -> dict[str, Any]:
    """Return the schema's facts as they were published, and the patches."""
    content: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return content


def patched(patches: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the schema's facts with patches applied."""
    content = published()
    for patch in patches:
        place: Any = content
        *parents, last = _path(patch["where"])
        for name in parents:
            place = place[name]
        if "add" in patch:
            place[last] = [*place[last], *patch["add"]]
        else:
            own = {name.rstrip("!") for name in patch["members"]}
            kept = {name: kind for name, kind in place.get(last, {}).items() if name.rstrip("!") not in own}
            place[last] = kept | patch["members"]
    return content


def refusals(definition: Mapping[str, Any], patches: Sequence[Mapping[str, Any]] | None = None) -> list[str]:
    """Return what of a definition the schema with its patches does not have, a line each; empty if it has all of it."""
    return list(_Referee(patched(published()["patches"] if patches is None else patches)).refusals(definition))


def _path(where: str) -> list[str]:
    """Return the keys of a place: a step's structure is named by all that follows the step's type."""
    if where.startswith("steps."):
        return where.split(".", 2)
    return where.split(".", 1)


class _Referee:
    def __init__(self, content: Mapping[str, Any]) -> None:
        self._facts = content

    def refusals(self, definition: Mapping[str, Any]) -> Iterator[str]:
        yield from self._structure({"": self._facts["definition"]}, "", definition, "definition")
        for parameter in definition.get("Parameters", ()):
            members = self._facts["parameters"].get(parameter.get("Type"), {})
            yield from self._structure({"": members}, "", parameter, f"parameter {parameter.get('Name')}")
        for step in definition["Steps"]:
            yield from self._step(step)

    def _step(self, step: Mapping[str, Any]) -> Iterator[str]:
        subject = f"step {step.get('Name')}"
        structures = self._facts["steps"].get(step.get("Type"))
        if structures is None:
            yield f"{subject}: no steps of type {step.get('Type')}"
            return
        shared = {name: members for name, members in self._facts["shared"].items() if name in structures[""]}
        own = {**structures, **shared, "": structures[""] | self._facts["every step"]}
        yield from self._structure(own, "", step, subject)
        if step["Type"] == "Condition":
            for condition in step["Arguments"].get("Conditions", ()):
                yield from self._condition(condition, subject)
            for inner in (*step["Arguments"].get("IfSteps", ()), *step["Arguments"].get("ElseSteps", ())):
                if inner["Type"] not in self._facts["branches"]:
                    yield f"{subject}: no {inner['Type']} step in a branch"
                yield from self._step(inner)

    def _condition(self, condition: Mapping[str, Any], subject: str) -> Iterator[str]:
        kinds = {name: members for names, members in self._facts["conditions"].items() for name in names.split(", ")}
        if condition["Type"] not in kinds:
            yield f"{subject}: no condition {condition['Type']}"
            return
        yield from self._structure({"": kinds[condition["Type"]]}, "", condition, f"{subject}: {condition['Type']}")
        for inner in (*condition.get("Conditions", ()), *filter(None, [condition.get("Condition")])):
            yield from self._condition(inner, subject)

    def _structure(
        self,
        structures: Mapping[str, Members],
        path: str,
        value: Mapping[str, Any],
        subject: str,
        is_open: bool = False,
    ) -> Iterator[str]:
        """Check the members of a structure, and what is in them."""
        kinds = {name.rstrip("!"): kind for name, kind in structures[path].items()}
        missing = {name[:-1] for name in structures[path] if name.endswith("!")} - value.keys()
        yield from (f"{subject}: {path or 'it'} lacks {name}" for name in sorted(missing))
        if not is_open:
            yield from (f"{subject}: {path or 'it'} has no {name}" for name in sorted(value.keys() - kinds.keys()))
        for name in value.keys() & kinds.keys():
            inner = f"{path}.{name}".lstrip(".")
            yield from self._value(kinds[name], structures, inner, value[name], subject)

    def _value(
        self, kind: str, structures: Mapping[str, Members], path: str, value: Any, subject: str
    ) -> Iterator[str]:
        """Check a value against its kind."""
        if kind == "any":
            return
        if kind.startswith("list of "):
            if not isinstance(value, list):
                yield f"{subject}: {path} is not a list"
                return
            for item in value:
                yield from self._value(kind.removeprefix("list of "), structures, path, item, subject)
        elif isinstance(value, dict) and len(value) == 1 and next(iter(value)) in ("Get", "Std:Join", "Std:JsonGet"):
            if kind.startswith("literal ") or next(iter(value)) not in self._facts["functions"]:
                yield f"{subject}: {path} takes no {next(iter(value))}"
        elif "one of " in kind:
            if value not in kind.partition("one of ")[2].split(", "):
                yield f"{subject}: {path} is {value!r}, not {kind.removeprefix('literal ')}"
        elif not _is(kind.removeprefix("literal "), value):
            yield f"{subject}: {path} is {value!r}, not {kind}"
        elif kind.endswith("structure") and path not in structures:
            yield f"{subject}: {path} is not described"
        elif kind.endswith("structure"):
            yield from self._structure(structures, path, value, subject, is_open=kind.startswith("open"))


def _is(kind: str, value: Any) -> bool:
    """Return whether a value is of a kind; a boolean is no number."""
    return isinstance(value, _TYPES[kind]) and (kind in ("boolean", "scalar") or not isinstance(value, bool))
