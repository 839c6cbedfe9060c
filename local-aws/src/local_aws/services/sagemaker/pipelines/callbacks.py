"""The tokens that Callback steps wait for, and the operations that answer them."""

from __future__ import annotations

import json
import secrets
import string
import threading
from collections.abc import Callable, Sequence
from typing import Any

from local_aws.contracts.operations import Operation
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, Records
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.pipelines.errors import StepSuspendedError
from local_aws.services.sagemaker.pipelines.records import RUNNING, ExecutionRecords
from local_aws.services.sagemaker.pipelines.steps.output_parameters import is_of_type
from local_aws.services.sagemaker.pipelines.stop_signal import StopSignal

_CHARACTERS = string.ascii_letters + string.digits
_LENGTH = 10
"""The API's models allow tokens of this length only."""
_POLL_SECONDS = 0.2


class Callbacks:
    """The tokens, by themselves; each is answered once."""

    def __init__(self, records: Records, executions: ExecutionRecords) -> None:
        self._tokens = Collection(records, "pipeline-callback", _missing)
        self._executions = executions
        self._answered = threading.Condition()
        self._is_closing = False

    def operations(self) -> dict[str, Operation]:
        """Return the contract."""
        return {
            "SendPipelineExecutionStepSuccess": Operation(self.succeed),
            "SendPipelineExecutionStepFailure": Operation(self.fail),
        }

    def succeed(self, request: Request) -> Answer:
        """Serve SendPipelineExecutionStepSuccess: every declared output, and no other, with a value of its type."""
        record = self._tokens.get(request["CallbackToken"])
        outputs = _outputs(record["OutputParameters"], request.get("OutputParameters", []))
        return self._answer(record, {"Outputs": outputs}, request)

    def fail(self, request: Request) -> Answer:
        """Serve SendPipelineExecutionStepFailure."""
        record = self._tokens.get(request["CallbackToken"])
        return self._answer(record, {"FailureReason": request.get("FailureReason", "")}, request)

    def open(self, execution_arn: str, step_name: str, declared: Sequence[Record]) -> str:
        """Return a new token for a step, or the one for which it waited when the server ended."""
        step = self._executions.step(execution_arn, step_name)
        waiting = (step or {}).get("Metadata", {}).get("Callback", {}).get("CallbackToken")
        if waiting is not None:
            return str(waiting)
        token = "".join(secrets.choice(_CHARACTERS) for _ in range(_LENGTH))
        record = {
            "CallbackToken": token,
            "PipelineExecutionArn": execution_arn,
            "OutputParameters": list(declared),
            "Sent": [],
        }
        self._tokens.add(token, record)
        return token

    def send_once(self, token: str, status: str, send: Callable[[], None]) -> None:
        """Send a step's message of a status unless it was sent; a server killed in between sends it once more."""
        if status not in self._tokens.get(token)["Sent"]:
            send()
            self._tokens.change(token, lambda record: record["Sent"].append(status))

    def wait(self, token: str, stop: StopSignal) -> Record | None:
        """Wait for a token's answer; return None, once, when the execution is to be stopped.

        Raises
        ------
        StepSuspendedError
            The server ends: the next one goes on waiting.
        """
        with self._answered:
            while True:
                record = self._tokens.get(token)
                if "Answer" in record:
                    return dict(record["Answer"])
                if self._is_closing:
                    raise StepSuspendedError(token)
                if stop.requested and "Stopping" not in record["Sent"]:
                    return None
                self._answered.wait(_POLL_SECONDS)

    def close(self) -> None:
        """End the waits, since the server stops."""
        with self._answered:
            self._is_closing = True
            self._answered.notify_all()

    def _answer(self, record: Record, answer: Record, request: Request) -> Answer:
        token, arn = record["CallbackToken"], record["PipelineExecutionArn"]
        answer["_by"] = request.get("ClientRequestToken")

        def change(current: Record) -> None:
            if "Answer" in current:
                raise AwsError("ConflictException", f"The callback step of token {token} has been completed already.")
            current["Answer"] = answer

        execution = self._executions.find(arn)
        if record.get("Answer") == answer:
            return {"PipelineExecutionArn": arn}
        if execution is None or execution["PipelineExecutionStatus"] not in RUNNING:
            raise AwsError("ConflictException", f"Pipeline execution {arn} of callback token {token} has ended.")
        with self._answered:
            self._tokens.change(token, change)
            self._answered.notify_all()
        return {"PipelineExecutionArn": arn}


def _outputs(declared: Sequence[Record], parameters: Sequence[Record]) -> dict[str, Any]:
    """Return the values of the declared outputs, by their types."""
    texts = {output["Name"]: output["Value"] for output in parameters}
    names = [output["OutputName"] for output in declared]
    wanted, got = (", ".join(each) or "none" for each in (names, texts))
    if sorted(texts) != sorted(names):
        raise invalid(f"The output parameters of the callback step are {wanted}; the request has {got}.")
    return {output["OutputName"]: _value(texts[output["OutputName"]], output) for output in declared}


def _value(text: str, output: Record) -> Any:
    if output["OutputType"] == "String":
        return text
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not is_of_type(value, output["OutputType"]):
        raise invalid(
            f"The value {text!r} of output parameter {output['OutputName']} is not of type {output['OutputType']}."
        )
    return value


def _missing(token: str) -> AwsError:
    return AwsError("ResourceNotFound", f"The callback token {token} does not exist.")
