"""Rolls back an update: what it did is undone, from the journal."""

from __future__ import annotations

from collections.abc import Callable

from local_aws.kernel.records import Record
from local_aws.services.cloudformation.records import Stacks
from local_aws.services.cloudformation.removal import Removal, is_kept_when_new
from local_aws.services.cloudformation.resource_work import ResourceWork

RESTORED = ("_Template", "_Values", "_Imports", "_Secrets", "Capabilities", "Description", "Parameters", "Tags")
"""The members of a stack that an update sets, and a rollback restores."""


class Rollback:
    """Undoes updates.

    Parameters
    ----------
    check_running
        Called between resources; raises when the server stops.
    """

    def __init__(
        self, stacks: Stacks, resources: ResourceWork, removal: Removal, check_running: Callable[[], None]
    ) -> None:
        self._stacks = stacks
        self._resources = resources
        self._removal = removal
        self._check_running = check_running

    def run(self, stack: Record) -> None:
        """Undo what the journal says that an update did, from where an earlier rollback ended.

        Raises `ResourceFailedError` when a resource cannot be restored.
        """
        stack_id = stack["StackId"]
        for entry in reversed(self._stacks.journal(stack_id)):
            self._check_running()
            self._undo(stack, entry)
        before = self._stacks.get(stack_id)["_Before"]
        restored = {name: before.get(name) for name in RESTORED}
        entered = self._stacks.enter(stack_id, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", **restored)
        self._removal.discard_all(entered)
        self._stacks.enter(stack_id, "UPDATE_ROLLBACK_COMPLETE", _Before=None)

    def _undo(self, stack: Record, entry: Record) -> None:
        """Undo one change; new resources are only marked, as those before may still refer to them."""
        stack_id = stack["StackId"]
        if entry["Action"] == "update":
            self._resources.restore(stack, entry)
            self._stacks.remove_entry(stack_id, entry)
        elif entry["Action"] == "create":
            new = self._stacks.resource(stack_id, entry["LogicalResourceId"])
            self._mark_discarded(stack, entry, new, drops_record=True)
        elif entry["Action"] == "replace":
            before = entry["Before"]
            new = self._stacks.resource(stack_id, before["LogicalResourceId"])
            if new is None or new["PhysicalResourceId"] == before["PhysicalResourceId"]:
                new = entry.get("New")
            # The entry holds the new resource before its record is replaced: a kill in between loses neither.
            self._stacks.write_entry(stack_id, {**entry, "New": new})
            self._stacks.enter_resource(stack, before, "UPDATE_COMPLETE")
            self._mark_discarded(stack, entry, new, drops_record=False)

    def _mark_discarded(self, stack: Record, entry: Record, new: Record | None, *, drops_record: bool) -> None:
        if new is None:
            self._stacks.remove_entry(stack["StackId"], entry)
            return
        kept = is_kept_when_new(stack, new)
        discard = {"Key": entry["Key"], "Action": "discard", "Resource": new, "Drops": drops_record, "Kept": kept}
        self._stacks.write_entry(stack["StackId"], discard)
