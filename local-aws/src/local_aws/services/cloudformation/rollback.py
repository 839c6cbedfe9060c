"""Rolling back an update: what it did is undone, from the journal."""

from __future__ import annotations

from collections.abc import Callable

from local_aws.kernel.records import Record
from local_aws.services.cloudformation.removal import Removal, is_kept_when_new
from local_aws.services.cloudformation.resource_work import ResourceWork
from local_aws.services.cloudformation.schemas import schema_of
from local_aws.services.cloudformation.stacks import Stacks

RESTORED = ("_Template", "_Values", "_Imports", "_Secrets", "Capabilities", "Description", "Parameters", "Tags")
"""The members of a stack that an update sets, and a rollback sets back."""


class Rollback:
    """Undoes updates.

    Parameters
    ----------
    go_on
        Called between resources; raises when the server stops.
    """

    def __init__(
        self, stacks: Stacks, work: ResourceWork, removal: Removal, region: str, go_on: Callable[[], None]
    ) -> None:
        self._stacks = stacks
        self._work = work
        self._removal = removal
        self._region = region
        self._go_on = go_on

    def run(self, stack: Record) -> None:
        """Undo what the journal says that an update did; begin where an earlier rollback ended.

        Raises
        ------
        ResourceFailedError
            When a resource cannot be brought back to what it was.
        """
        stack_id = stack["StackId"]
        for entry in reversed(self._stacks.journal(stack_id)):
            self._go_on()
            self._undo(stack, entry)
        before = self._stacks.get(stack_id)["_Before"]
        restored = {name: before.get(name) for name in RESTORED}
        entered = self._stacks.enter(stack_id, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", **restored)
        self._removal.discard_all(entered)
        self._stacks.enter(stack_id, "UPDATE_ROLLBACK_COMPLETE", _Before=None)

    def _undo(self, stack: Record, entry: Record) -> None:
        """Undo one change; new resources are only put aside, as those before may still refer to them."""
        stack_id = stack["StackId"]
        if entry["Action"] == "update":
            schema = schema_of(entry["Before"]["ResourceType"], self._region)
            assert schema is not None  # noqa: S101 (it was made by this schema)
            self._work.take_back(stack, entry, schema)
            self._stacks.strike(stack_id, entry)
        elif entry["Action"] == "create":
            new = self._stacks.resource(stack_id, entry["LogicalResourceId"])
            self._put_aside(stack, entry, new, drops=True)
        elif entry["Action"] == "replace":
            before = entry["Before"]
            new = self._stacks.resource(stack_id, before["LogicalResourceId"])
            if new is None or new["PhysicalResourceId"] == before["PhysicalResourceId"]:
                new = entry.get("New")
            # The entry takes the new resource over before its record gives way: a kill in between loses neither.
            self._stacks.note(stack_id, {**entry, "New": new})
            self._stacks.enter_resource(stack, before, "UPDATE_COMPLETE")
            self._put_aside(stack, entry, new, drops=False)

    def _put_aside(self, stack: Record, entry: Record, new: Record | None, *, drops: bool) -> None:
        if new is None:
            self._stacks.strike(stack["StackId"], entry)
            return
        kept = is_kept_when_new(stack, new)
        discarded = {"Key": entry["Key"], "Action": "discard", "Resource": new, "Drops": drops, "Kept": kept}
        self._stacks.note(stack["StackId"], discarded)
