"""The Callback step: sends a message to a queue and waits until its token is answered."""

from __future__ import annotations

import json
from typing import Any

from local_aws.services.sagemaker.pipelines.errors import DefinitionError, StepFailedError
from local_aws.services.sagemaker.pipelines.expressions import is_expression
from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result, StepType
from local_aws.services.sagemaker.pipelines.steps.output_parameters import check_outputs, text_of

_EXECUTING, _STOPPING = "Executing", "Stopping"
_MAX_URL_LENGTH = 256


class CallbackStep(StepType):
    """Waits for SendPipelineExecutionStepSuccess or SendPipelineExecutionStepFailure, without a limit.

    A stop of the execution sends another message, whose ``status`` is Stopping, and waits for the same token, as the
    API's reference of StopPipelineExecution says. A server that starts anew goes on waiting.
    """

    members = frozenset({"SqsQueueUrl", "OutputParameters"})
    cache_attributes = ("SqsQueueUrl", "OutputParameters", "Arguments")

    def check(self, arguments: dict[str, Any]) -> None:
        """Accept any arguments: they are part of the message."""

    def own_arguments(self, node: dict[str, Any]) -> dict[str, Any]:
        """Check the queue and the outputs, and return them with the message's arguments."""
        url, outputs = node.get("SqsQueueUrl"), node.get("OutputParameters") or []
        is_url = isinstance(url, str) and "://" in url and len(url) <= _MAX_URL_LENGTH
        if not is_url and not is_expression(url):
            raise DefinitionError(f"a Callback step takes the SqsQueueUrl of a queue, not {url!r}")
        check_outputs(outputs)
        return {"SqsQueueUrl": url, "OutputParameters": outputs, "Arguments": node["Arguments"]}

    def run(self, attempt: Attempt) -> Result:
        """Send the message unless an earlier server has, and wait."""
        callbacks, declared = attempt.callbacks, attempt.arguments["OutputParameters"]
        url = attempt.arguments["SqsQueueUrl"]
        token = callbacks.open(attempt.execution_arn, attempt.step_name, declared)
        shown = {"CallbackToken": token, "SqsQueueUrl": url}
        attempt.started({"Callback": shown})
        callbacks.send_once(token, _EXECUTING, lambda: _send(attempt, token, _EXECUTING))
        while (answer := callbacks.wait(token, attempt.stop)) is None:
            callbacks.send_once(token, _STOPPING, lambda: _send(attempt, token, _STOPPING))
        if "FailureReason" in answer:
            raise StepFailedError(answer["FailureReason"])
        values = answer["Outputs"]
        parameters = [{"Name": name, "Value": text_of(value)} for name, value in values.items()]
        return Result({"Callback": {**shown, "OutputParameters": parameters}}, {"OutputParameters": values})


def _send(attempt: Attempt, token: str, status: str) -> None:
    body = {
        "token": token,
        "pipelineExecutionArn": attempt.execution_arn,
        "arguments": attempt.arguments["Arguments"],
        "status": status,
    }
    request = {"QueueUrl": attempt.arguments["SqsQueueUrl"], "MessageBody": json.dumps(body)}
    attempt.call_service("sqs", "SendMessage", request)
