"""CreateChangeSet, DescribeChangeSet, ExecuteChangeSet, DeleteChangeSet and ListChangeSets."""

from __future__ import annotations

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, public, selected
from local_aws.services.cloudformation.errors import invalid, missing_stack, no_stack
from local_aws.services.cloudformation.preparation import Preparation
from local_aws.services.cloudformation.records import ChangeSets, Stacks
from local_aws.services.cloudformation.stack_requests import StackRequests, check_updatable
from local_aws.services.cloudformation.templates.parameters import masked

_NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
_SUMMARY = (
    *("StackId", "StackName", "ChangeSetId", "ChangeSetName", "ExecutionStatus", "Status", "StatusReason"),
    *("CreationTime", "Description"),
)
_PREPARED = ("_Template", "_Values", "_Secrets", "Tags", "Capabilities", "Parameters")
_VALUES = ("BeforeContext", "AfterContext")


class ChangeSetRequests:
    """Serves change sets."""

    def __init__(
        self, stacks: Stacks, change_sets: ChangeSets, preparation: Preparation, requests: StackRequests
    ) -> None:
        self._stacks = stacks
        self._change_sets = change_sets
        self._preparation = preparation
        self._requests = requests

    def create(self, request: Request) -> Answer:
        """Serve CreateChangeSet; what would change is computed at once."""
        with self._requests.admission:
            stack, is_new = self._stack_for(request)
            if self._change_sets.find(stack["StackId"], request["ChangeSetName"]) is not None:
                raise AwsError("AlreadyExistsException", f"ChangeSet {request['ChangeSetName']} already exists")
            prepared = self._preparation.of(request, stack)
            change_set: Record = {
                **{name: prepared.members[name] for name in _PREPARED},
                **selected(request, ("Description", "OnStackFailure")),
                "_RoleARN": request.get("RoleARN"),
                "_Type": request.get("ChangeSetType", "UPDATE"),
                "ChangeSetName": request["ChangeSetName"],
                "StackId": stack["StackId"],
                "StackName": stack["StackName"],
                "CreationTime": now(),
                "ExecutionStatus": "AVAILABLE" if prepared.has_changes else "UNAVAILABLE",
                "Status": "CREATE_COMPLETE" if prepared.has_changes else "FAILED",
                "_Changes": prepared.changes,
            }
            if not prepared.has_changes:
                change_set["StatusReason"] = _NO_CHANGES
            if is_new:
                self._stacks.add({**stack, "StackStatus": "REVIEW_IN_PROGRESS"}, "User Initiated")
            return {"Id": self._change_sets.add(change_set), "StackId": stack["StackId"]}

    def describe(self, request: Request) -> Answer:
        """Serve DescribeChangeSet."""
        change_set = self._get(request)
        with_values = request.get("IncludePropertyValues", False)
        changes = [
            {"Type": "Resource", "ResourceChange": _shown(change, change_set["_Secrets"], with_values)}
            for change in change_set["_Changes"]
        ]
        return {**public(change_set), "Changes": changes}

    def execute(self, request: Request) -> Answer:
        """Serve ExecuteChangeSet."""
        with self._requests.admission:
            change_set = self._get(request)
            if change_set["ExecutionStatus"] != "AVAILABLE":
                raise AwsError(
                    "InvalidChangeSetStatus",
                    f"ChangeSet [{change_set['ChangeSetId']}] cannot be executed in its current status of "
                    f"[{_current_status(change_set)}]",
                )
            stack = self._stacks.get(change_set["StackId"])
            prepared = self._preparation.of_members(change_set, stack)
            change_set_id = change_set["ChangeSetId"]
            settings: Record = selected(request, ("ClientRequestToken", "RetainExceptOnCreate"))
            settings["DisableRollback"] = request.get("DisableRollback", False)
            if change_set["_RoleARN"]:
                settings["RoleARN"] = change_set["_RoleARN"]
            prepared.members["ChangeSetId"] = change_set_id

            def done(is_complete: bool) -> None:
                status = "EXECUTE_COMPLETE" if is_complete else "EXECUTE_FAILED"
                self._change_sets.change(change_set_id, ExecutionStatus=status)

            self._change_sets.change(change_set_id, ExecutionStatus="EXECUTE_IN_PROGRESS")
            try:
                if change_set["_Type"] == "CREATE":
                    settings["OnFailure"] = change_set.get("OnStackFailure")
                    self._requests.start_create(stack, prepared, settings, done)
                else:
                    settings["DisableRollback"] |= change_set.get("OnStackFailure") == "DO_NOTHING"
                    self._requests.start_update(stack, prepared, settings, done)
            except AwsError:
                self._change_sets.change(change_set_id, ExecutionStatus="AVAILABLE")
                raise
        return {}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteChangeSet; one that does not exist is not an error."""
        try:
            change_set = self._get(request)
        except AwsError as error:
            if error.code != "ChangeSetNotFound":
                raise
            return {}
        if change_set["ExecutionStatus"] == "EXECUTE_IN_PROGRESS":
            raise AwsError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{change_set['ChangeSetId']}] cannot be deleted while it is executed",
            )
        self._change_sets.remove(change_set)
        return {}

    def list(self, request: Request) -> Answer:
        """Serve ListChangeSets."""
        stack = self._stacks.get(request["StackName"])
        change_sets = self._change_sets.of_stack(stack["StackId"])
        return {"Summaries": [selected(item, _SUMMARY) for item in change_sets]}

    def _stack_for(self, request: Request) -> tuple[Record, bool]:
        """Return the stack that a new change set is for, and whether it is yet to be recorded."""
        name = request["StackName"]
        stack = self._stacks.find(name)
        if request.get("ChangeSetType", "UPDATE") == "UPDATE":
            if stack is None:
                raise missing_stack(name)
            check_updatable(stack)
            if request.get("OnStackFailure") == "DELETE":
                raise invalid("OnStackFailure DELETE is for change sets that create a stack")
            return stack, False
        if stack is not None and stack["StackStatus"] == "REVIEW_IN_PROGRESS":
            return stack, False
        if stack is not None:
            raise invalid(
                f"Stack [{name}] already exists and cannot be created again with the changeSet "
                f"[{request['ChangeSetName']}]."
            )
        return self._requests.new_stack(name), True

    def _get(self, request: Request) -> Record:
        name = request["ChangeSetName"]
        stack_id = None
        if not name.startswith("arn:"):
            if "StackName" not in request:
                raise invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
            stack_id = self._stacks.get(request["StackName"], no_stack)["StackId"]
        return self._change_sets.get(stack_id, name)


def _current_status(change_set: Record) -> str:
    """Return why a change set is not executed: it failed, or it was executed before."""
    return str(change_set["Status" if change_set["Status"] == "FAILED" else "ExecutionStatus"])


def _shown(change: Record, secrets: list[str], with_values: bool) -> Record:
    """Return a change, its values with its values only where asked for, and without secrets."""
    shown = {key: masked(value, secrets) for key, value in change.items() if with_values or key not in _VALUES}
    details = []
    for detail in change["Details"]:
        dropped = () if with_values else ("AfterValue", "AttributeChangeType", "BeforeValue", "Path")
        target = {key: masked(value, secrets) for key, value in detail["Target"].items() if key not in dropped}
        details.append({**detail, "Target": target})
    return {**shown, "Details": details}
