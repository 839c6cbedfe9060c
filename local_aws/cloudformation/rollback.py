"""Rolling back: what a failed operation did is undone, from the records."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from local_aws.cloudformation.resource_work import ResourceFailedError, ResourceWork
from local_aws.cloudformation.schemas import schema_of
from local_aws.cloudformation.stacks import Stacks
from local_aws.records import Record

RESTORED = ("_Template", "_Values", "_Imports", "_Secrets", "Capabilities", "Description", "Parameters", "Tags")
"""The members of a stack that an update sets, and a rollback sets back."""


class Rollback:
    """Undoes operations.

    Parameters
    ----------
    stacks
        The records.
    work
        Works on single resources.
    region
        The region.
    go_on
        Called between resources; raises when the server stops.
    """

    def __init__(self, stacks: Stacks, work: ResourceWork, region: str, go_on: Callable[[], None]) -> None:
        self._stacks = stacks
        self._work = work
        self._region = region
        self._go_on = go_on

    def of_creation(self, stack: Record) -> None:
        """Remove what a failed creation made."""
        stack_id = stack["StackId"]
        failed = []
        for resource in reversed(self._stacks.resources(stack_id)):
            self._go_on()
            try:
                self._work.delete(stack, resource, is_kept=_is_kept_when_new(stack, resource))
            except ResourceFailedError as error:
                failed.append(error.logical_id)
        if failed:
            reason = f"The following resource(s) failed to delete: [{', '.join(sorted(failed))}]. "
            self._stacks.enter(stack_id, "ROLLBACK_FAILED", reason)
        else:
            self._stacks.enter(stack_id, "ROLLBACK_COMPLETE")

    def of_update(self, stack: Record) -> None:
        """Undo what the journal says that a failed update did."""
        stack_id = stack["StackId"]
        try:
            for entry in reversed(self._stacks.journal(stack_id)):
                self._go_on()
                self._undo(stack, entry)
        except ResourceFailedError as error:
            reason = f"The following resource(s) failed to update: [{error.logical_id}]. "
            self._stacks.enter(stack_id, "UPDATE_ROLLBACK_FAILED", reason)
            return
        before = self._stacks.get(stack_id)["_Before"]
        stack = self._stacks.enter(
            stack_id, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", **{name: before.get(name) for name in RESTORED}
        )
        for entry in reversed(self._stacks.journal(stack_id)):
            self._go_on()
            new = entry["Before"]
            kept = _is_kept_when_new(stack, new)
            self.try_delete(stack, new, is_kept=kept, drops=entry["Drops"])
            self._stacks.strike(stack_id, entry)
        self._stacks.enter(stack_id, "UPDATE_ROLLBACK_COMPLETE", _Before=None)

    def try_delete(self, stack: Record, resource: Record, *, is_kept: bool, drops: bool = True) -> None:
        """Remove a resource; a failure is told in its events and leaves it there, as CloudFormation's clean-up does."""
        with contextlib.suppress(ResourceFailedError):
            self._work.delete(stack, resource, is_kept=is_kept, drops=drops)

    def _undo(self, stack: Record, entry: Record) -> None:
        """Undo one change; new resources are only marked, as those before may still refer to them."""
        stack_id = stack["StackId"]
        if entry["Action"] == "update":
            schema = schema_of(entry["Before"]["ResourceType"], self._region)
            assert schema is not None  # noqa: S101 (it was made by this schema)
            self._work.take_back(stack, entry, schema)
            self._stacks.strike(stack_id, entry)
        elif entry["Action"] == "create":
            new = self._stacks.resource(stack_id, entry["LogicalResourceId"])
            self._mark(stack_id, entry, new, drops=True)
        elif entry["Action"] == "replace":
            before = entry["Before"]
            new = entry.get("New") or self._stacks.resource(stack_id, before["LogicalResourceId"])
            is_made = new is not None and new.get("PhysicalResourceId") != before["PhysicalResourceId"]
            # The entry takes the new resource over before its record gives way: a kill in between loses neither.
            self._stacks.note(stack_id, {**entry, "New": new})
            self._stacks.enter_resource(stack, before, "UPDATE_COMPLETE")
            self._mark(stack_id, entry, new if is_made else None, drops=False)

    def _mark(self, stack_id: str, entry: Record, new: Record | None, *, drops: bool) -> None:
        if new is None:
            self._stacks.strike(stack_id, entry)
        else:
            self._stacks.note(stack_id, {"Key": entry["Key"], "Action": "discard", "Before": new, "Drops": drops})


def _is_kept_when_new(stack: Record, resource: Record) -> bool:
    return resource["_DeletionPolicy"] == "Retain" and not stack.get("RetainExceptOnCreate")
