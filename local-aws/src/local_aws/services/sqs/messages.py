"""Sending, receiving and deleting messages."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import principal
from local_aws.kernel.records import Record, without
from local_aws.services.sqs import message_attributes
from local_aws.services.sqs.queues import Queues
from local_aws.services.sqs.stored_messages import StoredMessages

_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_MAX_BATCH_BYTES = 1_048_576


class Messages:
    """The messages that clients send and receive."""

    def __init__(self, queues: Queues, stored: StoredMessages, changed: Callable[[str], None]) -> None:
        self._queues = queues
        self._stored = stored
        self._notify_metrics = changed
        self._arrivals = threading.Condition()
        self._is_open = True

    def stop(self) -> None:
        """Answer the requests that wait for a message."""
        with self._arrivals:
            self._is_open = False
            self._arrivals.notify_all()

    def send(self, request: Request) -> Answer:
        """SendMessage."""
        return self._send(self._queues.of_url(request["QueueUrl"]), request)

    def send_batch(self, request: Request) -> Answer:
        """SendMessageBatch; entries fail one by one."""
        queue, entries = self._queues.of_url(request["QueueUrl"]), request["Entries"]
        _check_batch(entries)
        successful: list[Answer] = []
        failed: list[Answer] = []
        for entry in entries:
            try:
                successful.append({"Id": entry["Id"], **self._send(queue, entry, "cannot be validated")})
            except AwsError as error:
                failed.append({"Id": entry["Id"], "SenderFault": True, "Code": error.code, "Message": error.message})
        return {"Successful": successful, "Failed": failed}

    def receive(self, request: Request) -> Answer:
        """ReceiveMessage; with a wait, until a message is there or the time is over."""
        queue = self._queues.of_url(request["QueueUrl"])
        attributes = queue["Attributes"]
        most = _integer(request, "MaxNumberOfMessages", 1, 10, 1, "between 1 and 10")
        hidden = _integer(request, "VisibilityTimeout", 0, 43_200, int(attributes["VisibilityTimeout"]))
        wait = _integer(request, "WaitTimeSeconds", 0, 20, int(attributes["ReceiveMessageWaitTimeSeconds"]))
        deadline = time.monotonic() + wait
        with self._arrivals:
            while not (taken := self._take(queue, most, hidden)):
                left = deadline - time.monotonic()
                if left <= 0 or not self._is_open:
                    return {}
                self._arrivals.wait(min(left, self._until_next(queue["Name"])))
                queue = self._queues.get(queue["Name"])
        self._notify_metrics(queue["Name"])
        return {"Messages": [_shown(message, request) for message in taken]}

    def delete(self, request: Request) -> Answer:
        """DeleteMessage; a handle that a later receive has outdated deletes nothing, and is not an error."""
        name = self._queues.name_of(request["QueueUrl"])
        message_id, receipt = _parts(request["ReceiptHandle"])
        with self._arrivals:
            message = self._stored.find(name, message_id)
            if message is not None and message.get("Receipt") == receipt:
                self._stored.remove(name, message_id)
        self._notify_metrics(name)
        return {}

    def change_visibility(self, request: Request) -> Answer:
        """ChangeMessageVisibility."""
        name = self._queues.name_of(request["QueueUrl"])
        timeout = _integer(request, "VisibilityTimeout", 0, 43_200, 0)
        message_id, receipt = _parts(request["ReceiptHandle"])
        moment = time.time()
        with self._arrivals:
            message = self._stored.find(name, message_id)
            if message is None or message.get("Receipt") != receipt or message["VisibleAt"] <= moment:
                raise AwsError("MessageNotInflight", f"The message {message_id} of {name} is not in flight.")
            self._stored.replace(name, {**message, "VisibleAt": moment + timeout})
            self._arrivals.notify_all()
        self._notify_metrics(name)
        return {}

    def purge(self, request: Request) -> Answer:
        """PurgeQueue."""
        name = self._queues.name_of(request["QueueUrl"])
        self._queues.record_purge(name)
        with self._arrivals:
            self._stored.clear(name)
        self._notify_metrics(name)
        return {}

    def _send(self, queue: Record, request: Request, fault: str = "are invalid") -> Answer:
        body, attributes = request["MessageBody"], request.get("MessageAttributes", {})
        message_attributes.check(attributes)
        limits = queue["Attributes"]
        size = len(body.encode()) + message_attributes.size(attributes)
        if not body:
            raise AwsError("MissingParameter", "The request must contain the parameter MessageBody.")
        if size > int(limits["MaximumMessageSize"]):
            raise AwsError(
                "InvalidParameterValue",
                f"One or more parameters {fault}. Reason: Message must be shorter than "
                f"{limits['MaximumMessageSize']} bytes.",
            )
        delay = _integer(request, "DelaySeconds", 0, 900, int(limits["DelaySeconds"]))
        moment = time.time()
        message = {
            "MessageId": str(uuid.uuid4()),
            "Body": body,
            "MessageAttributes": message_attributes.to_record(attributes),
            "SenderId": principal(),
            "SentAt": moment,
            "VisibleAt": moment + delay,
            "ExpiresAt": moment + int(limits["MessageRetentionPeriod"]),
            "ReceiveCount": 0,
        }
        with self._arrivals:
            self._stored.add(queue["Name"], message)
            self._arrivals.notify_all()
        self._notify_metrics(queue["Name"])
        answer = {"MessageId": message["MessageId"], "MD5OfMessageBody": _md5(body)}
        return {**answer, "MD5OfMessageAttributes": message_attributes.digest(attributes)} if attributes else answer

    def _take(self, queue: Record, most: int, hidden: int) -> list[Record]:
        """Take visible messages; those received too often go to the dead-letter queue."""
        taken: list[Record] = []
        moment = time.time()
        dead_letters = self._queues.dead_letter_queue(queue)
        for message in self._stored.visible(queue["Name"]):
            if dead_letters and message["ReceiveCount"] >= dead_letters[1]:
                self._bury(queue["Name"], message, dead_letters[0])
                continue
            message.update(
                ReceiveCount=message["ReceiveCount"] + 1,
                FirstReceivedAt=message.get("FirstReceivedAt", moment),
                Receipt=uuid.uuid4().hex,
                VisibleAt=moment + hidden,
            )
            self._stored.replace(queue["Name"], message)
            taken.append(message)
            if len(taken) == most:
                break
        return taken

    def _bury(self, name: str, message: Record, dead_letters: str) -> None:
        """Move a message; a server killed in between leaves it in both queues, never in neither."""
        moved = without(message, "FirstReceivedAt", "Receipt")
        moved.update(ReceiveCount=0, VisibleAt=time.time(), SourceArn=self._queues.arn(name))
        if self._stored.find(dead_letters, message["MessageId"]) is None:
            self._stored.add(dead_letters, moved)
        self._stored.remove(name, message["MessageId"])
        self._arrivals.notify_all()
        self._notify_metrics(dead_letters)

    def _until_next(self, name: str) -> float:
        """Return the seconds until a message that is there now becomes visible."""
        visible_at = self._stored.next_visible_at(name)
        return 20.0 if visible_at is None else max(0.01, visible_at - time.time())


def _shown(message: Record, request: Request) -> Answer:
    system = {
        "SenderId": message["SenderId"],
        "SentTimestamp": str(int(message["SentAt"] * 1000)),
        "ApproximateReceiveCount": str(message["ReceiveCount"]),
        "ApproximateFirstReceiveTimestamp": str(int(message["FirstReceivedAt"] * 1000)),
        **({"DeadLetterQueueSourceArn": message["SourceArn"]} if "SourceArn" in message else {}),
    }
    wanted = {*request.get("AttributeNames", ()), *request.get("MessageSystemAttributeNames", ())}
    shown: dict[str, Any] = {
        "MessageId": message["MessageId"],
        "ReceiptHandle": base64.urlsafe_b64encode(f"{message['MessageId']} {message['Receipt']}".encode()).decode(),
        "MD5OfBody": _md5(message["Body"]),
        "Body": message["Body"],
    }
    if chosen := {key: value for key, value in system.items() if key in wanted or "All" in wanted}:
        shown["Attributes"] = chosen
    if attributes := message_attributes.from_record(
        message["MessageAttributes"], request.get("MessageAttributeNames", ())
    ):
        shown.update(MessageAttributes=attributes, MD5OfMessageAttributes=message_attributes.digest(attributes))
    return shown


def _parts(handle: str) -> tuple[str, str]:
    """Read a receipt handle: the message's id, and which receive it is of."""
    try:
        message_id, receipt = base64.urlsafe_b64decode(handle.encode()).decode().split(" ")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise AwsError("ReceiptHandleIsInvalid", f"The input receipt handle is invalid: {handle!r}") from None
    return message_id, receipt


