"""The graph of a pipeline's definition: steps in layers, with the branches of its conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_STEP = re.compile(r"^Steps\.([^.\[]+)")
_SIGNS = {
    "Equals": "=",
    "GreaterThan": ">",
    "GreaterThanOrEqualTo": "≥",
    "LessThan": "<",
    "LessThanOrEqualTo": "≤",
}


@dataclass(frozen=True)
class Step:
    """A step of a definition."""

    name: str
    title: str
    type: str
    needs: tuple[str, ...]
    """The steps that it waits for: those it names, and those whose properties it refers to."""
    condition: str
    branch: str
    """The condition whose branch it is in, and which: ``"True"`` or ``"False"``; both empty outside."""
    tests: tuple[str, ...]
    """What a condition compares, in words."""


def steps_of(definition: Mapping[str, Any]) -> list[Step]:
    """Return all steps of a definition, those in branches after their condition."""
    return list(_steps(definition.get("Steps", []), "", ""))


def edges_of(steps: list[Step]) -> list[dict[str, str]]:
    """Return the arrows between steps, without those that a longer way implies; a branch's have a label."""
    before = {step.name: {*step.needs, *([step.condition] if step.condition else [])} for step in steps}
    ancestors: dict[str, set[str]] = {}

    def ancestors_of(name: str) -> set[str]:
        if name not in ancestors:
            ancestors[name] = set()  # a definition with a circle ends, too
            ancestors[name] = set().union(*({other} | ancestors_of(other) for other in before.get(name, ())))
        return ancestors[name]

    edges: list[dict[str, str]] = []
    for step in steps:
        implied: set[str] = set().union(*(ancestors_of(name) for name in before[step.name]))
        edges.extend(
            {"from": source, "to": step.name, "label": step.branch if source == step.condition else ""}
            for source in sorted((before[step.name] & before.keys()) - implied)
        )
    return edges


def parameters_of_definition(definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return name, type, default and legal values of a definition's parameters, for a form."""
    return [
        {
            "name": parameter["Name"],
            "type": parameter.get("Type", "String"),
            "default": parameter.get("DefaultValue"),
            "choices": parameter.get("EnumValues", []),
        }
        for parameter in definition.get("Parameters", [])
    ]


def _steps(steps: list[Mapping[str, Any]], condition: str, branch: str) -> Iterator[Step]:
    for step in steps:
        arguments = step.get("Arguments", {})
        is_condition = step["Type"] == "Condition"
        read = {key: value for key, value in arguments.items() if key not in ("IfSteps", "ElseSteps")}
        needs = {*step.get("DependsOn", []), *_referred({**step, "Arguments": read})} - {step["Name"]}
        tests = tuple(map(_condition_text, arguments.get("Conditions", []))) if is_condition else ()
        title = step.get("DisplayName") or step["Name"]
        yield Step(step["Name"], title, step["Type"], tuple(sorted(needs)), condition, branch, tests)
        if is_condition:
            yield from _steps(arguments.get("IfSteps", []), step["Name"], "True")
            yield from _steps(arguments.get("ElseSteps", []), step["Name"], "False")


def _referred(value: Any) -> Iterator[str]:
    """Yield the steps whose properties a value refers to."""
    if isinstance(value, Mapping):
        if isinstance(path := value.get("Get"), str) and (match := _STEP.match(path)):
            yield match[1]
        for member in value.values():
            yield from _referred(member)
    elif isinstance(value, list):
        for member in value:
            yield from _referred(member)


def _condition_text(condition: Mapping[str, Any]) -> str:
    """Return a condition in words, such as ``EvaluateXGBoost evaluation.accuracy ≥ AccuracyThreshold``."""
    kind = condition["Type"]
    if kind == "Not":
        return f"not ({_condition_text(condition.get('Condition', condition.get('Expression')))})"
    if kind == "Or":
        return " or ".join(f"({_condition_text(part)})" for part in condition["Conditions"])
    if kind == "In":
        return f"{_value_text(condition['QueryValue'])} in {', '.join(map(_value_text, condition['Values']))}"
    return (
        f"{_value_text(condition.get('LeftValue'))} {_SIGNS.get(kind, kind)} {_value_text(condition.get('RightValue'))}"
    )


def _value_text(value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    if "Get" in value:
        return str(value["Get"]).removeprefix("Parameters.").removeprefix("Steps.")
    if "Std:JsonGet" in value:
        file = value["Std:JsonGet"]["PropertyFile"]
        name = _value_text(file).partition(".")[0] if isinstance(file, Mapping) else str(file)
        return f"{name} {value['Std:JsonGet']['Path']}"
    if "Std:Join" in value:
        return str(value["Std:Join"].get("On", "")).join(map(_value_text, value["Std:Join"]["Values"]))
    return str(value)
