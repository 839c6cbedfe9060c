"""When a conditional trigger fires."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Node = tuple[str, str]
"""``("JOB", name)`` or ``("CRAWLER", name)``."""


def node_of(part: Mapping[str, Any]) -> Node:
    """Return the job or crawler that an action or a condition names."""
    return ("JOB", part["JobName"]) if "JobName" in part else ("CRAWLER", part["CrawlerName"])


def watches(trigger: Mapping[str, Any], node: Node) -> bool:
    """Return whether a trigger waits for the end of a job or crawler."""
    return any(node_of(condition) == node for condition in trigger.get("Predicate", {}).get("Conditions", []))


def is_met(predicate: Mapping[str, Any], ends: Mapping[Node, str]) -> bool:
    """Return whether a predicate holds.

    Parameters
    ----------
    ends
        The state that each job or crawler has ended in; those that have not ended are left out.
    """
    met = [
        ends.get(node_of(condition)) == condition.get("State", condition.get("CrawlState"))
        for condition in predicate["Conditions"]
    ]
    return any(met) if predicate.get("Logical") == "ANY" else all(met)
