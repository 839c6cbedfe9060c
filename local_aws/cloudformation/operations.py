"""Stack operations in the background: create, update, delete, and rolling back what failed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping

from local_aws.cloudformation.blueprint import Blueprint, Output
from local_aws.cloudformation.exports import check_exports
from local_aws.cloudformation.resource_type import ResourceType
from local_aws.cloudformation.resource_work import ResourceFailedError, ResourceWork
from local_aws.cloudformation.rollback import Rollback
from local_aws.cloudformation.stacks import Stacks
from local_aws.context import Context
from local_aws.errors import AwsError
from local_aws.principals import acting_as, principal
from local_aws.records import Record, now

_log = logging.getLogger(__name__)
_LAST_RESOURCE_SECONDS = 5.0
SERVER_STOPPED = "the server stopped during the operation"
_AFTER_A_STOP = {
    "CREATE_IN_PROGRESS": "CREATE_FAILED",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_FAILED",
    "UPDATE_IN_PROGRESS": "UPDATE_FAILED",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_FAILED",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
}


class _ServerStoppingError(Exception):
    """Raised between two resources when the server stops: the operation stays in progress, and is failed at start."""


class Operations:
    """Runs operations on stacks, each in a thread of its own, as the stack's role.

    Parameters
    ----------
    context
        The parts that services share.
    stacks
        The records.
    types
        The resource types that can be made here.
    """

    def __init__(self, context: Context, stacks: Stacks, types: Mapping[str, ResourceType]) -> None:
        self._stacks = stacks
        self._region = context.settings.region
        self._work = ResourceWork(context, stacks, types)
        self._rollback = Rollback(stacks, self._work, self._region, self._go_on)
        self._threads: set[threading.Thread] = set()
        self._stopping = threading.Event()

    def create(self, stack: Record, blueprint: Blueprint, on_failure: str, done: Callable[[bool], None]) -> None:
        """Make a stack's resources.

        Parameters
        ----------
        on_failure
            ``ROLLBACK``, ``DELETE`` or ``DO_NOTHING``.
        done
            Told whether the stack was made.
        """
        self._start(stack, self._create, blueprint, on_failure, done)

    def update(self, stack: Record, blueprint: Blueprint, *, rolls_back: bool, done: Callable[[bool], None]) -> None:
        """Bring a stack's resources to what they are to become.

        Parameters
        ----------
        rolls_back
            Whether a failure is undone.
        done
            Told whether the update was made.
        """
        self._start(stack, self._update, blueprint, rolls_back, done)

    def delete(self, stack: Record, retained: Iterable[str] = ()) -> None:
        """Remove a stack's resources but the retained ones."""
        self._start(stack, self._delete, frozenset(retained))

    def roll_back(self, stack: Record) -> None:
        """Go on with the rollback of an update."""
        self._start(stack, self._rollback.of_update)

    def recover(self) -> None:
        """Fail what was under way when the server died."""
        for stack in self._stacks.all():
            failed = _AFTER_A_STOP.get(stack["StackStatus"])
            if failed is None:
                continue
            for resource in self._stacks.resources(stack["StackId"]):
                self._fail_resource(stack, resource)
            self._stacks.enter(stack["StackId"], failed, SERVER_STOPPED)

    def stop(self) -> None:
        """Wait for the resources that are being worked on; no further ones are begun."""
        self._stopping.set()
        deadline = time.monotonic() + _LAST_RESOURCE_SECONDS
        for thread in list(self._threads):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _start(self, stack: Record, work: Callable[..., None], *arguments: object) -> None:
        role = stack.get("RoleARN") or principal()

        def target() -> None:
            try:
                with acting_as(role):
                    work(stack, *arguments)
            except _ServerStoppingError:
                _log.info("%s stays %s", stack["StackName"], work.__name__)
            finally:
                self._threads.discard(threading.current_thread())

        thread = threading.Thread(target=target, name=f"stack {stack['StackName']}", daemon=True)
        self._threads.add(thread)
        thread.start()

    def _go_on(self) -> None:
        if self._stopping.is_set():
            raise _ServerStoppingError

    def _create(self, stack: Record, blueprint: Blueprint, on_failure: str, done: Callable[[bool], None]) -> None:
        stack_id = stack["StackId"]
        try:
            for logical_id in blueprint.order:
                self._go_on()
                self._work.create(stack, blueprint, logical_id)
            outputs = self._outputs(stack, blueprint)
        except ResourceFailedError as error:
            reason = f"The following resource(s) failed to create: [{error.logical_id}]. "
        except AwsError as error:
            reason = error.message
        else:
            done(True)
            self._stacks.enter(stack_id, "CREATE_COMPLETE", Outputs=[output.described() for output in outputs])
            return
        done(False)
        if on_failure == "DO_NOTHING":
            self._stacks.enter(stack_id, "CREATE_FAILED", reason)
        elif on_failure == "DELETE":
            self._delete(
                self._stacks.enter(stack_id, "DELETE_IN_PROGRESS", f"{reason}Delete requested by user."), frozenset()
            )
        else:
            self._rollback.of_creation(
                self._stacks.enter(stack_id, "ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")
            )

    def _update(self, stack: Record, blueprint: Blueprint, rolls_back: bool, done: Callable[[bool], None]) -> None:
        stack_id = stack["StackId"]
        try:
            for logical_id in blueprint.order:
                self._go_on()
                self._work.bring(stack, blueprint, logical_id)
            outputs = self._outputs(stack, blueprint)
        except ResourceFailedError as error:
            reason = f"The following resource(s) failed to update: [{error.logical_id}]. "
        except AwsError as error:
            reason = error.message
        else:
            described = [output.described() for output in outputs]
            self._stacks.enter(stack_id, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Outputs=described)
            self._clean_up(stack, blueprint)
            done(True)
            self._stacks.enter(stack_id, "UPDATE_COMPLETE", _Before=None)
            return
        done(False)
        if rolls_back:
            self._rollback.of_update(self._stacks.enter(stack_id, "UPDATE_ROLLBACK_IN_PROGRESS", reason))
        else:
            self._stacks.enter(stack_id, "UPDATE_FAILED", reason)

    def _clean_up(self, stack: Record, blueprint: Blueprint) -> None:
        """Remove what an update has replaced or no longer has; what cannot be removed is told, and left."""
        stack_id = stack["StackId"]
        for entry in reversed(self._stacks.journal(stack_id)):
            self._go_on()
            self._delete_replaced(stack, entry)
            self._stacks.strike(stack_id, entry)
        gone = [
            each for each in self._stacks.resources(stack_id) if each["LogicalResourceId"] not in blueprint.resources
        ]
        for resource in deletion_order(gone):
            self._go_on()
            self._rollback.try_delete(stack, resource, is_kept=is_kept(resource))

    def _delete(self, stack: Record, retained: frozenset[str]) -> None:
        stack_id = stack["StackId"]
        for entry in reversed(self._stacks.journal(stack_id)):
            # What an unfinished update left behind: the resources that it has replaced.
            self._go_on()
            self._delete_replaced(stack, entry)
            self._stacks.strike(stack_id, entry)
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
        if failed:
            reason = f"The following resource(s) failed to delete: [{', '.join(sorted(failed))}]. "
            self._stacks.enter(stack_id, "DELETE_FAILED", reason)
        else:
            self._stacks.enter(stack_id, "DELETE_COMPLETE", DeletionTime=now())

    def _delete_replaced(self, stack: Record, entry: Record) -> None:
        """Remove the resource beside the stack's own that a journal entry holds."""
        if entry["Action"] not in ("replace", "discard"):
            return
        other = entry["Before"]
        own = self._stacks.made(stack["StackId"], other["LogicalResourceId"])
        if own is None or own.physical_id != other.get("PhysicalResourceId"):
            self._rollback.try_delete(stack, other, is_kept=other["_UpdateReplacePolicy"] == "Retain", drops=False)

    def _outputs(self, stack: Record, blueprint: Blueprint) -> list[Output]:
        outputs = list(blueprint.outputs(lambda name: self._stacks.made(stack["StackId"], name)))
        check_exports(self._stacks, stack, outputs)
        return outputs

    def _fail_resource(self, stack: Record, resource: Record) -> None:
        status = resource["ResourceStatus"]
        if not status.endswith("_IN_PROGRESS"):
            return
        reason = SERVER_STOPPED
        if status == "CREATE_IN_PROGRESS" and "PhysicalResourceId" not in resource:
            if "_Generated" in resource:
                resource = {**resource, "PhysicalResourceId": resource["_Generated"]}
            else:
                reason += "; whether the resource was made is not known: look for it before creating it again"
        self._stacks.enter_resource(stack, resource, status.replace("_IN_PROGRESS", "_FAILED"), reason)


def deletion_order(resources: list[Record]) -> list[Record]:
    """Give resources so that each comes before those it depends on."""
    left = list(reversed(resources))
    ordered: list[Record] = []
    while left:
        needed = {name for resource in left for name in resource["_DependsOn"]}
        free = [resource for resource in left if resource["LogicalResourceId"] not in needed] or left
        ordered += free
        left = [resource for resource in left if resource not in free]
    return ordered


def is_kept(resource: Record) -> bool:
    """Tell whether a resource that was made stays in the account when its stack lets go of it."""
    return resource["_DeletionPolicy"] in ("Retain", "RetainExceptOnCreate")
