"""No change of a definition goes unseen: the outline shows every value and every member that is absent."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from tests.pipelines.outline import outline

# What makes a step, a condition or an expression: the definition language has none without them.
_REQUIRED = {"Name", "Type", "Arguments", "IfSteps", "ElseSteps", "Conditions", "LeftValue", "RightValue"}
_REQUIRED |= {"Get", "On", "Values", "PropertyFile", "Path"}


def _leaves(path: tuple[str, ...], node: Any) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Yield each value that holds no others: its path without indices, its holder, its key or index there."""
    for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
        step = (*path, key) if isinstance(node, dict) else path
        if isinstance(value, dict | list):
            yield from _leaves(step, value)
        else:
            yield step, node, key


def _changed(value: Any) -> Any:
    if isinstance(value, str):
        return f"{value}x"
    return not value if isinstance(value, bool) or value is None else value + 1


def _parts(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the definition without steps, and with one step alone: outlines of all of it take twenty times as long."""
    yield definition | {"Steps": []}
    for step in definition["Steps"]:
        yield definition | {"Parameters": [], "Steps": [step]}


def test_a_changed_value_and_an_absent_member_change_the_outline(definition):
    """Try one leaf of each path: the outline treats those of one path alike."""
    tried: set[tuple[str, ...]] = set()
    for part in _parts(definition):
        reviewed = outline(part)
        leaves = {path: (holder, key) for path, holder, key in _leaves((), part) if path not in tried}
        for path, (holder, key) in leaves.items():
            before = copy.copy(holder)
            holder[key] = _changed(holder[key])
            assert outline(part) != reviewed, f"{path} was changed"
            if isinstance(holder, dict) and key not in _REQUIRED:
                del holder[key]
                assert outline(part) != reviewed, f"{path} was removed"
            holder.clear()
            holder.update(before) if isinstance(holder, dict) else holder.extend(before)
        assert outline(part) == reviewed
        tried |= leaves.keys()
    assert tried == {path for path, _, _ in _leaves((), definition)}
