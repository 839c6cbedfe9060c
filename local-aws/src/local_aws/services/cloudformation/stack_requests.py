"""CreateStack, UpdateStack, DeleteStack, ContinueUpdateRollback, RollbackStack and UpdateTerminationProtection."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now
from local_aws.services.cloudformation.change_set_records import ChangeSets
from local_aws.services.cloudformation.exports import check_unused
from local_aws.services.cloudformation.failures import invalid, missing_stack, refuse
from local_aws.services.cloudformation.operations import Operations
from local_aws.services.cloudformation.preparation import Preparation, Prepared
from local_aws.services.cloudformation.rollback import RESTORED
from local_aws.services.cloudformation.stacks import Stacks

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}", re.ASCII)
_UPDATABLE = (*("CREATE_COMPLETE", "CREATE_FAILED", "UPDATE_COMPLETE", "UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE"),)
_DELETABLE = (
    *(*_UPDATABLE, "DELETE_FAILED", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"),
    "UPDATE_ROLLBACK_FAILED",
)


class StackRequests:
    """Begins stack operations."""

    def __init__(
        self, stacks: Stacks, change_sets: ChangeSets, preparation: Preparation, operations: Operations
    ) -> None:
        self._stacks = stacks
        self._change_sets = change_sets
        self._preparation = preparation
        self._operations = operations
        self.admission = threading.Lock()
        """Held from looking at a stack until an operation on it has begun."""

    def create(self, request: Request) -> Answer:
        """CreateStack."""
        if request.get("DisableRollback") and request.get("OnFailure"):
            raise invalid("You can specify either DisableRollback or OnFailure, but not both.")
        with self.admission:
            stack = self.new_stack(request["StackName"])
            prepared = self._preparation.of(request, stack)
            stack |= {
                **_without_none(prepared.members),
                **_kept_of(request),
                "StackStatus": "CREATE_IN_PROGRESS",
                "EnableTerminationProtection": request.get("EnableTerminationProtection", False),
            }
            self._stacks.add(stack, "User Initiated")
        self._operations.create(stack, prepared.blueprint, _on_failure(request), _nobody)
        return {"StackId": stack["StackId"]}

    def update(self, request: Request) -> Answer:
        """UpdateStack."""
        with self.admission:
            stack = self._stacks.get(request["StackName"])
            check_updatable(stack)
            prepared = self._preparation.of(request, stack)
            if not prepared.has_changes:
                raise invalid("No updates are to be performed.")
            prepared.members["ChangeSetId"] = None
            self.begin_update(stack, prepared, request, _nobody)
        return {"StackId": stack["StackId"]}

    def delete(self, request: Request) -> Answer:
        """DeleteStack; a stack that does not exist is not an error."""
        if request.get("DeletionMode") == "FORCE_DELETE_STACK":
            raise invalid("local_aws does not do the deletion mode FORCE_DELETE_STACK; use RetainResources")
        refuse(request, ("DeploymentConfig",))
        stack = self._stacks.find(request["StackName"])
        if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
            return {}
        self._check_deletable(stack, request)
        if stack["StackStatus"] == "REVIEW_IN_PROGRESS":
            self._change_sets.drop_all(stack["StackId"])
        members = {key: request[key] for key in ("RoleARN",) if key in request}

        def allowed(current: Record) -> None:
            if current["StackStatus"] not in _DELETABLE:
                raise _wrong_state(current, "deleted")

        entered = self._stacks.enter_if(
            stack["StackId"],
            allowed,
            "DELETE_IN_PROGRESS",
            **members,
            _ClientRequestToken=request.get("ClientRequestToken"),
        )
        self._operations.delete(entered, request.get("RetainResources", []))
        return {}

    def continue_rollback(self, request: Request) -> Answer:
        """ContinueUpdateRollback."""
        refuse(request, ("ResourcesToSkip", "ForceRollback"))
        stack = self._stacks.get(request["StackName"])

        def allowed(current: Record) -> None:
            if current["StackStatus"] != "UPDATE_ROLLBACK_FAILED":
                raise _wrong_state(current, "rolled back")

        members = {key: request[key] for key in ("RoleARN",) if key in request}
        self._operations.roll_back_update(
            self._stacks.enter_if(stack["StackId"], allowed, "UPDATE_ROLLBACK_IN_PROGRESS", **members)
        )
        return {}

    def roll_back(self, request: Request) -> Answer:
        """RollbackStack: back to the last stable state, after a failure that was left as it was."""
        stack = self._stacks.get(request["StackName"])
        is_update = stack["StackStatus"] == "UPDATE_FAILED"

        def allowed(current: Record) -> None:
            if current["StackStatus"] not in ("CREATE_FAILED", "UPDATE_FAILED"):
                raise _wrong_state(current, "rolled back")
            if is_update and "_Before" not in current:
                raise invalid(f"Stack:{stack['StackId']} was updated, and only its clean-up failed; update it again")

        status = "UPDATE_ROLLBACK_IN_PROGRESS" if is_update else "ROLLBACK_IN_PROGRESS"
        entered = self._stacks.enter_if(stack["StackId"], allowed, status, **_kept_of(request))
        begin = self._operations.roll_back_update if is_update else self._operations.roll_back_creation
        begin(entered)
        return {"StackId": stack["StackId"]}

    def update_protection(self, request: Request) -> Answer:
        """UpdateTerminationProtection."""
        stack = self._stacks.get(request["StackName"])
        self._stacks.change(stack["StackId"], EnableTerminationProtection=request["EnableTerminationProtection"])
        return {"StackId": stack["StackId"]}

    def new_stack(self, name: str) -> Record:
        """Return the first members of a stack to be made.

        Raises
        ------
        AwsError
            ``ValidationError`` for a name that is none, ``AlreadyExistsException`` for one that is taken.
        """
        if not _NAME.fullmatch(name):
            raise invalid(
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must "
                "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*, of at most 128 characters"
            )
        if self._stacks.find(name) is not None:
            raise AwsError("AlreadyExistsException", f"Stack [{name}] already exists")
        return {"StackId": self._stacks.new_id(name), "StackName": name, "CreationTime": now()}

    def begin_create(
        self, stack: Record, prepared: Prepared, request: Mapping[str, Any], done: Callable[[bool], None]
    ) -> None:
        """Begin the creation of a stack that is in review."""

        def allowed(current: Record) -> None:
            if current["StackStatus"] != "REVIEW_IN_PROGRESS":
                raise _wrong_state(current, "created")

        members = {**prepared.members, **_kept_of(request)}
        entered = self._stacks.enter_if(stack["StackId"], allowed, "CREATE_IN_PROGRESS", **members)
        self._change_sets.drop_all(stack["StackId"], but=entered.get("ChangeSetId"))
        self._operations.create(entered, prepared.blueprint, _on_failure(request), done)

    def begin_update(
        self,
        stack: Record,
        prepared: Prepared,
        request: Mapping[str, Any],
        done: Callable[[bool], None],
    ) -> None:
        """Begin an update that was prepared; other change sets are void then."""
        before = stack.get("_Before") or {name: stack.get(name) for name in RESTORED}
        members = {
            **prepared.members,
            **_kept_of(request),
            "LastUpdatedTime": now(),
            "RetainExceptOnCreate": request.get("RetainExceptOnCreate"),
            "_Before": before,
            "_ClientRequestToken": request.get("ClientRequestToken"),
        }
        entered = self._stacks.enter_if(stack["StackId"], check_updatable, "UPDATE_IN_PROGRESS", **members)
        self._change_sets.drop_all(stack["StackId"], but=entered.get("ChangeSetId"))
        rolls_back = not request.get("DisableRollback")
        self._operations.update(entered, prepared.blueprint, rolls_back=rolls_back, done=done)

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
    if stack["StackStatus"] in ("REVIEW_IN_PROGRESS", "DELETE_COMPLETE"):
        raise missing_stack(stack["StackName"])
    if stack["StackStatus"] not in _UPDATABLE:
        raise _wrong_state(stack, "updated")


def _on_failure(request: Mapping[str, Any]) -> str:
    return request.get("OnFailure") or ("DO_NOTHING" if request.get("DisableRollback") else "ROLLBACK")


def _nobody(made: bool) -> None:
    """Tell nobody: the operation is not a change set's."""


def _wrong_state(stack: Record, what: str) -> AwsError:
    return invalid(f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not be {what}.")


def _kept_of(request: Mapping[str, Any]) -> Record:
    """Return what a request sets on the stack beside what was prepared."""
    kept = {key: request[key] for key in ("DisableRollback", "RetainExceptOnCreate", "RoleARN") if key in request}
    token = request.get("ClientRequestToken")
    return {**kept, **({"_ClientRequestToken": token} if token else {})}


def _without_none(members: Record) -> Record:
    return {key: value for key, value in members.items() if value is not None}
