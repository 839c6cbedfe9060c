"""The types of targets: the members of each, and the call that delivers an event to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from local_aws.contracts.members import Members
from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.context import Context, Request, Settings
from local_aws.kernel.errors import AwsError
from local_aws.kernel.nested_json import read_json
from local_aws.kernel.principals import acting_as
from local_aws.services.events.errors import invalid
from local_aws.services.events.json_path import ABSENT, as_text, find, is_path
from local_aws.services.events.target_input import MEMBERS as INPUT_MEMBERS
from local_aws.services.events.target_input import check_input, make_input
from local_aws.services.iam.resource_policies import check_resource_policy, check_role, check_trust

PRINCIPAL = "events.amazonaws.com"
"""Who delivers, where a target has no role."""
_COMMON = ("Id", "Arn", "RoleArn", "DeadLetterConfig", "RetryPolicy")
_PIPELINE = "SageMakerPipelineParameters"


@dataclass(frozen=True)
class Delivery:
    """An event on its way to a target."""

    id: str
    """Unique; what it starts can be told by it from what an earlier try started."""
    event: Mapping[str, Any]
    target: Mapping[str, Any]
    rule: Mapping[str, str]
    """``Name`` and ``Arn`` of the rule that matched, and ``IngestionTime``."""

    @property
    def input(self) -> str:
        """What the target is sent."""
        return make_input(self.target, self.event, self.rule)


@dataclass(frozen=True)
class TargetType:
    """A type of target."""

    resource: re.Pattern[str]
    members: tuple[str, ...]
    needs_role: bool
    """Whether EventBridge must be given a role; others can do with a policy of the resource."""
    call: Callable[[Settings, Delivery], tuple[str, str, Request]]


def _start_pipeline(settings: Settings, delivery: Delivery) -> tuple[str, str, Request]:
    parameters = delivery.target.get(_PIPELINE, {}).get("PipelineParameterList", [])
    request = {
        "PipelineName": delivery.target["Arn"].rpartition("/")[2],
        "PipelineParameters": [
            {"Name": parameter["Name"], "Value": _value(parameter, delivery.event)} for parameter in parameters
        ],
        "ClientRequestToken": delivery.id,
    }
    return "sagemaker", "StartPipelineExecution", request


def _invoke_function(settings: Settings, delivery: Delivery) -> tuple[str, str, Request]:
    payload = delivery.input
    try:
        read_json(payload)
    except ValueError as error:
        reason = f"The InputTemplate of {delivery.target['Id']} did not give JSON: {error}"
        raise AwsError("InvalidJson", reason) from None
    request = {"FunctionName": delivery.target["Arn"], "InvocationType": "Event", "Payload": payload.encode()}
    return "lambda", "Invoke", request


def _publish(settings: Settings, delivery: Delivery) -> tuple[str, str, Request]:
    return "sns", "Publish", {"TopicArn": delivery.target["Arn"], "Message": delivery.input}


def _send_message(settings: Settings, delivery: Delivery) -> tuple[str, str, Request]:
    request = {"QueueUrl": settings.queue_url(delivery.target["Arn"]), "MessageBody": delivery.input}
    return "sqs", "SendMessage", request


_TYPES = {
    "sagemaker": TargetType(re.compile(r"pipeline/[A-Za-z0-9-]+"), (_PIPELINE,), True, _start_pipeline),
    "lambda": TargetType(
        re.compile(r"function:[A-Za-z0-9_-]+(:[A-Za-z0-9_$-]+)?"), INPUT_MEMBERS, False, _invoke_function
    ),
    "sns": TargetType(re.compile(r"[A-Za-z0-9_-]+"), INPUT_MEMBERS, False, _publish),
    "sqs": TargetType(re.compile(r"[A-Za-z0-9_-]+"), INPUT_MEMBERS, False, _send_message),
}


def check_target(context: Context, rule: str, target: Mapping[str, Any]) -> None:
    """Check a target of a rule."""
    settings = context.settings
    kind = _type_of(settings, target["Arn"])
    if kind is None:
        raise invalid(
            f"local_aws does not support the target {target['Arn']} ({target['Id']}): it delivers events to SageMaker "
            f"pipelines, Lambda functions, SNS topics and SQS queues of {ACCOUNT_ID} in {settings.region}."
        )
    Members((*_COMMON, *kind.members)).check(target, f"target {target['Id']}")
    if kind.needs_role and "RoleArn" not in target:
        raise invalid(f"RoleArn is required for target {target['Id']}: {target['Arn']}.")
    check_input(target)
    for parameter in target.get(_PIPELINE, {}).get("PipelineParameterList", []):
        if parameter["Value"].startswith("$") and not is_path(parameter["Value"]):
            raise invalid(
                f"{parameter['Value']!r} of parameter {parameter['Name']} is not a JSON path such as $.detail.name."
            )
    dead_letters = target.get("DeadLetterConfig", {}).get("Arn")
    if dead_letters is not None and not dead_letters.startswith(settings.arn("sqs", "")):
        raise invalid(f"DeadLetterConfig must name an SQS queue, not {dead_letters}.")
    if "RoleArn" in target:
        _check_role_of(context, rule, target["RoleArn"])


def _check_role_of(context: Context, rule: str, role: str) -> None:
    try:
        check_trust(context, PRINCIPAL, role, rule)
    except AwsError as error:
        if error.code != "AccessDenied":
            raise
        raise invalid(f"Provided role '{role}' cannot be assumed by principal '{PRINCIPAL}': {error}") from error


def deliver(context: Context, delivery: Delivery) -> None:
    """Deliver an event to its target, once."""
    target = delivery.target
    kind = _type_of(context.settings, target["Arn"])
    if kind is None:
        raise invalid(f"{target['Arn']} is not a supported target of events")
    service, operation, request = kind.call(context.settings, delivery)
    if "RoleArn" in target:
        check_role(context, PRINCIPAL, target["RoleArn"], target["Arn"], delivery.rule["Arn"])
    else:
        check_resource_policy(context, PRINCIPAL, target["Arn"], delivery.rule["Arn"])
    with _caller(target):
        context.call(service, operation, request)


def _caller(target: Mapping[str, Any]) -> AbstractContextManager[None]:
    return acting_as(target["RoleArn"], "events") if "RoleArn" in target else nullcontext()


def _type_of(settings: Settings, arn: str) -> TargetType | None:
    for service, kind in _TYPES.items():
        prefix = settings.arn(service, "")
        if arn.startswith(prefix) and kind.resource.fullmatch(arn.removeprefix(prefix)):
            return kind
    return None


def _value(parameter: Mapping[str, str], event: Mapping[str, Any]) -> str:
    """Return a pipeline parameter's value: what stands at its path in the event, or itself."""
    if not is_path(parameter["Value"]):
        return parameter["Value"]
    value = find(parameter["Value"], event)
    if value is ABSENT:
        raise invalid(f"{parameter['Value']} of parameter {parameter['Name']} leads nowhere in the event {event['id']}")
    return as_text(value)
