"""A pipeline definition as a reviewer reads it: each value once, and what most objects of a kind share once at the top.

Definitions with different values have different outlines: what an object has beside the usual members of its kind is
written out, and what it lacks of them is named.
"""

from __future__ import annotations

import difflib
import functools
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

WIDTH = 120

_PLAIN = re.compile(r"[A-Za-z/-][\w./:@+-]*(\[\])?")
_KEYWORDS = {"true", "false", "null"}
_BRANCHES = ("IfSteps", "ElseSteps")
_MIN_OCCURRENCES = 3
# Maps, and requests to different functions: such objects have no usual members.
_NOT_ALIKE = {"Environment", "Lambda arguments"}
_ABBREVIATIONS = {
    r"<output \2 of \1>": r"\$Steps\.(\w+)\.ProcessingOutputConfig\.Outputs\['(\w+)'\]\.S3Output\.S3Uri",
    "<best candidate>": r"\$Steps\.AutoML\.BestCandidate\.InferenceContainers\[0\]",
    r"<results of \1>": r"s3://playgrounds-models-123456789012-us-east-1/([\w-]+)/\{\$Execution\.PipelineExecutionId\}",
    "<code>": "s3://playgrounds-code-123456789012-us-east-1/code",
}

Definition = dict[str, Any]
Sections = dict[str, list[str]]
Usual = dict[str, dict[str, str]]
"""By kind of object, the JSON of the members that most of the objects have."""


def walk(steps: list[Definition]) -> Iterator[Definition]:
    """Yield steps, those inside conditions among them."""
    for step in steps:
        yield step
        for branch in _BRANCHES:
            yield from walk(step["Arguments"].get(branch, []))


def outline(definition: Definition) -> str:
    """Return what is usual, the parameters, and the steps: those for AutoML by their differences from their twins."""
    usual = _usual_members(definition)
    lines = ["abbreviations", *(f"  {short}  {pattern}" for short, pattern in _ABBREVIATIONS.items()), "usual"]
    for kind, members in sorted(usual.items()):
        texts = [f"{key}: {_flow(key, json.loads(value), {})}" for key, value in members.items()]
        lines += _wrap(f"  {kind}: ", texts, "    ")
    sections = _sections(definition, usual)
    twins = {title: twin for title in sections if (twin := _twin(title, sections))}
    for title, content in sections.items():
        twin = twins.get(title)
        changes = _changes(_renamed(sections[twin], twins), content) if twin else content
        lines += [f"{title}: as {_name(twin)}" if twin else title, *changes]
    return "\n".join(lines) + "\n"


def outline_of_variant(definition: Definition, variant: Definition) -> str:
    """Return what a variant of a definition leaves out and changes."""
    usual = _usual_members(definition)
    before, after = _sections(definition, usual), _sections(variant, usual)
    lines = list(_wrap("left out: ", [_name(title) for title in before if title not in after], "  "))
    for title, content in after.items():
        changes = _changes(before.get(title, []), content)
        lines += [title, *changes] if changes else []
    return "\n".join(lines) + "\n"


def _sections(definition: Definition, usual: Usual) -> Sections:
    """Return lines by title: the definition's own members, its parameters, each step."""
    own = {key: value for key, value in definition.items() if key not in ("Parameters", "Steps")}
    parameters = [f"  {_flow('Parameters', parameter, usual)}" for parameter in definition["Parameters"]]
    sections = {"definition": list(_wrap("  ", _parts("definition", own, usual), "  ")), "parameters": parameters}
    for step in walk(definition["Steps"]):
        kind = step["Type"]
        own = {key: value for key, value in step.items() if key not in ("Name", "Type", "Arguments")}
        arguments = {
            key: [nested["Name"] for nested in value] if key in _BRANCHES else value
            for key, value in step["Arguments"].items()
        }
        sections[f"{step['Name']} ({kind})"] = [
            *_block(f"{kind} step", own, usual, "  "),
            *_block(f"{kind} arguments", arguments, usual, "  "),
        ]
    return sections


def _name(title: str) -> str:
    return title.partition(" ")[0]


def _twin(title: str, sections: Sections) -> str | None:
    """Return the title of the step that does for XGBoost what this one does for AutoML."""
    candidates = [title.replace("AutoML ", "XGBoost ", 1), title.replace("AutoML ", " ", 1)]
    return next((candidate for candidate in candidates if candidate != title and candidate in sections), None)


def _renamed(content: list[str], twins: dict[str, str]) -> list[str]:
    """Write a step of XGBoost's with the names that AutoML's steps have."""
    names = {_name(twin): _name(title) for title, twin in twins.items()}
    return [re.sub(r"(?<!Equals )\b\w+", lambda match: names.get(match[0], match[0]), line) for line in content]


def _changes(before: list[str], after: list[str]) -> list[str]:
    return list(_ndiff(tuple(before), tuple(after)))


