"""Why a stack's last operation failed, from its events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

MAKING = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"})
REMOVING = frozenset({"DELETE_IN_PROGRESS"})
_CONSEQUENCES = ("cancelled", "Resource creation cancelled", "Resource update cancelled")


def failures(cloudformation: Any, stack: str, operation: Set[str]) -> list[str]:
    """List the resources that failed in a stack's last operation of a kind, the first failure first.

    Failures that another one caused are left out. The operation is given by the statuses that start it, `MAKING` or
    `REMOVING`; a stack that may be gone is named by its ID.
    """
    reasons = [
        f"{event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', '')}"
        for event in _last_operation(cloudformation, stack, operation)
        if event["ResourceStatus"].endswith("_FAILED")
        and not _is_stack(event)
        and not event.get("ResourceStatusReason", "").startswith(_CONSEQUENCES)
    ]
    return list(reversed(reasons)) or ["no resource has a reason; see its events"]


def _last_operation(cloudformation: Any, stack: str, operation: Set[str]) -> Iterator[Mapping[str, Any]]:
    """Yield the events since the operation started, newest first; only AWS's clock counts."""
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack):
        for event in page["StackEvents"]:
            yield event
            if _is_stack(event) and event["ResourceStatus"] in operation:
                return


def _is_stack(event: Mapping[str, Any]) -> bool:
    return bool(event.get("PhysicalResourceId") == event["StackId"])
