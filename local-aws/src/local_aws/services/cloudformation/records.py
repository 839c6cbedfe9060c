"""The records of stacks, with their resources, events and journals, and of change sets."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.events import Event
from local_aws.kernel.records import Record, now
from local_aws.services.cloudformation.errors import missing_change_set, missing_stack
from local_aws.services.cloudformation.resource_type import PhysicalResource
from local_aws.services.cloudformation.templates.parameters import masked

KIND = "cloudformation-stack"
_RESOURCES, _EVENTS, _JOURNAL = "cloudformation-resource:", "cloudformation-event:", "cloudformation-journal:"


class Stacks:
    """Every stack, the deleted ones among them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._records = context.records
        self._stacks = Collection(context.records, KIND, missing_stack)

    def new_id(self, name: str) -> str:
        """Return the id of a stack to be created."""
        return self._context.settings.arn("cloudformation", f"stack/{name}/{uuid.uuid4()}")

    def add(self, stack: Record, reason: str | None = None) -> None:
        """Add a stack in its first state."""
        self._stacks.add(stack["StackId"], stack)
        self._add_stack_event(stack, reason)

    def all(self) -> list[Record]:
        """Return all stacks, newest first."""
        return list(self._stacks.each(newest_first=True))

    def active(self) -> list[Record]:
        """Return the stacks that are not deleted, newest first."""
        return [stack for stack in self.all() if stack["StackStatus"] != "DELETE_COMPLETE"]

    def find(self, name_or_id: str) -> Record | None:
        """Return a stack by its id, or the active one of a name."""
        if name_or_id.startswith("arn:"):
            return self._stacks.find(name_or_id)
        return next((stack for stack in self.active() if stack["StackName"] == name_or_id), None)

    def get(self, name_or_id: str, missing: Callable[[str], AwsError] = missing_stack) -> Record:
        """Return a stack as `find` does, or raise the error for one that does not exist."""
        stack = self.find(name_or_id)
        if stack is None:
            raise missing(name_or_id)
        return stack

    def change(self, stack_id: str, **members: Any) -> Record:
        """Change members of a stack; None removes one."""
        return self._stacks.change(stack_id, lambda stack: _set_members(stack, members))

    def enter(self, stack_id: str, status: str, reason: str | None = None, **members: Any) -> Record:
        """Change a stack's status and members."""
        stack = self.change(stack_id, StackStatus=status, StackStatusReason=reason, **members)
        self._add_stack_event(stack, reason)
        return stack

    def enter_on_request(self, stack_id: str, check: Callable[[Record], None], status: str, **members: Any) -> Record:
        """Change a stack's status and members, unless `check` raises; atomically."""

        def change(stack: Record) -> None:
            check(stack)
            _set_members(stack, {**members, "StackStatus": status, "StackStatusReason": None})

        stack = self._stacks.change(stack_id, change)
        self._add_stack_event(stack, "User Initiated")
        return stack

    def resources(self, stack_id: str) -> list[Record]:
        """Return a stack's resources, in the order in which they were started."""
        return self._records.list(_RESOURCES + stack_id)

    def resource(self, stack_id: str, logical_id: str) -> Record | None:
        """Return a resource, None when the stack has none of that name."""
        return self._records.get(_RESOURCES + stack_id, logical_id)

    def physical_resource(self, stack_id: str, logical_id: str) -> PhysicalResource | None:
        """Return a resource as it was created or last updated; None when it was not created."""
        resource = self.resource(stack_id, logical_id)
        if resource is None or "PhysicalResourceId" not in resource:
            return None
        return PhysicalResource(resource["PhysicalResourceId"], resource["_Attributes"])

    def put_resource(self, stack_id: str, resource: Record) -> None:
        """Store a resource without an event."""
        self._records.put(_RESOURCES + stack_id, resource["LogicalResourceId"], resource)

    def remove_resource(self, stack_id: str, logical_id: str) -> None:
        """Remove a resource's record."""
        self._records.delete(_RESOURCES + stack_id, logical_id)

    def enter_resource(self, stack: Record, resource: Record, status: str, reason: str | None = None) -> Record:
        """Store a resource with a new status, and add an event of it."""
        entered = {**resource, "ResourceStatus": status, "Timestamp": now()}
        entered.pop("ResourceStatusReason", None)
        if reason:
            entered["ResourceStatusReason"] = reason
        self.put_resource(stack["StackId"], entered)
        self.add_resource_event(stack, entered, status, reason)
        return entered

    def add_resource_event(self, stack: Record, resource: Record, status: str, reason: str | None = None) -> None:
        """Add an event of a resource, and announce it."""
        event = {
            "LogicalResourceId": resource["LogicalResourceId"],
            "PhysicalResourceId": resource.get("PhysicalResourceId", ""),
            "ResourceType": resource["ResourceType"],
            "ResourceProperties": masked(json.dumps(resource.get("_Properties", {})), stack.get("_Secrets", [])),
        }
        detail = {
            "logical-resource-id": event["LogicalResourceId"],
            "physical-resource-id": event["PhysicalResourceId"],
            "resource-type": event["ResourceType"],
        }
        event["EventId"] = f"{resource['LogicalResourceId']}-{status}-{uuid.uuid4()}"
        self._add_event(stack, event, status, reason)
        self._announce(stack, "CloudFormation Resource Status Change", detail, status, reason)

    def events(self, stack_id: str) -> Iterator[Record]:
        """Yield a stack's events, newest first."""
        return self._records.each(_EVENTS + stack_id, newest_first=True)

    def journal(self, stack_id: str) -> list[Record]:
        """Return what an update has done so far and a rollback would undo, oldest first."""
        return self._records.list(_JOURNAL + stack_id)

    def write_entry(self, stack_id: str, entry: Record) -> Record:
        """Write an entry into the journal, or change it; return it with its key."""
        written = {"Key": str(uuid.uuid4()), **entry}
        self._records.put(_JOURNAL + stack_id, written["Key"], written)
        return written

    def remove_entry(self, stack_id: str, entry: Record) -> None:
        """Remove an entry from the journal."""
        self._records.delete(_JOURNAL + stack_id, entry["Key"])

    def _add_stack_event(self, stack: Record, reason: str | None) -> None:
        event = {
            "LogicalResourceId": stack["StackName"],
            "PhysicalResourceId": stack["StackId"],
            "ResourceType": "AWS::CloudFormation::Stack",
            "EventId": str(uuid.uuid4()),
        }
        self._add_event(stack, event, stack["StackStatus"], reason)
        self._announce(stack, "CloudFormation Stack Status Change", {}, stack["StackStatus"], reason)

    def _add_event(self, stack: Record, event: Record, status: str, reason: str | None) -> None:
        token = stack.get("_ClientRequestToken")
        full = {
            **event,
            "StackId": stack["StackId"],
            "StackName": stack["StackName"],
            "Timestamp": now(),
            "ResourceStatus": status,
            **({"ResourceStatusReason": reason} if reason else {}),
            **({"ClientRequestToken": token} if token else {}),
        }
        self._records.insert(_EVENTS + stack["StackId"], event["EventId"], full)

    def _announce(self, stack: Record, detail_type: str, members: Record, status: str, reason: str | None) -> None:
        detail = {
            "stack-id": stack["StackId"],
            **members,
            "status-details": {"status": status, "status-reason": reason or ""},
            "client-request-token": stack.get("_ClientRequestToken", ""),
        }
        self._context.announce(Event("aws.cloudformation", detail_type, detail, [stack["StackId"]]))


