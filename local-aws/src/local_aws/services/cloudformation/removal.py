"""Removing: a stack's resources, those that an update has replaced or dropped, and those of a creation taken back."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator

from local_aws.kernel.records import Record
from local_aws.services.cloudformation.resource_work import ResourceFailedError, ResourceWork
from local_aws.services.cloudformation.stacks import Stacks


class Removal:
    """Removes resources.

    Parameters
    ----------
    go_on
        Called between resources; raises when the server stops.
    """

    def __init__(self, stacks: Stacks, work: ResourceWork, go_on: Callable[[], None]) -> None:
        self._stacks = stacks
        self._work = work
        self._go_on = go_on

    def of_stack(self, stack: Record, retained: Collection[str]) -> list[str]:
        """Remove all of a stack but the retained; return the logical ids of what could not be removed."""
        stack_id = stack["StackId"]
        self.put_aside(stack_id)
        failed: list[str] = []
        needed: set[str] = set()
        for resource in deletion_order(self._stacks.resources(stack_id)):
            self._go_on()
            logical_id = resource["LogicalResourceId"]
            if logical_id not in needed:
                try:
                    self._work.delete(stack, resource, is_kept=is_kept(resource) or logical_id in retained)
                    continue
                except ResourceFailedError:
                    failed.append(logical_id)
            # What a resource needs that is still there must stay, too.
            needed.update(resource["_DependsOn"])
        for entry in reversed(self._stacks.journal(stack_id)):
            self._go_on()
            try:
                self._discard(stack, entry)
            except ResourceFailedError as error:
                failed.append(error.logical_id)
        return sorted(set(failed))

    def of_creation(self, stack: Record) -> list[str]:
        """Remove what a failed creation made; return the logical ids of what could not be removed."""
        failed = []
        for resource in deletion_order(self._stacks.resources(stack["StackId"])):
            self._go_on()
            try:
                self._work.delete(stack, resource, is_kept=is_kept_when_new(stack, resource))
            except ResourceFailedError as error:
                failed.append(error.logical_id)
        return sorted(failed)

    def after_update(self, stack: Record, wanted: Collection[str]) -> None:
        """Remove what an update has put aside, and resources that are not wanted any more.

        What cannot be removed is told in its events and left there, as CloudFormation's clean-up does.
        """
        self.discard_all(stack)
        gone = [each for each in self._stacks.resources(stack["StackId"]) if each["LogicalResourceId"] not in wanted]
        for resource in deletion_order(gone):
            self._go_on()
            with contextlib.suppress(ResourceFailedError):
                self._work.delete(stack, resource, is_kept=is_kept(resource))

    def put_aside(self, stack_id: str) -> None:
        """Make the journal one of resources to discard: from then on there is no way back."""
        for entry in self._stacks.journal(stack_id):
            if entry["Action"] != "discard":
                for other in list(self._beside(stack_id, entry)):
                    kept = other["_UpdateReplacePolicy"] == "Retain"
                    self._stacks.note(stack_id, {"Action": "discard", "Resource": other, "Drops": False, "Kept": kept})
                self._stacks.strike(stack_id, entry)

    def discard_all(self, stack: Record) -> None:
        """Remove what the journal says is to be discarded, the newest first; what cannot be removed is left."""
        for entry in reversed(self._stacks.journal(stack["StackId"])):
            self._go_on()
            with contextlib.suppress(ResourceFailedError):
                self._discard(stack, entry)
            self._stacks.strike(stack["StackId"], entry)

    def _discard(self, stack: Record, entry: Record) -> None:
        self._work.delete(stack, entry["Resource"], is_kept=entry["Kept"], drops=entry["Drops"])
        self._stacks.strike(stack["StackId"], entry)

    def _beside(self, stack_id: str, entry: Record) -> Iterator[Record]:
        """Return the resources of a journal entry that the stack does not hold as its own."""
        for other in (entry.get("Before"), entry.get("New")):
            if entry["Action"] != "replace" or other is None or "PhysicalResourceId" not in other:
                continue
            own = self._stacks.made(stack_id, other["LogicalResourceId"])
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
    """Return whether a resource stays in the account when its stack lets go of it."""
    return resource["_DeletionPolicy"] in ("Retain", "RetainExceptOnCreate")


def is_kept_when_new(stack: Record, resource: Record) -> bool:
    """Return whether a resource stays in the account when the operation that made it is rolled back."""
    return resource["_DeletionPolicy"] == "Retain" and not stack.get("RetainExceptOnCreate")
