"""Stack operations in the background: create, update, delete, and roll back what failed."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import acting_as, principal
from local_aws.kernel.records import Record, now
from local_aws.kernel.work import SERVER_STOPPED, Running, Work
from local_aws.services.cloudformation.blueprint import Blueprint
from local_aws.services.cloudformation.errors import invalid
from local_aws.services.cloudformation.exports import check_exports
from local_aws.services.cloudformation.records import Stacks
from local_aws.services.cloudformation.removal import Removal
from local_aws.services.cloudformation.resource_type import ReadRequest, ResourceType
from local_aws.services.cloudformation.resource_work import ResourceFailedError, ResourceWork

_log = logging.getLogger(__name__)
_INTERRUPTED = {
    "CREATE_IN_PROGRESS": "CREATE_FAILED",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_FAILED",
    "UPDATE_IN_PROGRESS": "UPDATE_FAILED",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_FAILED",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
}


class _ServerStoppingError(Exception):
    """Raised between two resources when the server stops: the next start fails the operation."""


class StackWork:
    """Runs operations on stacks, each in a thread of its own, as the stack's role."""

    def __init__(self, context: Context, stacks: Stacks, types: Mapping[str, ResourceType]) -> None:
        self._context = context
        self._stacks = stacks
        self._resources = ResourceWork(context, stacks, types)
        self._removal = Removal(stacks, self._resources, self._check_running)
        self._work = Work("stack")
        self._stopping = threading.Event()

    def recover(self) -> None:
        """Fail what was under way when the server was killed."""
        for stack in self._stacks.all():
            if stack["StackStatus"] in _INTERRUPTED:
                self._fail(stack, SERVER_STOPPED)

    def stop(self) -> None:
        """Wait for the resources that are being worked on; no further ones are started."""
        self._stopping.set()
        self._work.stop()

    def start(self, stack: Record, operation: Callable[..., None], *arguments: object) -> None:
        """Start an operation on a stack, one of the methods of this class."""
        role = stack.get("RoleARN") or principal()

        def work(_running: Running) -> None:
            try:
                with acting_as(role):
                    operation(stack, *arguments)
            except _ServerStoppingError:
                _log.info("stack %s: the server stops; its next start fails the operation", stack["StackName"])
            except Exception as error:
                if self._stopping.is_set():
                    raise
                _log.exception("stack %s", stack["StackName"])
                self._fail(self._stacks.get(stack["StackId"]), f"local_aws could not go on: {error!r}")

        # The stack's status admits one operation at a time; the thread of the last one may just be ending.
        self._work.start(f"{stack['StackName']} {uuid.uuid4()}", work)

    def _check_running(self) -> None:
        if self._stopping.is_set():
            raise _ServerStoppingError

    def create(self, stack: Record, blueprint: Blueprint, on_failure: str, done: Callable[[bool], None]) -> None:
        """Create a stack's resources; `on_failure` is ``ROLLBACK``, ``DELETE`` or ``DO_NOTHING``."""
        stack_id = stack["StackId"]
        try:
            outputs = self._outputs(stack, blueprint, self._resources.create, "create")
        except AwsError as error:
            reason = error.message
        else:
            done(True)
            self._stacks.enter(stack_id, "CREATE_COMPLETE", Outputs=outputs)
            return
        done(False)
        if on_failure == "DO_NOTHING":
            self._stacks.enter(stack_id, "CREATE_FAILED", reason)
        elif on_failure == "DELETE":
            reason += "Delete requested by user."
            self.delete(self._stacks.enter(stack_id, "DELETE_IN_PROGRESS", reason))
        else:
            reason += "Rollback requested by user."
            self.roll_back_creation(self._stacks.enter(stack_id, "ROLLBACK_IN_PROGRESS", reason))

    def update(self, stack: Record, blueprint: Blueprint, rolls_back: bool, done: Callable[[bool], None]) -> None:
        """Update a stack's resources to what the blueprint declares."""
        stack_id = stack["StackId"]
        try:
            outputs = self._outputs(stack, blueprint, self._resources.update, "update")
        except AwsError as error:
            reason = error.message
        else:
            self._removal.mark_replaced(stack_id)
            self._stacks.enter(stack_id, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Outputs=outputs, _Before=None)
            self._removal.after_update(stack, blueprint.resources)
            done(True)
            self._stacks.enter(stack_id, "UPDATE_COMPLETE")
            return
        done(False)
        if rolls_back:
            self.roll_back_update(self._stacks.enter(stack_id, "UPDATE_ROLLBACK_IN_PROGRESS", reason))
        else:
            self._stacks.enter(stack_id, "UPDATE_FAILED", reason)

    def delete(self, stack: Record, retained: Collection[str] = ()) -> None:
        """Delete a stack's resources but the retained ones."""
        self._end(stack, "DELETE", self._removal.of_stack(stack, retained), DeletionTime=now())

    def roll_back_creation(self, stack: Record) -> None:
        """Delete what a failed creation created."""
        self._end(stack, "ROLLBACK", self._removal.of_creation(stack))

    def _end(self, stack: Record, operation: str, failed: list[str], **members: Any) -> None:
        """Enter the last status of an operation that deletes resources."""
        if failed:
            self._stacks.enter(stack["StackId"], f"{operation}_FAILED", _failed("delete", *failed).message)
        else:
            self._stacks.enter(stack["StackId"], f"{operation}_COMPLETE", **members)

    def roll_back_update(self, stack: Record) -> None:
        """Undo a failed update, from where an earlier rollback ended."""
        try:
            self._removal.roll_back(stack)
        except ResourceFailedError as error:
            reason = _failed("update", error.logical_id).message
            self._stacks.enter(stack["StackId"], "UPDATE_ROLLBACK_FAILED", reason)

    def _outputs(
        self, stack: Record, blueprint: Blueprint, work: Callable[[Record, Blueprint, str], None], verb: str
    ) -> list[Record]:
        """Work on each resource, and return the stack's outputs."""
        try:
            for logical_id in blueprint.order:
                self._check_running()
                work(stack, blueprint, logical_id)
        except ResourceFailedError as error:
            raise _failed(verb, error.logical_id) from None
        outputs = list(blueprint.outputs(lambda name: self._stacks.physical_resource(stack["StackId"], name)))
        check_exports(self._stacks, stack, outputs)
        return outputs

    def _fail(self, stack: Record, reason: str) -> None:
        """Fail an operation that does not come to its end, and the resource that was being worked on."""
        for resource in self._stacks.resources(stack["StackId"]):
            if resource["ResourceStatus"].endswith("_IN_PROGRESS"):
                self._fail_resource(stack, resource, reason)
        self._stacks.enter(stack["StackId"], _INTERRUPTED[stack["StackStatus"]], reason)

    def _fail_resource(self, stack: Record, resource: Record, reason: str) -> None:
        status = resource["ResourceStatus"]
        if status == "CREATE_IN_PROGRESS" and "PhysicalResourceId" not in resource:
            if "_Begun" in resource and self._exists(resource["_Look"]):
                resource = {**resource, "PhysicalResourceId": resource["_Begun"]}
            else:
                reason += "; whether the resource was created is not known: look for it before creating it again"
        self._stacks.enter_resource(stack, resource, status.replace("_IN_PROGRESS", "_FAILED"), reason)

    def _exists(self, read: list[Any] | None) -> bool:
        """Return whether a resource exists whose creation was started; nobody else can have created it meanwhile."""
        try:
            return read is None or ReadRequest(*read).finds(self._context)
        except AwsError:
            return False


def _failed(verb: str, *logical_ids: str) -> AwsError:
    return invalid(f"The following resource(s) failed to {verb}: [{', '.join(logical_ids)}]. ")
