"""Publish: the message is delivered to the queues that are subscribed, and written down.

Its attributes are checked in the order and the words of SNS.
"""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.json_lines import JsonLines
from local_aws.kernel.nested_json import read_json
from local_aws.kernel.records import Record, now
from local_aws.services.iam.resource_policies import check_resource_policy
from local_aws.services.sns.subscriptions import Subscriptions
from local_aws.services.sns.topics import Topics, invalid
from local_aws.services.sqs import message_attributes

_SERVICE = "sns.amazonaws.com"
_MAX_BYTES = 262_144
_MAX_SUBJECT = 100
_MAX_SQS_ATTRIBUTES = 10

_FIELDS = {"String": "String", "Number": "String", "Binary": "Binary"}
_MAX_NAME_BYTES = 256
_OTHER_THAN_NAME = re.compile(r"[^A-Za-z0-9_.-]")


class Publishing:
    """Serves Publish.

    A line of ``<data>/sns/<topic>.jsonl`` records what was published and the outcome of each delivery. A queue is in
    this server, so that a delivery that fails once fails for good, as SNS holds it with client errors.
    """

    def __init__(self, context: Context, topics: Topics, subscriptions: Subscriptions) -> None:
        self._context = context
        self._topics = topics
        self._subscriptions = subscriptions
        self._lines = JsonLines(context.settings.data_dir / "sns")

    def publish(self, request: Request) -> Answer:
        """Serve Publish."""
        arn = request.get("TopicArn", request.get("TargetArn"))
        if arn is None:
            raise invalid("TopicArn or TargetArn Reason: no value for required parameter")
        topic = self._topics.get(arn)
        _check(request)
        notification: Record = {
            "MessageId": str(uuid.uuid4()),
            "TopicArn": topic["TopicArn"],
            "Timestamp": now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            **({"Subject": request["Subject"]} if request.get("Subject") else {}),
            "Message": request["Message"],
        }
        attributes = request.get("MessageAttributes", {})
        if attributes:
            notification["MessageAttributes"] = {name: _shown(value) for name, value in attributes.items()}
        texts = _texts(request)
        deliveries = [
            {
                "Protocol": subscription["Protocol"],
                "Endpoint": subscription["Endpoint"],
                "Outcome": self._deliver(subscription, {**notification, "Message": texts["sqs"]}, attributes),
            }
            for subscription in self._subscriptions.of_topic(topic["TopicArn"])
        ]
        self._lines.write(topic["TopicArn"].rpartition(":")[2], {**notification, "Deliveries": deliveries})
        return {"MessageId": notification["MessageId"]}

    def _deliver(self, subscription: Record, notification: Record, attributes: Mapping[str, Any]) -> str:
        if subscription["IsPending"]:
            return "not sent: the subscription is not confirmed"
        queue = subscription["Endpoint"]
        message: Request = {"QueueUrl": self._context.settings.queue_url(queue)}
        if not subscription["IsRaw"]:
            message["MessageBody"] = json.dumps({"Type": "Notification", **notification})
        else:
            message["MessageBody"] = notification["Message"]
            if attributes:
                if len(attributes) > _MAX_SQS_ATTRIBUTES:
                    return f"failed: a raw message has {len(attributes)} attributes, and SQS allows ten"
                message["MessageAttributes"] = dict(attributes)
        try:
            check_resource_policy(self._context, _SERVICE, queue, subscription["TopicArn"])
            sent = self._context.call("sqs", "SendMessage", message)
        except AwsError as error:
            return f"failed: {error}"
        return f"delivered as {sent['MessageId']}"


def _check(request: Request) -> None:
    attributes = request.get("MessageAttributes", {})
    if not request["Message"]:
        raise invalid("Empty message")
    subject = request.get("Subject")
    if subject is not None and (not 0 < len(subject) <= _MAX_SUBJECT or not subject.isprintable()):
        raise invalid("Subject")
    if request.get("MessageStructure", "json") != "json":
        raise invalid(f"Message Structure: {request['MessageStructure']!r}; only json is a structure")
    _check_attributes(attributes)
    if len(request["Message"].encode()) + message_attributes.size(attributes) > _MAX_BYTES:
        raise invalid("Message too long")


def _check_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> None:
    """Check that each attribute has a valid name, and the one value that its type asks for."""
    for name, attribute in attributes.items():
        _check_name(name)
        _check_value(name, attribute)


def _check_name(name: str) -> None:
    if len(name.encode()) > _MAX_NAME_BYTES:
        raise _invalid_attribute(f"Length of message attribute name must be less than {_MAX_NAME_BYTES} bytes.")
    if match := _OTHER_THAN_NAME.search(name):
        raise _invalid_attribute(
            f"Invalid non-alphanumeric character '#x{ord(match[0]):X}' was found in the message attribute name. Can "
            "only include alphanumeric characters, hyphens, underscores, or dots."
        )
    if name.startswith("."):
        raise _invalid_attribute("Invalid message attribute name starting with character '.' was found.")
    if name.endswith("."):
        raise _invalid_attribute("Invalid message attribute name ending with character '.' was found.")
    if ".." in name:
        raise _invalid_attribute("Message attribute name can not have successive '.' character.")


def _check_value(name: str, attribute: Mapping[str, Any]) -> None:
    kind = attribute["DataType"]
    field = _FIELDS.get(kind.partition(".")[0])
    if field is None:
        raise _invalid_attribute(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes "
            "is Binary, Number, and String."
        )
    values = {member.removesuffix("Value") for member, value in attribute.items() if member != "DataType" and value}
    if values - {field}:
        raise _invalid_attribute(f"The message attribute '{name}' with type '{kind}' must use field '{field}'.")
    if not values:
        raise _invalid_attribute(
            f"The message attribute '{name}' must contain non-empty message attribute value for message attribute type "
            f"'{kind}'."
        )


def _invalid_attribute(message: str) -> AwsError:
    return AwsError("ParameterValueInvalid", message)


def _texts(request: Request) -> dict[str, str]:
    """Return the text for each protocol that is delivered by."""
    text = request["Message"]
    if request.get("MessageStructure") != "json":
        return {"sqs": text}
    try:
        texts = read_json(text)
    except ValueError as error:
        raise invalid("Message Structure - JSON message body failed to parse") from error
    if not isinstance(texts, dict) or not isinstance(texts.get("default"), str):
        raise invalid("Message Structure - No default entry in JSON message body")
    own = texts.get("sqs")
    return {"sqs": own if isinstance(own, str) else texts["default"]}


def _shown(attribute: Mapping[str, Any]) -> dict[str, str]:
    is_text = "StringValue" in attribute
    value = attribute["StringValue"] if is_text else base64.b64encode(attribute["BinaryValue"]).decode()
    return {"Type": attribute["DataType"], "Value": value}