def _check_batch(entries: Sequence[Request]) -> None:
    if not entries:
        raise AwsError("EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry.")
    if len(entries) > 10:
        raise AwsError(
            "TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are 10. You have sent {len(entries)}.",
        )
    if not all(_ENTRY_ID.fullmatch(entry["Id"]) for entry in entries):
        raise AwsError(
            "InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 "
            "letters long.",
        )
    if len({entry["Id"] for entry in entries}) < len(entries):
        raise AwsError("BatchEntryIdsNotDistinct", "Two entries of the batch have the same Id.")
    size = sum(
        len(entry["MessageBody"].encode()) + message_attributes.size(entry.get("MessageAttributes", {}))
        for entry in entries
    )
    if size > _MAX_BATCH_BYTES:
        raise AwsError(
            "BatchRequestTooLong",
            f"Batch requests cannot be longer than {_MAX_BATCH_BYTES} bytes. You have sent {size} bytes.",
        )


def _integer(request: Request, member: str, minimum: int, maximum: int, default: int, bounds: str = "") -> int:
    value = request.get(member)
    if value is None:
        return default
    if not minimum <= value <= maximum:
        raise AwsError(
            "InvalidParameterValue",
            f"Value {value} for parameter {member} is invalid. Reason: Must be "
            f"{bounds or f'>= {minimum} and <= {maximum}'}, if provided.",
        )
    return value


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