@functools.cache
def _ndiff(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[str, ...]:
    changes = difflib.ndiff(before, after, linejunk=None, charjunk=None)
    return tuple(f" {change[0]}{change[2:]}" for change in changes if change[0] in "+-")


def _block(kind: str, members: dict[str, Any], usual: Usual, indent: str) -> Iterator[str]:
    """Write an object's members one per line, with those of theirs that do not fit the line below them."""
    for key, value in _unusual(kind, members, usual):
        text = _flow(key, value, usual)
        if len(indent) + len(key) + 2 + len(text) <= WIDTH or _folded(value, usual):
            yield f"{indent}{key}: {text}"
        elif isinstance(value, dict):
            yield f"{indent}{key}:"
            yield from _block(key, value, usual, f"{indent}  ")
        elif isinstance(value, list) and any(isinstance(item, dict) and not _folded(item, usual) for item in value):
            yield f"{indent}{key}:"
            for item in value:
                yield from _wrap(f"{indent}  - ", _parts(key, item, usual), f"{indent}    ")
        else:
            yield from _wrap(f"{indent}{key}: ", _parts(key, value, usual), f"{indent}  ")
    lacking = sorted(set(usual.get(kind, {})) - set(members))
    if lacking:
        yield f"{indent}without {', '.join(lacking)}"


def _flow(kind: str, value: Any, usual: Usual) -> str:
    """Write a value on one line."""
    folded = _folded(value, usual)
    if folded:
        return folded
    if isinstance(value, dict):
        return "{" + ", ".join(_parts(kind, value, usual)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_parts(kind, value, usual)) + "]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value not in _KEYWORDS:
        return _abbreviated(value)
    return _abbreviated(json.dumps(value, ensure_ascii=False))


def _parts(kind: str, value: Any, usual: Usual) -> list[str]:
    """Write the members of an object, the items of a list, or the one value."""
    if isinstance(value, list):
        return [_flow(kind, item, usual) for item in value]
    if not isinstance(value, dict) or _folded(value, usual):
        return [_flow(kind, value, usual)]
    lacking = [f"without {key}" for key in sorted(set(usual.get(kind, {})) - set(value))]
    return [f"{key}: {_flow(key, member, usual)}" for key, member in _unusual(kind, value, usual)] + lacking


def _folded(value: Any, usual: Usual) -> str:
    """Write an expression or a condition as such; other values are not folded."""
    if not isinstance(value, dict) or len(value) > 3:
        return ""
    if set(value) == {"Get"}:
        return _abbreviated(f"${value['Get']}")
    if set(value) == {"Std:JsonGet"} and set(value["Std:JsonGet"]) == {"PropertyFile", "Path"}:
        source = value["Std:JsonGet"]
        return f"{_flow('', source['PropertyFile'], usual)}#{_flow('', source['Path'], usual)}"
    if set(value) == {"Std:Join"}:
        values = value["Std:Join"]["Values"]
        parts = [item if isinstance(item, str) else "{" + _flow("", item, usual) + "}" for item in values]
        joined = _abbreviated(value["Std:Join"]["On"].join(parts))
        return f"join{json.dumps(joined)}" if len(values) > 1 else f"join({value['Std:Join']['On']!r}, {parts[0]})"
    if set(value) == {"Type", "Conditions"}:
        return f"{value['Type']}({', '.join(_parts('Conditions', value['Conditions'], usual))})"
    if set(value) == {"Type", "LeftValue", "RightValue"}:
        return f"{_flow('', value['LeftValue'], usual)} {value['Type']} {_flow('', value['RightValue'], usual)}"
    return ""


@functools.cache
def _abbreviated(text: str) -> str:
    for short, pattern in _ABBREVIATIONS.items():
        text = re.sub(pattern, short, text)
    return text


def _unusual(kind: str, members: dict[str, Any], usual: Usual) -> list[tuple[str, Any]]:
    shared = usual.get(kind, {})
    return [(key, value) for key, value in members.items() if key not in shared or shared[key] != json.dumps(value)]


def _usual_members(definition: dict[str, Any]) -> Usual:
    """Return the members that most of the objects of their kind have with one value."""
    count: Counter[str] = Counter()
    values: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for kind, members in _objects("definition", definition):
        count[kind] += 1
        for key, value in members.items():
            values[kind][key][json.dumps(value)] += 1
    usual: Usual = {}
    for kind, by_key in values.items():
        for key, texts in by_key.items():
            ((text, occurrences),) = texts.most_common(1)
            if key not in _BRANCHES and occurrences >= _MIN_OCCURRENCES and 2 * occurrences > count[kind]:
                usual.setdefault(kind, {})[key] = text
    return usual


def _objects(kind: str, value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects in a value with their kinds; of a step, its own members and its arguments apart."""
    if isinstance(value, list):
        for item in value:
            yield from _objects(kind, item)
    elif isinstance(value, dict) and not _folded(value, {}):
        if kind in ("Steps", *_BRANCHES):
            own = {key: member for key, member in value.items() if key not in ("Name", "Type", "Arguments")}
            yield from _objects(f"{value['Type']} step", own)
            yield from _objects(f"{value['Type']} arguments", value["Arguments"])
            return
        if kind not in _NOT_ALIKE:
            yield kind, value
        for key, member in value.items():
            yield from _objects(key, member)


def _wrap(start: str, parts: list[str], indent: str) -> Iterator[str]:
    """Write parts with commas between them, on as many lines as they need."""
    line = start
    for number, part in enumerate(parts):
        piece = part + ("," if number + 1 < len(parts) else "")
        if line not in (start, indent) and len(line) + len(piece) > WIDTH:
            yield line.rstrip()
            line = indent
        line += piece + " "
    yield line.rstrip()
