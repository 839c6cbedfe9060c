"""Events that cannot be delivered go to the target's dead-letter queue, and to a file that a person can read."""

from __future__ import annotations

import json
from typing import Any

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.json_lines import JsonLines
from local_aws.kernel.metric_stream import MetricStream
from local_aws.kernel.records import now
from local_aws.services.events.failures import Failure
from local_aws.services.events.target_types import PRINCIPAL, Delivery
from local_aws.services.iam.resource_policies import check_resource_policy

_MAX_MESSAGE = 1_024


class Undelivered:
    """Keeps what could not be delivered."""

    def __init__(self, context: Context, metrics: MetricStream) -> None:
        self._context = context
        self._metrics = metrics
        self._lines = JsonLines(context.settings.data_dir / "events")

    def keep(self, delivery: Delivery, failure: Failure, attempts: int, exhausted: str | None) -> None:
        """Keep a delivery that has failed for good.

        Parameters
        ----------
        exhausted
            Which bound of the RetryPolicy was reached, None when another try was pointless.
        """
        line = {
            "Time": now().isoformat(timespec="milliseconds"),
            "RuleArn": delivery.rule["Arn"],
            "TargetId": delivery.target["Id"],
            "TargetArn": delivery.target["Arn"],
            "ErrorCode": failure.code,
            "ErrorMessage": failure.message,
            "Attempts": attempts,
            **({"ExhaustedRetryCondition": exhausted} if exhausted else {}),
            "DeadLetter": self._bury(delivery, failure, attempts, exhausted),
            "Event": delivery.event,
        }
        self._lines.write("failed-deliveries", line)

    def _bury(self, delivery: Delivery, failure: Failure, attempts: int, exhausted: str | None) -> str:
        """Send the event to the dead-letter queue, and return the outcome."""
        arn = delivery.target.get("DeadLetterConfig", {}).get("Arn")
        if arn is None:
            return "the target has no DeadLetterConfig"
        attributes = {
            "RULE_ARN": _text(delivery.rule["Arn"]),
            "TARGET_ARN": _text(delivery.target["Arn"]),
            "ERROR_CODE": _text(failure.code),
            "ERROR_MESSAGE": _text(failure.message[:_MAX_MESSAGE]),
            "RETRY_ATTEMPTS": {"DataType": "Number", "StringValue": str(attempts - 1)},
            **({"EXHAUSTED_RETRY_CONDITION": _text(exhausted)} if exhausted else {}),
        }
        body = json.dumps(delivery.event, separators=(",", ":"), ensure_ascii=False)
        request = {
            "QueueUrl": self._context.settings.queue_url(arn),
            "MessageBody": body,
            "MessageAttributes": attributes,
        }
        dimensions = {"RuleName": delivery.rule["Name"]}
        try:
            check_resource_policy(self._context, PRINCIPAL, arn, delivery.rule["Arn"])
            self._context.call("sqs", "SendMessage", request)
        except AwsError as error:
            self._metrics.put("InvocationsFailedToBeSentToDlq", 1, dimensions)
            return f"not sent to {arn}: {error}"
        self._metrics.put("InvocationsSentToDlq", 1, dimensions)
        return f"sent to {arn}"


def _text(value: str) -> dict[str, Any]:
    return {"DataType": "String", "StringValue": value}
