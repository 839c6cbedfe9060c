"""Resources of SNS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.services.cloudformation.types.fitting import only, text_of
from local_aws.services.cloudformation.types.shared_policy import SharedPolicy
from local_aws.services.cloudformation.types.steps import (
    TagChange,
    begin,
    missing_is_fine,
    own_arn,
    tag_list,
    undone_by,
)

_MISSING = ("NotFound", "NotFoundException", "ResourceNotFound")
_TOPIC_DEFAULTS = {
    "DisplayName": "",
    "KmsMasterKeyId": "",
    "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
    "ContentBasedDeduplication": "false",
    "FifoThroughputScope": "Topic",
}
"""Attributes that can be set, with the value of a topic that has none."""
_SUBSCRIPTION_DEFAULTS = {
    "DeliveryPolicy": "",
    "FilterPolicy": "",
    "FilterPolicyScope": "MessageAttributes",
    "RawMessageDelivery": "false",
    "RedrivePolicy": "",
    "ReplayPolicy": "",
    "SubscriptionRoleArn": "",
}


class Topic(ResourceType):
    """``AWS::SNS::Topic`` with its subscriptions."""

    name = "AWS::SNS::Topic"
    _honoured = frozenset({"FifoTopic", "Subscription", "Tags", "TopicName", *_TOPIC_DEFAULTS})

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the topic, then its subscriptions."""
        properties = declared.properties
        only(properties, self._honoured, self.name)
        topic = properties.get("TopicName") or declared.generated_name(256)
        look = ("sns", "GetTopicAttributes", {"TopicArn": own_arn(call, "sns", topic)})
        begin(call, declared, topic, look, *_MISSING)
        attributes = {name: text_of(properties[name]) for name in _TOPIC_DEFAULTS if name in properties}
        if properties.get("FifoTopic"):
            attributes["FifoTopic"] = "true"
        request: dict[str, Any] = {"Name": topic, "Attributes": attributes}
        if properties.get("Tags"):
            request["Tags"] = properties["Tags"]
        arn = call("sns", "CreateTopic", request)["TopicArn"]
        with undone_by(lambda: self.delete(call, arn, properties)):
            for subscription in properties.get("Subscription", []):
                _subscribe(call, arn, subscription)
        return _topic(arn)

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Change attributes, subscriptions and tags that differ."""
        after = declared.properties
        only(after, self._honoured, self.name)
        for name, value in _changed(_TOPIC_DEFAULTS, before, after).items():
            request = {"TopicArn": physical_id, "AttributeName": name, "AttributeValue": value}
            call("sns", "SetTopicAttributes", request)
        old, new = before.get("Subscription", []), after.get("Subscription", [])
        for subscription in new:
            if subscription not in old:
                _subscribe(call, physical_id, subscription)
        dropped = [(gone["Protocol"], gone["Endpoint"]) for gone in old if gone not in new]
        if dropped:
            for found in call("sns", "ListSubscriptionsByTopic", {"TopicArn": physical_id})["Subscriptions"]:
                # SNS does not let go of one that waits for its confirmation; it goes by itself.
                is_confirmed = found["SubscriptionArn"] != "PendingConfirmation"
                if is_confirmed and (found["Protocol"], found["Endpoint"]) in dropped:
                    call("sns", "Unsubscribe", {"SubscriptionArn": found["SubscriptionArn"]})
        tags = TagChange.of(before, after)
        if tags.put:
            call("sns", "TagResource", {"ResourceArn": physical_id, "Tags": tag_list(tags.put)})
        if tags.removed:
            call("sns", "UntagResource", {"ResourceArn": physical_id, "TagKeys": tags.removed})
        return _topic(physical_id)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the topic, and with it its subscriptions."""
        # Of a topic that a killed server was making, the stack knows the name alone.
        arn = physical_id if physical_id.startswith("arn:") else own_arn(call, "sns", physical_id)
        with missing_is_fine(*_MISSING):
            call("sns", "DeleteTopic", {"TopicArn": arn})


class TopicPolicy(SharedPolicy):
    """``AWS::SNS::TopicPolicy``: the same policy for several topics; without it a topic has the default one."""

    name = "AWS::SNS::TopicPolicy"
    member = "Topics"
    missing = _MISSING

    def put(self, call: Call, resource: str, policy: str) -> None:
        """Set a topic's policy."""
        call("sns", "SetTopicAttributes", {"TopicArn": resource, "AttributeName": "Policy", "AttributeValue": policy})


class Subscription(ResourceType):
    """``AWS::SNS::Subscription``."""

    name = "AWS::SNS::Subscription"
    _honoured = frozenset({"Endpoint", "Protocol", "TopicArn", *_SUBSCRIPTION_DEFAULTS})

    def create(self, call: Call, declared: Declared) -> Made:
        """Subscribe."""
        properties = declared.properties
        only(properties, self._honoured, self.name)
        attributes = {name: text_of(properties[name]) for name in _SUBSCRIPTION_DEFAULTS if name in properties}
        arn = _subscribe(call, properties["TopicArn"], properties, attributes)
        return Made(arn, {"Arn": arn})

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Change the attributes that differ."""
        only(declared.properties, self._honoured, self.name)
        for name, value in _changed(_SUBSCRIPTION_DEFAULTS, before, declared.properties).items():
            request = {"SubscriptionArn": physical_id, "AttributeName": name, "AttributeValue": value}
            call("sns", "SetSubscriptionAttributes", request)
        return Made(physical_id, {"Arn": physical_id})

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Unsubscribe."""
        with missing_is_fine(*_MISSING):
            call("sns", "Unsubscribe", {"SubscriptionArn": physical_id})


def _subscribe(
    call: Call, topic: str, subscription: Mapping[str, Any], attributes: Mapping[str, str] | None = None
) -> str:
    request: dict[str, Any] = {"TopicArn": topic, "Protocol": subscription["Protocol"], "ReturnSubscriptionArn": True}
    if "Endpoint" in subscription:
        request["Endpoint"] = subscription["Endpoint"]
    if attributes:
        request["Attributes"] = dict(attributes)
    return str(call("sns", "Subscribe", request)["SubscriptionArn"])


def _changed(defaults: Mapping[str, str], before: Properties, after: Properties) -> dict[str, str]:
    """Return the attributes that differ, those that are gone with their default."""
    return {
        name: text_of(after.get(name, default))
        for name, default in defaults.items()
        if before.get(name) != after.get(name)
    }


def _topic(arn: str) -> Made:
    return Made(arn, {"TopicArn": arn, "TopicName": arn.rpartition(":")[2]})
