"""Why a stack's last operation failed, from its events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

MAKING = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"})
REMOVING = frozenset({"DELETE_IN_PROGRESS"})
_CONSEQUENCES = ("cancelled", "Resource creation cancelled", "Resource update cancelled")


def failures(cloudformation: Any, stack: str, operation: Set[str]) -> list[str]:
    """Say which resources failed in a stack's last operation of a kind, the first one first.

    Those that failed because of another are left out.

    Parameters
    ----------
    cloudformation
        boto3 client.
    stack
        Its name, or its ID when it may be gone.
    operation
        The statuses of the stack that begin the operation: `MAKING` or `REMOVING`.
    """
    reasons = [
        f"{event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', '')}"
        for event in _last_operation(cloudformation, stack, operation)
        if event["ResourceStatus"].endswith("_FAILED")
        and not _is_stack(event)
        and not event.get("ResourceStatusReason", "").startswith(_CONSEQUENCES)
    ]
    return list(reversed(reasons)) or ["no resource says why; see its events"]


def _last_operation(cloudformation: Any, stack: str, operation: Set[str]) -> Iterator[Mapping[str, Any]]:
    """Give the events since the stack's own that began the operation, the last first; no clock but AWS's is asked."""
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack):
        for event in page["StackEvents"]:
            yield event
            if _is_stack(event) and event["ResourceStatus"] in operation:
                return


def _is_stack(event: Mapping[str, Any]) -> bool:
    return bool(event.get("PhysicalResourceId") == event["StackId"])
