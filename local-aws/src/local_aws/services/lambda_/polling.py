"""What reads the queues of event source mappings, and invokes functions with their messages."""

from __future__ import annotations

import base64
import json
import logging
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import acting_as
from local_aws.kernel.records import Record
from local_aws.kernel.work import join
from local_aws.services.lambda_.event_source_mappings import REPORT_ITEM_FAILURES, EventSourceMappings
from local_aws.services.lambda_.records import Functions
from local_aws.services.lambda_.results import Result

DEFAULT_CONCURRENCY = 5
"""How many invocations a mapping without a limit has at once: with so many Lambda begins."""

_log = logging.getLogger(__name__)
_WAIT_SECONDS = 20
_MAX_RECEIVED = 10
_PAUSE_SECONDS = 1.0
"""Between two attempts when the queue or the function is not available."""


class Polling:
    """A thread per mapping that is enabled, and one per invocation.

    Messages are received and deleted as the function's role. What a function fails, and what a server that ends leaves,
    comes back when its visibility timeout is over.
    """

    def __init__(
        self,
        context: Context,
        functions: Functions,
        mappings: EventSourceMappings,
        run: Callable[[Record, str, Any], Result],
    ) -> None:
        self._context = context
        self._functions = functions
        self._mappings = mappings
        self._run = run
        self._stopping = threading.Event()
        self._threads: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()

    def recover(self) -> None:
        """Read the queues of the mappings that are there."""
        for record in self._mappings.list():
            self.follow(record["UUID"])

    def follow(self, mapping_id: str, /) -> None:
        """Read the queue of a mapping from now on, as its record says."""
        with self._lock:
            thread = self._threads.get(mapping_id)
            if self._stopping.is_set() or (thread is not None and thread.is_alive()):
                return
            thread = threading.Thread(
                target=self._follow, args=(mapping_id,), name=f"event source {mapping_id}", daemon=True
            )
            self._threads[mapping_id] = thread
            thread.start()

    def stop(self) -> None:
        """End the reading; invocations end with their processes."""
        with self._lock:
            self._stopping.set()
            threads = list(self._threads.values())
        join(threads)

    def _follow(self, mapping_id: str) -> None:
        busy = threading.Semaphore(0)
        running = 0
        while not self._stopping.is_set():
            with self._lock:
                record = self._mappings.find(mapping_id)
                if record is None or not record["Enabled"]:
                    # In the lock, so that whoever enables it again starts another thread.
                    del self._threads[mapping_id]
                    return
            limit = record.get("ScalingConfig", {}).get("MaximumConcurrency", DEFAULT_CONCURRENCY)
            while busy.acquire(blocking=running >= limit, timeout=_PAUSE_SECONDS if running >= limit else None):
                running -= 1
            if running >= limit:
                continue
            try:
                if self._start_batch(record, busy):
                    running += 1
            except AwsError as error:
                _log.info("event source %s: %s", mapping_id, error)
                self._stopping.wait(_PAUSE_SECONDS)

    def _start_batch(self, record: Record, busy: threading.Semaphore) -> bool:
        """Receive messages and invoke the function with them in a thread; False when none came."""
        function = self._functions.get(record["FunctionName"])
        messages = self._receive(record, function)
        if not messages:
            return False

        def invoke() -> None:
            try:
                self._invoke(record, function, messages)
            except Exception:  # noqa: BLE001 (the boundary of the thread: the messages come back)
                _log.exception("event source %s", record["UUID"])
            finally:
                busy.release()

        threading.Thread(target=invoke, name=f"invoke {function['FunctionName']}", daemon=True).start()
        return True

    def _receive(self, record: Record, function: Record) -> list[Answer]:
        size, window = record["BatchSize"], record["MaximumBatchingWindowInSeconds"]
        messages: list[Answer] = []
        deadline = None
        while len(messages) < size and not self._stopping.is_set():
            left = _WAIT_SECONDS if deadline is None else int(deadline - time.monotonic())
            if left < 0:
                break
            request = {
                "MaxNumberOfMessages": min(size - len(messages), _MAX_RECEIVED),
                "WaitTimeSeconds": min(left, _WAIT_SECONDS),
                "AttributeNames": ["All"],
                "MessageAttributeNames": ["All"],
            }
            received = self._call("ReceiveMessage", record, function, request).get("Messages", [])
            messages += received
            if not messages or not window:
                break
            deadline = deadline or time.monotonic() + window
        current = self._mappings.find(record["UUID"])
        if messages and (current is None or not current["Enabled"]):
            # It was disabled while it waited: the messages are somebody else's.
            for message in messages:
                handle = {"ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
                self._call("ChangeMessageVisibility", record, function, handle)
            return []
        return messages

    def _invoke(self, record: Record, function: Record, messages: list[Answer]) -> None:
        region = self._context.settings.region
        event = {"Records": [_event_record(message, record["EventSourceArn"], region) for message in messages]}
        try:
            result = self._run(function, str(uuid.uuid4()), event)
        except AwsError as error:
            _log.info("event source %s: %s", record["UUID"], error)
            return
        if result.failed:
            return
        failed = set()
        if REPORT_ITEM_FAILURES in record.get("FunctionResponseTypes", ()):
            failed = failed_items(result.payload, {message["MessageId"] for message in messages})
        for message in messages:
            if message["MessageId"] not in failed:
                handle = {"ReceiptHandle": message["ReceiptHandle"]}
                self._call("DeleteMessage", record, function, handle)

    def _call(self, operation: str, record: Record, function: Record, request: Request) -> Answer:
        """Call SQS as the function's role."""
        queue = record["EventSourceArn"].rpartition(":")[2]
        with acting_as(function["Role"], function["FunctionName"]):
            return self._context.call("sqs", operation, {"QueueUrl": queue, **request})


def failed_items(payload: bytes, message_ids: set[str]) -> set[str]:
    """Return the messages that a function has reported as failed: all of them when its answer is not of the form.

    Without ``batchItemFailures``, or with an empty list, all have succeeded.
    """
    try:
        answer = json.loads(payload or b"null")
        items = (answer or {}).get("batchItemFailures") or []
        failed = {item["itemIdentifier"] for item in items}
    except (ValueError, AttributeError, KeyError, TypeError):
        return message_ids
    return failed if failed <= message_ids else message_ids


def _event_record(message: Answer, arn: str, region: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            name: _event_attribute(attribute) for name, attribute in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        **(
            {"md5OfMessageAttributes": message["MD5OfMessageAttributes"]} if "MD5OfMessageAttributes" in message else {}
        ),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": region,
    }


def _event_attribute(attribute: Answer) -> dict[str, Any]:
    shown: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": attribute["DataType"]}
    if "StringValue" in attribute:
        shown["stringValue"] = attribute["StringValue"]
    if "BinaryValue" in attribute:
        shown["binaryValue"] = base64.b64encode(attribute["BinaryValue"]).decode()
    return shown
