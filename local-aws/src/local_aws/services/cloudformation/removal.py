"""Deletes the resources of a stack, deletes what operations left behind, and rolls them back."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator

from local_aws.kernel.records import Record
from local_aws.services.cloudformation.records import Stacks
from local_aws.services.cloudformation.resource_work import ResourceFailedError, ResourceWork

RESTORED = ("_Template", "_Values", "_Imports", "_Secrets", "Capabilities", "Description", "Parameters", "Tags")
"""The members of a stack that an update sets, and a rollback restores."""


class Removal:
    """Deletes resources, and undoes what the journal says that an update did.

    Parameters
    ----------
    check_running
        Called between resources; raises when the server stops.
    """

    def __init__(self, stacks: Stacks, resources: ResourceWork, check_running: Callable[[], None]) -> None:
        self._stacks = stacks
        self._resources = resources
        self._check_running = check_running

    def of_stack(self, stack: Record, retained: Collection[str]) -> list[str]:
        """Delete all of a stack but the retained; return the logical ids of what could not be deleted."""
        stack_id = stack["StackId"]
        self.mark_replaced(stack_id)
        failed: list[str] = []
        needed: set[str] = set()
        for resource in _deletion_order(self._stacks.resources(stack_id)):
            self._check_running()
            logical_id = resource["LogicalResourceId"]
            if logical_id not in needed:
                try:
                    self._resources.delete(stack, resource, is_kept=_is_kept(resource) or logical_id in retained)
                    continue
                except ResourceFailedError:
                    failed.append(logical_id)
            # What a remaining resource needs must stay, too.
            needed.update(resource["_DependsOn"])
        for entry in reversed(self._stacks.journal(stack_id)):
            self._check_running()
            try:
                self._discard(stack, entry)
            except ResourceFailedError as error:
                failed.append(error.logical_id)
        return sorted(set(failed))

    def of_creation(self, stack: Record) -> list[str]:
        """Delete what a failed creation created; return the logical ids of what could not be deleted."""
        resources = self._stacks.resources(stack["StackId"])
        return self._delete_each(stack, resources, lambda resource: _is_kept_when_new(stack, resource))

    def after_update(self, stack: Record, declared: Collection[str]) -> None:
        """Delete what an update has replaced, and resources that are not declared any more.

        What cannot be deleted is named in its events and left there, as CloudFormation's clean-up does.
        """
        self.discard_all(stack)
        dropped = [
            resource
            for resource in self._stacks.resources(stack["StackId"])
            if resource["LogicalResourceId"] not in declared
        ]
        self._delete_each(stack, dropped, _is_kept)

    def mark_replaced(self, stack_id: str) -> None:
        """Turn the journal into one of resources to discard: from then on nothing can be rolled back."""
        for entry in self._stacks.journal(stack_id):
            if entry["Action"] != "discard":
                for other in list(self._replaced(stack_id, entry)):
                    kept = other["_UpdateReplacePolicy"] == "Retain"
                    discard = {"Action": "discard", "Resource": other, "Drops": False, "Kept": kept}
                    self._stacks.write_entry(stack_id, discard)
                self._stacks.remove_entry(stack_id, entry)

    def discard_all(self, stack: Record) -> None:
        """Delete what the journal says is to be discarded, newest first; what cannot be deleted is left."""
        for entry in reversed(self._stacks.journal(stack["StackId"])):
            self._check_running()
            with contextlib.suppress(ResourceFailedError):
                self._discard(stack, entry)
            self._stacks.remove_entry(stack["StackId"], entry)

    def _delete_each(self, stack: Record, resources: list[Record], is_kept: Callable[[Record], bool]) -> list[str]:
        failed = []
        for resource in _deletion_order(resources):
            self._check_running()
            try:
                self._resources.delete(stack, resource, is_kept=is_kept(resource))
            except ResourceFailedError as error:
                failed.append(error.logical_id)
        return sorted(failed)

    def _discard(self, stack: Record, entry: Record) -> None:
        self._resources.delete(stack, entry["Resource"], is_kept=entry["Kept"], drops_record=entry["Drops"])
        self._stacks.remove_entry(stack["StackId"], entry)

    def _replaced(self, stack_id: str, entry: Record) -> Iterator[Record]:
        """Yield the resources of a journal entry that the stack does not hold as its own."""
        for other in (entry.get("Before"), entry.get("New")):
            if entry["Action"] != "replace" or other is None or "PhysicalResourceId" not in other:
                continue
            own = self._stacks.physical_resource(stack_id, other["LogicalResourceId"])
            if own is None or own.physical_id != other["PhysicalResourceId"]:
                yield other

    def roll_back(self, stack: Record) -> None:
        """Undo what the journal says that an update did; raises `ResourceFailedError` for what cannot be undone."""
        stack_id = stack["StackId"]
        for entry in reversed(self._stacks.journal(stack_id)):
            self._check_running()
            self._undo(stack, entry)
        before = self._stacks.get(stack_id)["_Before"]
        restored = {name: before.get(name) for name in RESTORED}
        entered = self._stacks.enter(stack_id, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", **restored)
        self.discard_all(entered)
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
        kept = _is_kept_when_new(stack, new)
        discard = {"Key": entry["Key"], "Action": "discard", "Resource": new, "Drops": drops_record, "Kept": kept}
        self._stacks.write_entry(stack["StackId"], discard)


def _deletion_order(resources: list[Record]) -> list[Record]:
    """Return resources so that each comes before those it depends on."""
    left = list(reversed(resources))
    ordered: list[Record] = []
    while left:
        needed = {name for resource in left for name in resource["_DependsOn"]}
        free = [resource for resource in left if resource["LogicalResourceId"] not in needed] or left
        ordered += free
        left = [resource for resource in left if resource not in free]
    return ordered


def _is_kept(resource: Record) -> bool:
    """Return whether a resource stays in the account when it leaves its stack."""
    return resource["_DeletionPolicy"] in ("Retain", "RetainExceptOnCreate")


def _is_kept_when_new(stack: Record, resource: Record) -> bool:
    """Return whether a resource stays in the account when the operation that created it is rolled back."""
    return resource["_DeletionPolicy"] == "Retain" and not stack.get("RetainExceptOnCreate")
