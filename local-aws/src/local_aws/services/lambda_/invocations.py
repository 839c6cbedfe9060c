"""Invoke: at once, as an event to be handled later, or as a dry run."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from local_aws.contracts.honoured import only
from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.nested_json import read_json
from local_aws.kernel.records import Record
from local_aws.services.lambda_.concurrency import Concurrency
from local_aws.services.lambda_.functions import Functions
from local_aws.services.lambda_.names import LATEST
from local_aws.services.lambda_.sandbox import Result, Sandbox

_MOST_BYTES = {"RequestResponse": 6_291_456, "DryRun": 6_291_456, "Event": 1_048_576}


class Invoker:
    """Runs functions within their reserved concurrency."""

    def __init__(self, functions: Functions, concurrency: Concurrency, sandbox: Sandbox) -> None:
        self._functions = functions
        self._concurrency = concurrency
        self._sandbox = sandbox

    def run(self, function: Record, request_id: str, event: Any) -> Result:
        """Run a function now.

        Raises
        ------
        AwsError
            ``TooManyRequestsException`` beyond the reserved concurrency, or as `Sandbox.run` does.
        """
        with self._concurrency.one_more(function):
            return self._sandbox.run(function, request_id, event)

    def deliver(self, function_name: str, request_id: str, event: str) -> Result:
        """Run a function with an event of the queue, JSON; all tries have the same request id.

        Raises
        ------
        AwsError
            ``ResourceNotFoundException`` when the function has been deleted, or as `run` does.
        """
        return self.run(self._functions.named(function_name), request_id, json.loads(event))


class Invocations:
    """Serves Invoke.

    Parameters
    ----------
    add_event
        Takes an event for later: ``add_event(function name, event's JSON)``.
    """

    def __init__(self, functions: Functions, invoker: Invoker, add_event: Callable[[str, str], None]) -> None:
        self._functions = functions
        self._invoker = invoker
        self._add_event = add_event

    def invoke(self, request: Request) -> Answer:
        """Serve Invoke."""
        only(
            request,
            ("FunctionName", "Qualifier", "InvocationType", "LogType", "Payload"),
            "Invoke",
            "InvalidParameterValueException",
        )
        function = self._functions.find(request)
        kind = request.get("InvocationType", "RequestResponse")
        text, event = _event(request.get("Payload", b""), _MOST_BYTES[kind])
        if kind == "DryRun":
            return {"StatusCode": 204, "Payload": b""}
        if kind == "Event":
            self._add_event(function["FunctionName"], text)
            return {"StatusCode": 202, "Payload": b""}
        result = self._invoker.run(function, str(uuid.uuid4()), event)
        answer: Answer = {"StatusCode": 200, "ExecutedVersion": LATEST, "Payload": result.payload}
        if result.failed:
            answer["FunctionError"] = "Unhandled"
        if request.get("LogType") == "Tail":
            answer["LogResult"] = result.log_result
        return answer


def _event(payload: Any, most: int) -> tuple[str, Any]:
    """Read a payload; an empty one is an empty object."""
    content = payload.read() if hasattr(payload, "read") else payload
    content = content.encode() if isinstance(content, str) else bytes(content)
    if len(content) > most:
        raise AwsError(
            "RequestTooLargeException", f"{len(content)} byte payload is too large for the {most} byte limit", 413
        )
    try:
        text = content.decode() or "{}"
        return text, read_json(text)
    except ValueError as error:
        raise AwsError(
            "InvalidRequestContentException", f"Could not parse request body into json: {error}", 400, {"Type": "User"}
        ) from error
