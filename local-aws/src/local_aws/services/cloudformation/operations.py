"""Stack operations in the background: create, update, delete, and rolling back what failed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import SERVICE, acting_as, principal
from local_aws.kernel.records import Record, now
from local_aws.services.cloudformation.blueprint import Blueprint, Output
from local_aws.services.cloudformation.exports import check_exports
from local_aws.services.cloudformation.removal import Removal
from local_aws.services.cloudformation.resource_type import Look, ResourceType
from local_aws.services.cloudformation.resource_work import ResourceFailedError, ResourceWork
from local_aws.services.cloudformation.rollback import Rollback
from local_aws.services.cloudformation.stacks import Stacks

_log = logging.getLogger(__name__)
_LAST_RESOURCE_SECONDS = 5.0
SERVER_STOPPED = "the server stopped during the operation"
_BROKEN_OFF = {
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
    """Runs operations on stacks, each in a thread of its own, as the stack's role."""

    def __init__(self, context: Context, stacks: Stacks, types: Mapping[str, ResourceType]) -> None:
        self._call = context.call
        self._stacks = stacks
        self._work = ResourceWork(context, stacks, types)
        self._removal = Removal(stacks, self._work, self._go_on)
        self._rollback = Rollback(stacks, self._work, self._removal, context.settings.region, self._go_on)
        self._threads: set[threading.Thread] = set()
        self._stopping = threading.Event()

    def create(self, stack: Record, blueprint: Blueprint, on_failure: str, done: Callable[[bool], None]) -> None:
        """Make a stack's resources.

        Parameters
        ----------
        on_failure
            ``ROLLBACK``, ``DELETE`` or ``DO_NOTHING``.
        """
        self._start(stack, self._create, blueprint, on_failure, done)

    def update(self, stack: Record, blueprint: Blueprint, *, rolls_back: bool, done: Callable[[bool], None]) -> None:
        """Bring a stack's resources to what they are to become."""
        self._start(stack, self._update, blueprint, rolls_back, done)

    def delete(self, stack: Record, retained: Iterable[str] = ()) -> None:
        """Remove a stack's resources but the retained ones."""
        self._start(stack, self._delete, frozenset(retained))

    def roll_back_creation(self, stack: Record) -> None:
        """Remove what a failed creation made."""
        self._start(stack, self._roll_back_creation)

    def roll_back_update(self, stack: Record) -> None:
        """Undo a failed update, or go on with that."""
        self._start(stack, self._roll_back_update)

    def recover(self) -> None:
        """Fail what was under way when the server died."""
        for stack in self._stacks.all():
            if stack["StackStatus"] in _BROKEN_OFF:
                self._break_off(stack, SERVER_STOPPED)

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
                _log.info("stack %s: the server stops; the next one fails the operation", stack["StackName"])
            except Exception as error:
                _log.exception("stack %s", stack["StackName"])
                if self._stopping.is_set():
                    raise
                self._break_off(self._stacks.get(stack["StackId"]), f"local_aws could not go on: {error!r}")
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
            self._roll_back_creation(
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
            self._removal.put_aside(stack_id)
            self._stacks.enter(stack_id, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Outputs=described, _Before=None)
            self._removal.after_update(stack, blueprint.resources)
            done(True)
            self._stacks.enter(stack_id, "UPDATE_COMPLETE")
            return
        done(False)
        if rolls_back:
            self._roll_back_update(self._stacks.enter(stack_id, "UPDATE_ROLLBACK_IN_PROGRESS", reason))
        else:
            self._stacks.enter(stack_id, "UPDATE_FAILED", reason)

    def _delete(self, stack: Record, retained: frozenset[str]) -> None:
        self._end(stack, "DELETE", self._removal.of_stack(stack, retained), DeletionTime=now())

    def _roll_back_creation(self, stack: Record) -> None:
        self._end(stack, "ROLLBACK", self._removal.of_creation(stack))

    def _end(self, stack: Record, operation: str, failed: list[str], **members: Any) -> None:
        """Bring a stack into the last state of an operation that removes resources."""
        if failed:
            reason = f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
            self._stacks.enter(stack["StackId"], f"{operation}_FAILED", reason)
        else:
            self._stacks.enter(stack["StackId"], f"{operation}_COMPLETE", **members)

    def _roll_back_update(self, stack: Record) -> None:
        try:
            self._rollback.run(stack)
        except ResourceFailedError as error:
            reason = f"The following resource(s) failed to update: [{error.logical_id}]. "
            self._stacks.enter(stack["StackId"], "UPDATE_ROLLBACK_FAILED", reason)

    def _outputs(self, stack: Record, blueprint: Blueprint) -> list[Output]:
        outputs = list(blueprint.outputs(lambda name: self._stacks.made(stack["StackId"], name)))
        check_exports(self._stacks, stack, outputs)
        return outputs

    def _break_off(self, stack: Record, reason: str) -> None:
        """Fail an operation that does not come to its end, and the resource that was being worked on."""
        for resource in self._stacks.resources(stack["StackId"]):
            self._fail_resource(stack, resource, reason)
        self._stacks.enter(stack["StackId"], _BROKEN_OFF[stack["StackStatus"]], reason)

    def _is_there(self, look: Look | None) -> bool:
        """Return whether a resource that was begun is there: at the start nobody else can have made it meanwhile."""
        try:
            with acting_as(SERVICE):
                if look is not None:
                    self._call(*look)
        except AwsError:
            return False
        return True

    def _fail_resource(self, stack: Record, resource: Record, reason: str) -> None:
        status = resource["ResourceStatus"]
        if not status.endswith("_IN_PROGRESS"):
            return
        if status == "CREATE_IN_PROGRESS" and "PhysicalResourceId" not in resource:
            if "_Begun" in resource and self._is_there(resource["_Look"]):
                resource = {**resource, "PhysicalResourceId": resource["_Begun"]}
            else:
                reason += "; whether the resource was made is not known: look for it before creating it again"
        self._stacks.enter_resource(stack, resource, status.replace("_IN_PROGRESS", "_FAILED"), reason)
