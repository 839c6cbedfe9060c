"""The messages of the Callback step ``DeployEndpoint``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

SERVERLESS = "Serverless"
_STOPPING = "Stopping"


@dataclass(frozen=True)
class Request:
    """The step's arguments; each is named like its field, in CamelCase."""

    model_name: str
    model_package_arn: str
    endpoint_name: str
    config_name: str
    """The endpoint configuration to create, one per execution."""
    deploy_pipeline: str
    """The pipeline that approvals start."""
    endpoint_type: str
    """:data:`SERVERLESS`, or on instances."""
    instance_type: str
    min_instance_count: int
    max_instance_count: int
    """Bounds of automatic scaling. Nothing scales if the maximum is not above the minimum."""
    invocations_per_instance: float
    """What automatic scaling aims at, per minute."""
    serverless_memory_in_mb: int
    serverless_max_concurrency: int
    enable_data_capture: bool
    data_capture_percentage: int
    data_capture_url: str
    """Whether requests and answers are kept, how many of them, and their S3 prefix; on instances only."""
    bake_seconds: int
    """How long an update watches the alarms, after each shift of traffic."""
    traffic_routing: str
    """``ALL_AT_ONCE``, ``CANARY`` or ``LINEAR``."""
    kms_key_arn: str
    """Key of the instances' volumes and of what is captured; empty for SageMaker's own."""
    alarms: str
    """Names of the alarms that roll an update back, separated by commas."""
    tags: str
    """Tags of the configuration and the endpoint, as a JSON object."""

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Request:
        """Read the arguments of a message; SageMaker writes a parameter's value as the type that it was declared as."""
        values: dict[str, Any] = {}
        for name, field in cls.__dataclass_fields__.items():
            value = arguments[argument_name(name)]
            if field.type == "bool":
                values[name] = str(value).lower() == "true"
            else:
                values[name] = {"int": int, "float": float, "str": str}[str(field.type)](value)
        return cls(**values)

    @property
    def aws_tags(self) -> list[dict[str, str]]:
        """The tags as the AWS APIs take them."""
        return [{"Key": key, "Value": value} for key, value in sorted(json.loads(self.tags).items())]


def argument_name(field: str) -> str:
    """Return the name that a field of :class:`Request` has among the step's arguments."""
    return "".join(word.capitalize() for word in field.split("_"))


@dataclass(frozen=True)
class Message:
    """A message of SageMaker Pipelines, as Lambda receives it from the queue."""

    message_id: str
    receipt_handle: str
    queue_arn: str
    token: str
    """What SageMaker waits to be answered."""
    execution_arn: str
    is_stop: bool
    """Whether it says that somebody stops the execution."""
    sent: datetime
    """When SageMaker sent it; a message that comes back keeps the time."""
    receive_count: int
    """How many times it has been received, this one included."""
    request: Request

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Message:
        """Read a record of the function's event.

        The body is the one of AWS's documentation: ``token``, ``pipelineExecutionArn``, ``arguments``, ``status``.
        """
        body = json.loads(record["body"])
        return cls(
            message_id=record["messageId"],
            receipt_handle=record["receiptHandle"],
            queue_arn=record["eventSourceARN"],
            token=body["token"],
            execution_arn=body["pipelineExecutionArn"],
            is_stop=body["status"] == _STOPPING,
            sent=datetime.fromtimestamp(int(record["attributes"]["SentTimestamp"]) / 1000, UTC),
            receive_count=int(record["attributes"]["ApproximateReceiveCount"]),
            request=Request.of(body["arguments"]),
        )

    @property
    def queue_url(self) -> str:
        """The queue's URL; any service endpoint takes the one that its account and name make."""
        _, _, _, region, account, name = self.queue_arn.split(":")
        return f"https://sqs.{region}.amazonaws.com/{account}/{name}"
