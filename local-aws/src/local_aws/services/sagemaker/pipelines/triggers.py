"""The outcomes of upstream steps that let a step run: ``DependsOn`` and its run conditions.

Source: the SageMaker Python SDK's `StepDependency` and `TriggerCondition`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.services.sagemaker.pipelines.errors import DefinitionError

COMPLETED = "Completed"
_ENDS: Mapping[str, frozenset[str]] = {
    COMPLETED: frozenset({"Succeeded"}),
    "Failed": frozenset({"Failed"}),
    "Stopped": frozenset({"Stopped"}),
    "Any": frozenset({"Succeeded", "Failed", "Stopped"}),
}
"""The ends of a step that meet each trigger. A step that never starts has no end, and meets none."""


def is_met(trigger: str, status: str) -> bool:
    """Return whether a step that ended with a status lets a step with a trigger run."""
    return status in _ENDS[trigger]


def parse_depends_on(entries: Any) -> dict[str, str]:
    """Return the triggers of a step's ``DependsOn`` by step; a name alone is the trigger Completed."""
    if not isinstance(entries, list):
        raise DefinitionError(f"DependsOn is a list of step names and run conditions, not {entries!r}")
    triggers: dict[str, str] = {}
    for entry in entries:
        name, trigger = _dependency(entry)
        if triggers.setdefault(name, trigger) != trigger:
            raise DefinitionError(f"DependsOn names step {name!r} with the triggers {triggers[name]} and {trigger}")
    return triggers


def _dependency(entry: Any) -> tuple[str, str]:
    if isinstance(entry, str):
        return entry, COMPLETED
    if not isinstance(entry, dict) or entry.keys() != {"Step", "Trigger"} or not isinstance(entry["Step"], str):
        raise DefinitionError(f"DependsOn is a list of step names, or objects of Step and Trigger, not of {entry!r}")
    trigger = entry["Trigger"]
    if not isinstance(trigger, str) or trigger not in _ENDS:
        raise DefinitionError(f"Trigger of DependsOn is one of {', '.join(_ENDS)}, not {trigger!r}")
    return entry["Step"], trigger
