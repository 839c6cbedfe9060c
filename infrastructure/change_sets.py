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
    """A change set that waits to be executed.

    Parameters
    ----------
    stack
        The stack's name.
    arn
        The change set's ARN.
    stack_id
        The stack's ID, which still names it when it is gone.
    changes
        What it would do.
    """

    stack: str
    arn: str
    stack_id: str
    changes: tuple[Change, ...] = field(repr=False)
