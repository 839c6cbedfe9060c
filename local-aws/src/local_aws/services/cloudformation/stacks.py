"""The records of stacks, their resources and events."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from local_aws.kernel.context import Context
from local_aws.kernel.events import Event
from local_aws.kernel.records import Record, now
from local_aws.services.cloudformation.failures import missing_stack
from local_aws.services.cloudformation.parameters import masked
from local_aws.services.cloudformation.resource_type import Made

KIND = "cloudformation-stack"
STACK_TYPE = "AWS::CloudFormation::Stack"
_RESOURCES, _EVENTS, _JOURNAL = "cloudformation-resource:", "cloudformation-event:", "cloudformation-journal:"


class Stacks:
    """Every stack, the deleted ones among them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._records = context.records

    def new_id(self, name: str) -> str:
        """Return the id of a stack to be made."""
        return self._context.settings.arn("cloudformation", f"stack/{name}/{uuid.uuid4()}")

    def add(self, stack: Record, reason: str | None = None) -> None:
        """Add a stack in its first state."""
        self._records.insert(KIND, stack["StackId"], stack)
        self._stack_happened(stack, reason)

    def all(self) -> list[Record]:
        """Return all stacks, the newest first."""
        return list(reversed(self._records.list(KIND)))

    def living(self) -> list[Record]:
        """Return the stacks that are not deleted, the newest first."""
        return [stack for stack in self.all() if stack["StackStatus"] != "DELETE_COMPLETE"]

    def find(self, name_or_id: str) -> Record | None:
        """Return a stack by its id, or the living one of a name."""
        if name_or_id.startswith("arn:"):
            return self._records.get(KIND, name_or_id)
        return next((stack for stack in self.living() if stack["StackName"] == name_or_id), None)

    def get(self, name_or_id: str) -> Record:
        """Return a stack.

        Raises
        ------
        AwsError
            ``ValidationError`` when there is none.
        """
        found = self.find(name_or_id)
        if found is None:
            raise missing_stack(name_or_id)
        return found

    def change(self, stack_id: str, **members: Any) -> Record:
        """Change members of a stack; None removes one."""

        def change(stack: Record) -> None:
            stack.update(members)
            for name, value in members.items():
                if value is None:
                    del stack[name]

        return self._records.update(KIND, stack_id, change)

    def forget(self, stack_id: str) -> None:
        """Remove a stack that never came to be."""
        self._records.delete(KIND, stack_id)

    def enter(self, stack_id: str, status: str, reason: str | None = None, **members: Any) -> Record:
        """Bring a stack into a state."""
        stack = self.change(stack_id, StackStatus=status, StackStatusReason=reason, **members)
        self._stack_happened(stack, reason)
        return stack

    def enter_if(self, stack_id: str, allowed: Callable[[Record], None], status: str, **members: Any) -> Record:
        """Bring a stack into a state, if it is in one that `allowed` does not refuse by raising; atomically."""

        def change(stack: Record) -> None:
            allowed(stack)
            stack.update(members, StackStatus=status)
            stack.pop("StackStatusReason", None)
            for name, value in members.items():
                if value is None:
                    del stack[name]

        stack = self._records.update(KIND, stack_id, change)
        self._stack_happened(stack, "User Initiated")
        return stack

    def resources(self, stack_id: str) -> list[Record]:
        """Return a stack's resources, in the order in which they were begun."""
        return self._records.list(_RESOURCES + stack_id)

    def resource(self, stack_id: str, logical_id: str) -> Record | None:
        """Return a resource, None when the stack has none of that name."""
        return self._records.get(_RESOURCES + stack_id, logical_id)

    def made(self, stack_id: str, logical_id: str) -> Made | None:
        """Return a resource as it was made; None when it was not."""
        found = self.resource(stack_id, logical_id)
        if found is None or "PhysicalResourceId" not in found:
            return None
        return Made(found["PhysicalResourceId"], found["_Attributes"])

    def put_resource(self, stack_id: str, resource: Record) -> None:
        """Store a resource without an event."""
        self._records.put(_RESOURCES + stack_id, resource["LogicalResourceId"], resource)

    def drop_resource(self, stack_id: str, logical_id: str) -> None:
        """Forget a resource."""
        self._records.delete(_RESOURCES + stack_id, logical_id)

    def enter_resource(self, stack: Record, resource: Record, status: str, reason: str | None = None) -> Record:
        """Store a resource in a state, and tell."""
        entered = {**resource, "ResourceStatus": status, "Timestamp": now()}
        entered.pop("ResourceStatusReason", None)
        if reason:
            entered["ResourceStatusReason"] = reason
        self.put_resource(stack["StackId"], entered)
        self.resource_happened(stack, entered, status, reason)
        return entered

    def resource_happened(self, stack: Record, resource: Record, status: str, reason: str | None = None) -> None:
        """Write an event of a resource, and announce it."""
        event = {
            "LogicalResourceId": resource["LogicalResourceId"],
            "PhysicalResourceId": resource.get("PhysicalResourceId", ""),
            "ResourceType": resource["ResourceType"],
            "ResourceProperties": masked(json.dumps(resource.get("_Properties", {})), stack.get("_Secrets", [])),
        }
        name = f"{resource['LogicalResourceId']}-{status}-{uuid.uuid4()}"
        self._happened(stack, name, event, status, reason)
        detail = {
            "logical-resource-id": event["LogicalResourceId"],
            "physical-resource-id": event["PhysicalResourceId"],
            "resource-type": event["ResourceType"],
        }
        self._announce(stack, "CloudFormation Resource Status Change", detail, status, reason)

    def events(self, stack_id: str) -> Iterator[Record]:
        """Yield a stack's events, the newest first."""
        return self._records.each(_EVENTS + stack_id, newest_first=True)

    def journal(self, stack_id: str) -> list[Record]:
        """Return what an update has done so far and a rollback would undo, the oldest first."""
        return self._records.list(_JOURNAL + stack_id)

    def note(self, stack_id: str, entry: Record) -> Record:
        """Write an entry into the journal, or change it; return it with its key."""
        noted = {"Key": str(uuid.uuid4()), **entry}
        self._records.put(_JOURNAL + stack_id, noted["Key"], noted)
        return noted

    def strike(self, stack_id: str, entry: Record) -> None:
        """Take an entry out of the journal."""
        self._records.delete(_JOURNAL + stack_id, entry["Key"])

    def _stack_happened(self, stack: Record, reason: str | None) -> None:
        event = {
            "LogicalResourceId": stack["StackName"],
            "PhysicalResourceId": stack["StackId"],
            "ResourceType": STACK_TYPE,
        }
        self._happened(stack, str(uuid.uuid4()), event, stack["StackStatus"], reason)
        self._announce(stack, "CloudFormation Stack Status Change", {}, stack["StackStatus"], reason)

    def _happened(self, stack: Record, event_id: str, event: Record, status: str, reason: str | None) -> None:
        token = stack.get("_ClientRequestToken")
        full = {
            **event,
            "StackId": stack["StackId"],
            "StackName": stack["StackName"],
            "EventId": event_id,
            "Timestamp": now(),
            "ResourceStatus": status,
            **({"ResourceStatusReason": reason} if reason else {}),
            **({"ClientRequestToken": token} if token else {}),
        }
        self._records.insert(_EVENTS + stack["StackId"], event_id, full)

    def _announce(self, stack: Record, detail_type: str, members: Record, status: str, reason: str | None) -> None:
        detail = {
            "stack-id": stack["StackId"],
            **members,
            "status-details": {"status": status, "status-reason": reason or ""},
            "client-request-token": stack.get("_ClientRequestToken", ""),
        }
        self._context.announce(Event("aws.cloudformation", detail_type, detail, [stack["StackId"]]))
