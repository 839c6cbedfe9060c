"""The Lambda step: invokes a function and checks the outputs that it returns."""

from __future__ import annotations

import json
import threading
from concurrent.futures import Future
from typing import Any

from local_aws.kernel.context import Answer
from local_aws.kernel.nested_json import read_json
from local_aws.services.sagemaker.pipelines.errors import DefinitionError, StepFailedError
from local_aws.services.sagemaker.pipelines.expressions import is_expression
from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result, StepType
from local_aws.services.sagemaker.pipelines.steps.output_parameters import (
    MAX_VALUE_LENGTH,
    as_declared,
    check_outputs,
    is_of_type,
    text_of,
)

LIMIT_SECONDS = 600.0
"""The service waits ten minutes for a function."""


class LambdaStep(StepType):
    """Runs ``Invoke`` of Lambda with the step's arguments as the event.

    A function that runs cannot be stopped: a stop of the execution waits for it, as the API's reference says.
    """

    members = frozenset({"FunctionArn", "OutputParameters"})
    cache_attributes = ("FunctionArn", "OutputParameters", "Arguments")

    def __init__(self, limit_seconds: float = LIMIT_SECONDS) -> None:
        self._limit_seconds = limit_seconds

    def check(self, arguments: dict[str, Any]) -> None:
        """Accept any arguments: they are the function's event."""

    def own_arguments(self, node: dict[str, Any]) -> dict[str, Any]:
        """Check the function and its outputs, and return them with the event."""
        function, outputs = node.get("FunctionArn"), node.get("OutputParameters") or []
        is_arn = isinstance(function, str) and function.startswith("arn:") and ":lambda:" in function
        if not is_arn and not is_expression(function):
            raise DefinitionError(f"a Lambda step takes the FunctionArn of a Lambda function, not {function!r}")
        check_outputs(outputs)
        return {"FunctionArn": function, "OutputParameters": outputs, "Arguments": node["Arguments"]}

    def run(self, attempt: Attempt) -> Result:
        """Invoke the function; it must return the outputs that the step declares, in time."""
        arn = attempt.arguments["FunctionArn"]
        attempt.started({"Lambda": {"Arn": arn}})
        answer = self._invoke(attempt, arn)
        try:
            payload = read_json(answer["Payload"])
        except ValueError as error:
            reason = f"ClientError: the answer of the Lambda function {arn} cannot be read: {error}"
            raise StepFailedError(reason) from None
        if "FunctionError" in answer:
            raise StepFailedError(f"ClientError: The Lambda function {arn} failed: {_error(payload)}")
        values = _outputs(attempt.arguments["OutputParameters"], payload, arn)
        parameters = [{"Name": name, "Value": text_of(value)} for name, value in values.items()]
        return Result({"Lambda": {"Arn": arn, "OutputParameters": parameters}}, {"OutputParameters": values})

    def _invoke(self, attempt: Attempt, arn: str) -> Answer:
        answer: Future[Answer] = Future()
        event = json.dumps(attempt.arguments["Arguments"]).encode()

        def invoke() -> None:
            try:
                answer.set_result(attempt.call_service("lambda", "Invoke", {"FunctionName": arn, "Payload": event}))
            except Exception as error:  # noqa: BLE001 (raised again in the waiting thread)
                answer.set_exception(error)

        threading.Thread(target=invoke, name=f"invoke {arn}", daemon=True).start()
        try:
            return answer.result(self._limit_seconds)
        except TimeoutError:
            minutes = self._limit_seconds / 60
            reason = f"ClientError: The Lambda function {arn} has not ended within {minutes:g} minutes"
            raise StepFailedError(reason) from None


def _outputs(declared: list[dict[str, str]], payload: Any, arn: str) -> dict[str, Any]:
    """Return the declared outputs from what the function returned."""
    values = {}
    for output in declared:
        name, kind = output["OutputName"], output["OutputType"]
        if not isinstance(payload, dict) or name not in payload:
            raise StepFailedError(f"ClientError: The Lambda function {arn} returned no output parameter {name!r}")
        value = as_declared(payload[name], kind)
        if not is_of_type(value, kind):
            raise StepFailedError(
                f"ClientError: The Lambda function {arn} returned {value!r} for the output parameter {name!r}, "
                f"which is of type {kind}"
            )
        if len(text_of(value)) > MAX_VALUE_LENGTH:
            raise StepFailedError(
                f"ClientError: The Lambda function {arn} returned more than {MAX_VALUE_LENGTH} characters for the "
                f"output parameter {name!r}"
            )
        values[name] = value
    return values


def _error(payload: Any) -> str:
    if not isinstance(payload, dict):
        return str(payload)
    return f"{payload.get('errorType', 'Error')}: {payload.get('errorMessage', '')}"
