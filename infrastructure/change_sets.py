"""What a change set would do, before it is executed."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Change:
    """What a change set would do to a resource."""

    action: str
    logical_id: str
    resource_type: str
    replacement: bool


@dataclass(frozen=True)
class ChangeSet:
    """A change set that waits to be executed."""

    stack: str
    """The stack's name."""
    arn: str
    """The change set's ARN."""
    stack_id: str
    """The stack's ID, which still names it when it is gone."""
    changes: tuple[Change, ...] = field(repr=False)
    """What it would do."""
