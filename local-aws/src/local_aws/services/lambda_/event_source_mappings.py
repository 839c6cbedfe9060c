"""Event source mappings: which queue's messages a function is invoked with, and how many at a time."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Protocol

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages
from local_aws.contracts.tags import TAGS
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import SERVICE, acting_as
from local_aws.kernel.records import Record, now, selected
from local_aws.services.lambda_.errors import conflict, invalid, not_found
from local_aws.services.lambda_.records import Functions

REPORT_ITEM_FAILURES = "ReportBatchItemFailures"

_ASKED = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
_SETTINGS = ("BatchSize", "MaximumBatchingWindowInSeconds", "FunctionResponseTypes", "ScalingConfig")
_MEMBERS = Members(
    (
        *("EventSourceArn", "FunctionName", "Enabled", "BatchSize", "MaximumBatchingWindowInSeconds"),
        *("FunctionResponseTypes", "ScalingConfig.MaximumConcurrency", "Tags"),
    ),
    values={"FunctionResponseTypes": (REPORT_ITEM_FAILURES,)},
)
_CHANGES = Members(
    (
        *("UUID", "FunctionName", "Enabled", "BatchSize", "MaximumBatchingWindowInSeconds"),
        *("FunctionResponseTypes", "ScalingConfig.MaximumConcurrency"),
    ),
    values={"FunctionResponseTypes": (REPORT_ITEM_FAILURES,)},
)
_MAX_BATCH, _MAX_BATCH_WITHOUT_WINDOW = 10_000, 10


class Pollers(Protocol):
    """What reads the queues; see `polling.Polling`."""

    def follow(self, mapping_id: str, /) -> None:
        """Read the queue of a mapping from now on, as its record says."""


class EventSourceMappings(Collection):
    """The mappings, by UUID."""

    def __init__(self, context: Context, functions: Functions) -> None:
        super().__init__(
            context.records,
            "lambda-event-source-mapping",
            missing=lambda _: not_found("The resource you requested does not exist."),
        )
        self._context = context
        self._functions = functions
        self.pollers: Pollers | None = None

    def operations(self) -> dict[str, Operation]:
        """Return the contract."""
        pages = Pages("EventSourceMappings", size=100, token="Marker", limit="MaxItems", next_token="NextMarker")  # noqa: S106
        return {
            "CreateEventSourceMapping": Operation(self.create, _MEMBERS),
            "GetEventSourceMapping": Operation(lambda request: self._shown(self.get(request["UUID"]))),
            "ListEventSourceMappings": Operation(self.list_all, pages=pages),
            "UpdateEventSourceMapping": Operation(self.update, _CHANGES),
            "DeleteEventSourceMapping": Operation(self.delete),
        }

    def create(self, request: Request) -> Answer:
        """Serve CreateEventSourceMapping."""
        queue_arn = request.get("EventSourceArn")
        if queue_arn is None:
            raise invalid("Unrecognized event source.")
        function = self._functions.find(self._functions.name(request["FunctionName"]))
        if function is None:
            raise invalid("Function does not exist")
        if ":sqs:" not in queue_arn:
            raise invalid(f"local_aws supports event sources of SQS only, not {queue_arn!r}")
        record = {
            "UUID": str(uuid.uuid4()),
            "EventSourceArn": queue_arn,
            "FunctionName": function["FunctionName"],
            "Enabled": request.get("Enabled", True),
            "LastModified": now(),
            "BatchSize": 10,
            "MaximumBatchingWindowInSeconds": 0,
            **selected(request, _SETTINGS),
            TAGS: dict(request.get("Tags", {})),
        }
        self._check(record, function)
        for other in self.list({"EventSourceArn": queue_arn}):
            if other["FunctionName"] == record["FunctionName"]:
                raise conflict(
                    f'An event source mapping with SQS arn (" {queue_arn} ") and function '
                    f'(" {record["FunctionName"]} ") already exists. Please update or delete the existing mapping with '
                    f"UUID {other['UUID']}"
                )
        self.add(record["UUID"], record)
        self._follow(record)
        return {**self._shown(record), "State": "Creating"}

    def list_all(self, request: Request) -> Answer:
        """Serve ListEventSourceMappings, of a function, a queue, or all."""
        where = {}
        if "EventSourceArn" in request:
            where["EventSourceArn"] = request["EventSourceArn"]
        if "FunctionName" in request:
            where["FunctionName"] = self._functions.requested(request)["FunctionName"]
        return {"EventSourceMappings": [self._shown(record) for record in self.list(where)]}

    def update(self, request: Request) -> Answer:
        """Serve UpdateEventSourceMapping: what a request does not name stays."""
        record = self.get(request["UUID"])
        name = self._functions.name(str(request.get("FunctionName", record["FunctionName"])))
        members = selected(request, ("Enabled", *_SETTINGS))
        changed = {**record, **members, "FunctionName": name, "LastModified": now()}
        self._check(changed, self._functions.get(name))
        self.change(record["UUID"], lambda current: current.update(changed))
        self._follow(record)
        return {**self._shown(changed), "State": "Updating"}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteEventSourceMapping."""
        record = self.get(request["UUID"])
        self.remove(record["UUID"])
        return {**self._shown(record), "State": "Deleting"}

    def change_tagged(self, mapping_id: str, change: Callable[[Record], None]) -> Record:
        """Change the tags of a mapping."""
        if self.find(mapping_id) is None:
            arn = self._context.settings.arn("lambda", f"event-source-mapping:{mapping_id}")
            raise not_found(f"Event source mapping not found: {arn}")
        return self.change(mapping_id, change)

    def name_of_arn(self, arn: str) -> str | None:
        """Return the UUID in the ARN of a mapping; None for another resource's."""
        head, marker, mapping_id = arn.partition(":event-source-mapping:")
        return mapping_id if marker and head == self._context.settings.arn("lambda", "").rstrip(":") else None

    def _follow(self, record: Record) -> None:
        if self.pollers is not None:
            self.pollers.follow(record["UUID"])

    def _check(self, record: Record, function: Record) -> None:
        size, window = record["BatchSize"], record["MaximumBatchingWindowInSeconds"]
        if not 1 <= size <= _MAX_BATCH:
            raise invalid(f"Batch size must be between 1 and {_MAX_BATCH} for SQS, not {size}")
        if size > _MAX_BATCH_WITHOUT_WINDOW and not window:
            raise invalid(
                "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
            )
        queue = self._queue_attributes(record["EventSourceArn"], function["Role"])
        visibility = int(queue["VisibilityTimeout"])
        if visibility < function["Timeout"]:
            raise invalid(
                f"Queue visibility timeout: {visibility} seconds is less than Function timeout: "
                f"{function['Timeout']} seconds"
            )
        for action in self._denied(function["Role"], record["EventSourceArn"]):
            operation = action.partition(":")[2]
            raise invalid(f"The provided execution role does not have permissions to call {operation} on SQS")

    def _queue_attributes(self, arn: str, role_arn: str) -> dict[str, Any]:
        request = {"QueueUrl": arn.rpartition(":")[2], "AttributeNames": ["All"]}
        try:
            with acting_as(role_arn):
                answer = self._context.call("sqs", "GetQueueAttributes", request)
        except AwsError as error:
            raise invalid(
                "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
                "SQS Error Message: The specified queue does not exist."
            ) from error
        attributes: dict[str, Any] = answer["Attributes"]
        return attributes

    def _denied(self, role_arn: str, queue_arn: str) -> list[str]:
        """Return the actions that a role's policies do not allow; a role that does not exist here has none to ask."""
        request = {"PolicySourceArn": role_arn, "ActionNames": list(_ASKED), "ResourceArns": [queue_arn]}
        try:
            # Lambda asks, not whoever makes the mapping.
            with acting_as(SERVICE):
                results = self._context.call("iam", "SimulatePrincipalPolicy", request)["EvaluationResults"]
        except AwsError as error:
            if error.code == "NoSuchEntity":
                return []
            raise
        denied = {result["EvalActionName"] for result in results if result["EvalDecision"] != "allowed"}
        return [action for action in _ASKED if action in denied]

    def _shown(self, record: Record) -> Answer:
        return {
            "UUID": record["UUID"],
            "EventSourceMappingArn": self._context.settings.arn("lambda", f"event-source-mapping:{record['UUID']}"),
            "EventSourceArn": record["EventSourceArn"],
            "FunctionArn": self._functions.arn(record["FunctionName"]),
            "LastModified": record["LastModified"],
            "State": "Enabled" if record["Enabled"] else "Disabled",
            "StateTransitionReason": "USER_INITIATED",
            "FunctionResponseTypes": [],
            **selected(record, _SETTINGS),
        }
