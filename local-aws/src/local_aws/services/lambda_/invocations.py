"""Invoke: at once, as an event to be handled later, or as a dry run."""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from typing import Any

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.nested_json import read_json
from local_aws.kernel.records import Record
from local_aws.services.lambda_.errors import user_error
from local_aws.services.lambda_.records import LATEST, RESERVED, Functions
from local_aws.services.lambda_.results import Result
from local_aws.services.lambda_.sandbox import Sandbox
from local_aws.services.lambda_.work import EventQueue

_MAX_BYTES = {"RequestResponse": 6_291_456, "DryRun": 6_291_456, "Event": 1_048_576}


class Invoker:
    """Runs functions within their reserved concurrency; a function without a reservation has no bound."""

    def __init__(self, functions: Functions, sandbox: Sandbox) -> None:
        self._functions = functions
        self._sandbox = sandbox
        self._running: Counter[str] = Counter()
        self._lock = threading.Lock()

    def run(self, function: Record, request_id: str, event: Any) -> Result:
        """Run a function now, or raise ``TooManyRequestsException`` when as many invocations run as are reserved."""
        name, reserved = function["FunctionName"], function[RESERVED]
        with self._lock:
            if reserved is not None and self._running[name] >= reserved:
                members = {"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "Type": "User"}
                raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429, members)
            self._running[name] += 1
        try:
            return self._sandbox.run(function, request_id, event)
        finally:
            with self._lock:
                self._running[name] -= 1

    def deliver(self, function_name: str, request_id: str, event: str) -> Result:
        """Run a function with an event of the queue, JSON; all tries have the same request id."""
        return self.run(self._functions.get(function_name), request_id, json.loads(event))


class Invocations:
    """Serves Invoke."""

    def __init__(self, functions: Functions, invoker: Invoker, queue: EventQueue) -> None:
        self._functions = functions
        self._invoker = invoker
        self._queue = queue

    def invoke(self, request: Request) -> Answer:
        """Serve Invoke."""
        function = self._functions.requested(request, LATEST)
        invocation_type = request.get("InvocationType", "RequestResponse")
        text, event = _event(request.get("Payload", b""), _MAX_BYTES[invocation_type])
        if invocation_type == "DryRun":
            return {"StatusCode": 204, "Payload": b""}
        if invocation_type == "Event":
            self._queue.add(function["FunctionName"], text)
            return {"StatusCode": 202, "Payload": b""}
        result = self._invoker.run(function, str(uuid.uuid4()), event)
        answer: Answer = {"StatusCode": 200, "ExecutedVersion": LATEST, "Payload": result.payload}
        if result.failed:
            answer["FunctionError"] = "Unhandled"
        if request.get("LogType") == "Tail":
            answer["LogResult"] = result.log_result
        return answer


def _event(payload: Any, limit: int) -> tuple[str, Any]:
    """Return a payload as JSON text and as a value; an empty one is an empty object."""
    content = payload.read() if hasattr(payload, "read") else payload
    content = content.encode() if isinstance(content, str) else bytes(content)
    if len(content) > limit:
        raise AwsError(
            "RequestTooLargeException", f"{len(content)} byte payload is too large for the {limit} byte limit", 413
        )
    try:
        text = content.decode() or "{}"
        return text, read_json(text)
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise user_error("InvalidRequestContentException", message, 400) from error
