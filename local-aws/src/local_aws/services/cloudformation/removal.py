"""Deletes a stack's resources, those that an update has replaced or dropped, and those of a creation rolled back."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator

from local_aws.kernel.records import Record
from local_aws.services.cloudformation.records import Stacks
from local_aws.services.cloudformation.resource_work import ResourceFailedError, ResourceWork


class Removal:
    """Deletes resources.

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
        for resource in deletion_order(self._stacks.resources(stack_id)):
            self._check_running()
            logical_id = resource["LogicalResourceId"]
            if logical_id not in needed:
                try:
                    self._resources.delete(stack, resource, is_kept=is_kept(resource) or logical_id in retained)
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
        failed = []
        for resource in deletion_order(self._stacks.resources(stack["StackId"])):
            self._check_running()
            try:
                self._resources.delete(stack, resource, is_kept=is_kept_when_new(stack, resource))
            except ResourceFailedError as error:
                failed.append(error.logical_id)
        return sorted(failed)

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
        for resource in deletion_order(dropped):
            self._check_running()
            with contextlib.suppress(ResourceFailedError):
                self._resources.delete(stack, resource, is_kept=is_kept(resource))

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


def deletion_order(resources: list[Record]) -> list[Record]:
    """Return resources so that each comes before those it depends on."""
    left = list(reversed(resources))
    ordered: list[Record] = []
    while left:
        needed = {name for resource in left for name in resource["_DependsOn"]}
        free = [resource for resource in left if resource["LogicalResourceId"] not in needed] or left
        ordered += free
        left = [resource for resource in left if resource not in free]
    return ordered


def is_kept(resource: Record) -> bool:
    """Return whether a resource stays in the account when it leaves its stack."""
    return resource["_DeletionPolicy"] in ("Retain", "RetainExceptOnCreate")


def is_kept_when_new(stack: Record, resource: Record) -> bool:
    """Return whether a resource stays in the account when the operation that created it is rolled back."""
    return resource["_DeletionPolicy"] == "Retain" and not stack.get("RetainExceptOnCreate")
