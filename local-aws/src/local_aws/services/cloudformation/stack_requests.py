"""CreateStack, UpdateStack, DeleteStack, ContinueUpdateRollback, RollbackStack and UpdateTerminationProtection."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, selected
from local_aws.services.cloudformation.errors import invalid, missing_stack
from local_aws.services.cloudformation.exports import check_unused
from local_aws.services.cloudformation.preparation import Preparation, Prepared
from local_aws.services.cloudformation.records import ChangeSets, Stacks
from local_aws.services.cloudformation.removal import RESTORED
from local_aws.services.cloudformation.work import StackWork

_MAX_NAME = 128
_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}", re.ASCII)
_UPDATABLE = (*("CREATE_COMPLETE", "CREATE_FAILED", "UPDATE_COMPLETE", "UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE"),)
_DELETABLE = (
    *(*_UPDATABLE, "DELETE_FAILED", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"),
    "UPDATE_ROLLBACK_FAILED",
)


class StackRequests:
    """Serves what starts stack operations."""

    def __init__(self, stacks: Stacks, change_sets: ChangeSets, preparation: Preparation, work: StackWork) -> None:
        self._stacks = stacks
        self._change_sets = change_sets
        self._preparation = preparation
        self._work = work
        self.admission = threading.Lock()
        """Held from reading a stack until an operation on it has started."""

    def create(self, request: Request) -> Answer:
        """Serve CreateStack."""
        if request.get("DisableRollback") and request.get("OnFailure"):
            raise invalid("You can specify either DisableRollback or OnFailure, but not both.")
        with self.admission:
            stack = self.new_stack(request["StackName"])
            prepared = self._preparation.of(request, stack)
            stack |= {
                **{key: value for key, value in prepared.members.items() if value is not None},
                **_settings(request),
                "StackStatus": "CREATE_IN_PROGRESS",
                "EnableTerminationProtection": request.get("EnableTerminationProtection", False),
            }
            self._stacks.add(stack, "User Initiated")
        self._work.start(stack, self._work.create, prepared.blueprint, _on_failure(request), _ignore)
        return {"StackId": stack["StackId"]}

    def update(self, request: Request) -> Answer:
        """Serve UpdateStack."""
        with self.admission:
            stack = self._stacks.get(request["StackName"])
            check_updatable(stack)
            prepared = self._preparation.of(request, stack)
            if not prepared.has_changes:
                raise invalid("No updates are to be performed.")
            prepared.members["ChangeSetId"] = None
            self.start_update(stack, prepared, request, _ignore)
        return {"StackId": stack["StackId"]}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteStack; a stack that does not exist is not an error."""
        stack = self._stacks.find(request["StackName"])
        if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
            return {}
        self._check_deletable(stack, request)
        if stack["StackStatus"] == "REVIEW_IN_PROGRESS":
            self._change_sets.remove_all(stack["StackId"])
        members = selected(request, ("RoleARN",))
        entered = self._stacks.enter_on_request(
            stack["StackId"],
            _check_status(_DELETABLE, "deleted"),
            "DELETE_IN_PROGRESS",
            **members,
            _ClientRequestToken=request.get("ClientRequestToken"),
        )
        self._work.start(entered, self._work.delete, request.get("RetainResources", []))
        return {}

    def continue_rollback(self, request: Request) -> Answer:
        """Serve ContinueUpdateRollback."""
        stack = self._stacks.get(request["StackName"])
        members = selected(request, ("RoleARN",))
        check = _check_status(("UPDATE_ROLLBACK_FAILED",), "rolled back")
        entered = self._stacks.enter_on_request(stack["StackId"], check, "UPDATE_ROLLBACK_IN_PROGRESS", **members)
        self._work.start(entered, self._work.roll_back_update)
        return {}

    def roll_back(self, request: Request) -> Answer:
        """Serve RollbackStack: restore the last stable state, after a failure that was not rolled back."""
        stack = self._stacks.get(request["StackName"])
        is_update = stack["StackStatus"] == "UPDATE_FAILED"

        def check(current: Record) -> None:
            _check_status(("CREATE_FAILED", "UPDATE_FAILED"), "rolled back")(current)
            if is_update and "_Before" not in current:
                raise invalid(f"Stack:{stack['StackId']} was updated, and only its clean-up failed; update it again")

        status = "UPDATE_ROLLBACK_IN_PROGRESS" if is_update else "ROLLBACK_IN_PROGRESS"
        entered = self._stacks.enter_on_request(stack["StackId"], check, status, **_settings(request))
        self._work.start(entered, self._work.roll_back_update if is_update else self._work.roll_back_creation)
        return {"StackId": stack["StackId"]}

    def update_protection(self, request: Request) -> Answer:
        """Serve UpdateTerminationProtection."""
        stack = self._stacks.get(request["StackName"])
        self._stacks.change(stack["StackId"], EnableTerminationProtection=request["EnableTerminationProtection"])
        return {"StackId": stack["StackId"]}

    def new_stack(self, name: str) -> Record:
        """Return the first members of a stack to be created, of a valid name that is not taken."""
        if not _NAME.fullmatch(name):
            raise invalid(
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must "
                + (
                    f"have length less than or equal to {_MAX_NAME}"
                    if len(name) > _MAX_NAME
                    else "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*"
                )
            )
        if self._stacks.find(name) is not None:
            raise AwsError("AlreadyExistsException", f"Stack [{name}] already exists")
        return {"StackId": self._stacks.new_id(name), "StackName": name, "CreationTime": now()}

    def start_create(
        self, stack: Record, prepared: Prepared, request: Mapping[str, Any], done: Callable[[bool], None]
    ) -> None:
        """Start the creation of a stack that is in review."""
        check = _check_status(("REVIEW_IN_PROGRESS",), "created")
        members = {**prepared.members, **_settings(request)}
        entered = self._stacks.enter_on_request(stack["StackId"], check, "CREATE_IN_PROGRESS", **members)
        self._change_sets.remove_all(stack["StackId"], but=entered.get("ChangeSetId"))
        self._work.start(entered, self._work.create, prepared.blueprint, _on_failure(request), done)

    def start_update(
        self,
        stack: Record,
        prepared: Prepared,
        request: Mapping[str, Any],
        done: Callable[[bool], None],
    ) -> None:
        """Start an update that was prepared; other change sets are removed."""
        before = stack.get("_Before") or {name: stack.get(name) for name in RESTORED}
        members = {
            **prepared.members,
            **_settings(request),
            "LastUpdatedTime": now(),
            "RetainExceptOnCreate": request.get("RetainExceptOnCreate"),
            "_Before": before,
            "_ClientRequestToken": request.get("ClientRequestToken"),
        }
        entered = self._stacks.enter_on_request(stack["StackId"], check_updatable, "UPDATE_IN_PROGRESS", **members)
        self._change_sets.remove_all(stack["StackId"], but=entered.get("ChangeSetId"))
        self._work.start(entered, self._work.update, prepared.blueprint, not request.get("DisableRollback"), done)

    def _check_deletable(self, stack: Record, request: Request) -> None:
        name = stack["StackName"]
        if stack.get("EnableTerminationProtection"):
            raise invalid(f"Stack [{name}] cannot be deleted while TerminationProtection is enabled")
        if request.get("RetainResources") and stack["StackStatus"] != "DELETE_FAILED":
            raise invalid(
                "Invalid operation on stack. RetainResources can only be specified for a stack in DELETE_FAILED, "
                f"and [{name}] is in {stack['StackStatus']}"
            )
        for output in stack.get("Outputs", []):
            if "ExportName" in output:
                check_unused(self._stacks, output["ExportName"], "deleted")


def check_updatable(stack: Record) -> None:
    """Check that a stack is in a state that can be updated."""
    if stack["StackStatus"] == "REVIEW_IN_PROGRESS":
        raise missing_stack(stack["StackName"])
    _check_status(_UPDATABLE, "updated")(stack)


def _on_failure(request: Mapping[str, Any]) -> str:
    return request.get("OnFailure") or ("DO_NOTHING" if request.get("DisableRollback") else "ROLLBACK")


def _ignore(is_complete: bool) -> None:
    """Do nothing at the end of an operation that is not a change set's."""


def _check_status(statuses: Sequence[str], operation: str) -> Callable[[Record], None]:
    """Return a check that a stack is in one of the statuses from which it can be, say, ``deleted``."""

    def check(stack: Record) -> None:
        if stack["StackStatus"] not in statuses:
            raise invalid(f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not be {operation}.")

    return check


def _settings(request: Mapping[str, Any]) -> Record:
    """Return what a request sets on the stack beside what was prepared."""
    members = selected(request, ("DisableRollback", "RetainExceptOnCreate", "RoleARN"))
    token = request.get("ClientRequestToken")
    return {**members, **({"_ClientRequestToken": token} if token else {})}
