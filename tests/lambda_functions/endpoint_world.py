"""An endpoint, a registry and a pipeline's execution in memory, for the function ``deploy-endpoint``."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from lambda_functions.deployment_message import Request, argument_name
from tests.lambda_functions.registry import GROUP, SageMaker, could_not_find, execution_arn, package_arn

TOKEN = "0123456789"
QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:playgrounds-deployments"
CONFIG = f"{GROUP}-abc"

# An argument that no test is about has a value, too.
_ANY = {"bool": False, "float": 1.0, "int": 1, "str": ""}
ARGUMENTS: dict[str, Any] = {
    argument_name(name): _ANY[str(each.type)] for name, each in Request.__dataclass_fields__.items()
} | {
    "ModelName": "2",
    "ModelPackageArn": package_arn(2),
    "EndpointName": GROUP,
    "ConfigName": CONFIG,
    "DeployPipeline": f"{GROUP}-deploy",
    "EndpointType": "Instance",
    "InstanceType": "ml.m5.large",
    "MinInstanceCount": 1,
    "MaxInstanceCount": 2,
    "InvocationsPerInstance": 1000.0,
    "ServerlessMemoryInMb": 2048,
    "ServerlessMaxConcurrency": 5,
    "DataCapturePercentage": 100,
    "DataCaptureUrl": "s3://bucket/capture",
    "BakeSeconds": 300,
    "TrafficRouting": "ALL_AT_ONCE",
    "Alarms": "errors,latency",
    "Tags": '{"Stack": "playgrounds"}',
}


class KilledError(BaseException):
    """Raised in place of a call, or after it: the function ends there."""


def record(*, status: str = "Executing", sent: datetime | None = None, token: str = TOKEN, **arguments: Any) -> dict:
    """Return a record of the function's event."""
    body = {
        "token": token,
        "pipelineExecutionArn": execution_arn("mine"),
        "arguments": {**ARGUMENTS, **arguments},
        "status": status,
    }
    return {
        "messageId": "message",
        "receiptHandle": "handle",
        "eventSourceARN": QUEUE_ARN,
        "body": json.dumps(body),
        "attributes": {
            "SentTimestamp": str(int((sent or datetime.now(UTC)).timestamp() * 1000)),
            "ApproximateReceiveCount": "1",
        },
    }