class ChangeSets:
    """Every change set, by its id."""

    def __init__(self, context: Context) -> None:
        self._change_sets = Collection(context.records, "cloudformation-change-set", missing_change_set)
        self._settings = context.settings

    def add(self, change_set: Record) -> str:
        """Add a change set, and return its id."""
        name = change_set["ChangeSetName"]
        change_set_id = self._settings.arn("cloudformation", f"changeSet/{name}/{uuid.uuid4()}")
        self._change_sets.add(change_set_id, {**change_set, "ChangeSetId": change_set_id})
        return change_set_id

    def of_stack(self, stack_id: str) -> list[Record]:
        """Return a stack's change sets, oldest first."""
        return self._change_sets.list({"StackId": stack_id})

    def find(self, stack_id: str | None, name_or_id: str) -> Record | None:
        """Return a change set by its id, or by stack and name."""
        if name_or_id.startswith("arn:"):
            return self._change_sets.find(name_or_id)
        named = [item for item in self.of_stack(stack_id or "") if item["ChangeSetName"] == name_or_id]
        return named[-1] if named else None

    def get(self, stack_id: str | None, name_or_id: str) -> Record:
        """Return a change set as `find` does, or raise the error for one that does not exist."""
        change_set = self.find(stack_id, name_or_id)
        if change_set is None:
            raise missing_change_set(name_or_id)
        return change_set

    def change(self, change_set_id: str, **members: Any) -> None:
        """Change members of a change set, unless it was deleted meanwhile with its stack."""
        with contextlib.suppress(AwsError):
            self._change_sets.change(change_set_id, lambda change_set: change_set.update(members))

    def remove(self, change_set: Record) -> None:
        """Remove a change set."""
        self._change_sets.discard(change_set["ChangeSetId"])

    def remove_all(self, stack_id: str, but: str | None = None) -> None:
        """Remove a stack's change sets, all or all but one."""
        for change_set in self.of_stack(stack_id):
            if change_set["ChangeSetId"] != but:
                self.remove(change_set)

    def recover(self) -> None:
        """Fail those that were being executed when the server was killed."""
        for change_set in self._change_sets.list({"ExecutionStatus": "EXECUTE_IN_PROGRESS"}):
            self.change(change_set["ChangeSetId"], ExecutionStatus="EXECUTE_FAILED")


def _set_members(record: Record, members: Record) -> None:
    """Set members of a record; None removes one."""
    for name, value in members.items():
        if value is None:
            record.pop(name, None)
        else:
            record[name] = value