def refused(operation: str, message: str, code: str = "ValidationException") -> ClientError:
    """Return a refusal of SageMaker."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@dataclass
class World(SageMaker):
    """SageMaker with configurations that are created, and an endpoint that changes when it is told to settle.

    Attributes
    ----------
    configs
        Arguments of ``CreateEndpointConfig`` by name, and their tags.
    calls
        Names of the calls that change something, in order.
    kill_at
        The call, counted from 0, at which the function is killed: before it, or after it if `kill_after`.
    """

    configs: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    scaling: list[str] = field(default_factory=list)
    answers: list[tuple[str, Any]] = field(default_factory=list)
    waits_for: str = TOKEN
    execution_status: str = "Executing"
    kill_at: int | None = None
    kill_after: bool = False
    count: int = 0

    def settle(self, *, rolled_back: bool = False) -> None:
        """End the update in progress."""
        assert self.endpoint
        pending = self.endpoint.pop("PendingDeploymentSummary", None)
        if rolled_back:
            self.endpoint["FailureReason"] = "alarm errors"
        elif pending:
            self.endpoint["EndpointConfigName"] = pending["EndpointConfigName"]
        self.endpoint["EndpointStatus"] = "InService"

    def describe_endpoint_config(self, *, EndpointConfigName: str) -> dict[str, Any]:  # noqa: N803
        if EndpointConfigName in self.configs:
            return {**self.configs[EndpointConfigName], "EndpointConfigArn": EndpointConfigName}
        if EndpointConfigName.isdigit():
            return super().describe_endpoint_config(EndpointConfigName=EndpointConfigName)
        raise could_not_find(EndpointConfigName, "DescribeEndpointConfig")

    def describe_pipeline_execution(self, *, PipelineExecutionArn: str) -> dict[str, Any]:  # noqa: N803
        if PipelineExecutionArn == execution_arn("mine"):
            return {"PipelineExecutionStatus": self.execution_status}
        return super().describe_pipeline_execution(PipelineExecutionArn=PipelineExecutionArn)

    def create_endpoint_config(self, **arguments: Any) -> dict[str, Any]:
        def create() -> dict[str, Any]:
            self.configs[arguments["EndpointConfigName"]] = arguments
            return {"EndpointConfigArn": arguments["EndpointConfigName"]}

        return self._call("CreateEndpointConfig", create)

    def create_endpoint(self, **arguments: Any) -> dict[str, Any]:
        def create() -> dict[str, Any]:
            self.endpoint = {**arguments, "EndpointStatus": "Creating", "ProductionVariants": []}
            return {}

        return self._call("CreateEndpoint", create)

    def update_endpoint(self, **arguments: Any) -> dict[str, Any]:
        def update() -> dict[str, Any]:
            assert self.endpoint
            if self.endpoint["EndpointStatus"] != "InService":
                raise refused("UpdateEndpoint", "Cannot update in-progress endpoint")
            self.endpoint["EndpointStatus"] = "Updating"
            self.endpoint["PendingDeploymentSummary"] = {"EndpointConfigName": arguments["EndpointConfigName"]}
            return {}

        return self._call("UpdateEndpoint", update)

    def add_tags(self, *, ResourceArn: str, Tags: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        return self._call("AddTags", lambda: self.configs[ResourceArn]["Tags"].extend(Tags) or {})

    def register_scalable_target(self, **arguments: Any) -> None:
        self._call("RegisterScalableTarget", lambda: self.scaling.append("registered"))

    def put_scaling_policy(self, **arguments: Any) -> None:
        self._call("PutScalingPolicy", lambda: None)

    def deregister_scalable_target(self, **arguments: Any) -> None:
        self._call("DeregisterScalableTarget", lambda: self.scaling.append("deregistered"))

    def send_pipeline_execution_step_success(self, **answer: Any) -> dict[str, Any]:
        outputs = {output["Name"]: output["Value"] for output in answer["OutputParameters"]}
        return self._call("SendPipelineExecutionStepSuccess", lambda: self._answer(answer["CallbackToken"], outputs))

    def send_pipeline_execution_step_failure(self, **answer: Any) -> dict[str, Any]:
        reason = answer["FailureReason"]
        return self._call("SendPipelineExecutionStepFailure", lambda: self._answer(answer["CallbackToken"], reason))

    def change_message_visibility(self, **arguments: Any) -> None:
        self._call("ChangeMessageVisibility", lambda: None)

    def get_paginator(self, operation: str) -> Any:
        world = self

        class Listing:
            def paginate(self, **request: Any) -> list[dict[str, Any]]:
                if operation == "list_tags":
                    return [{"Tags": world.configs[request["ResourceArn"]]["Tags"]}]
                callback = {"Callback": {"CallbackToken": world.waits_for}}
                return [{"PipelineExecutionSteps": [{"StepStatus": "Executing", "Metadata": callback}]}]

        if operation in ("list_tags", "list_pipeline_execution_steps"):
            return Listing()
        return super().get_paginator(operation)

    def _answer(self, token: str, answer: Any) -> dict[str, Any]:
        if token != self.waits_for:
            raise refused("SendPipelineExecutionStep", "there is no such token", "ResourceNotFound")
        self.waits_for = ""
        self.answers.append((token, answer))
        return {}

    def _call(self, name: str, effect: Any) -> Any:
        """Count a call, and be killed before or after it."""
        number, self.count = self.count, self.count + 1
        if number == self.kill_at and not self.kill_after:
            raise KilledError(name)
        self.calls.append(name)
        answer = effect()
        if number == self.kill_at:
            raise KilledError(name)
        return answer
