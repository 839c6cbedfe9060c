"""Resources of SNS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.contracts.tags import TagForm
from local_aws.kernel.context import Context, Request
from local_aws.services.cloudformation.resource_type import Properties
from local_aws.services.cloudformation.types.fitting import text_of
from local_aws.services.cloudformation.types.resource_policies import SharedPolicy
from local_aws.services.cloudformation.types.service_type import ServiceType, changed_attributes

_TOPIC_DEFAULTS = {
    "DisplayName": "",
    "KmsMasterKeyId": "",
    "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
    "ContentBasedDeduplication": "false",
    "FifoThroughputScope": "Topic",
}
"""Attributes that can be set, with the value of a topic for which they are not."""
_SUBSCRIPTION_DEFAULTS = {
    "DeliveryPolicy": "",
    "FilterPolicy": "",
    "FilterPolicyScope": "MessageAttributes",
    "RawMessageDelivery": "false",
    "RedrivePolicy": "",
    "ReplayPolicy": "",
    "SubscriptionRoleArn": "",
}


class _SnsType(ServiceType):
    service = "sns"
    missing = ("NotFound", "NotFoundException", "ResourceNotFound")


class Topic(_SnsType):
    """``AWS::SNS::Topic`` with its subscriptions."""

    name = "AWS::SNS::Topic"
    creates, reads, deletes = "CreateTopic", "GetTopicAttributes", "DeleteTopic"
    name_property, max_name, id_path = "TopicName", 256, "TopicArn"
    honoured = ("FifoTopic", "Subscription", "Tags", "TopicName", *_TOPIC_DEFAULTS)
    tag_form = TagForm()

    def reference(self, context: Context, name: str, properties: Properties) -> Request:
        # Of a topic that a killed server was creating, the stack has the name alone.
        return {"TopicArn": name if name.startswith("arn:") else context.settings.arn("sns", name)}

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        fifo = {"FifoTopic": "true"} if properties.get("FifoTopic") else {}
        attributes = {name: text_of(properties[name]) for name in _TOPIC_DEFAULTS if name in properties} | fifo
        return {"Name": name, "Attributes": attributes, "Tags": properties.get("Tags", [])}

    def change(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        for name, value in changed_attributes(_TOPIC_DEFAULTS, after, before).items():
            members = {"TopicArn": physical_id, "AttributeName": name, "AttributeValue": value}
            self.send(context, "SetTopicAttributes", members)

    def settle(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        old, new = before.get("Subscription", []), after.get("Subscription", [])
        for subscription in new:
            if subscription not in old:
                self.send(context, "Subscribe", {"TopicArn": physical_id, **_subscription(subscription)})
        dropped = [(item["Protocol"], item["Endpoint"]) for item in old if item not in new]
        if dropped:
            listed = self.send(context, "ListSubscriptionsByTopic", {"TopicArn": physical_id})["Subscriptions"]
            for subscription in listed:
                # SNS does not remove one that waits for its confirmation; it expires by itself.
                is_confirmed = subscription["SubscriptionArn"] != "PendingConfirmation"
                if is_confirmed and (subscription["Protocol"], subscription["Endpoint"]) in dropped:
                    self.send(context, "Unsubscribe", {"SubscriptionArn": subscription["SubscriptionArn"]})

    def attributes(self, context: Context, physical_id: str) -> dict[str, Any]:
        return {"TopicArn": physical_id, "TopicName": physical_id.rpartition(":")[2]}


class TopicPolicy(_SnsType, SharedPolicy):
    """``AWS::SNS::TopicPolicy``: the same policy for several topics; without it a topic has the default one."""

    name, member = "AWS::SNS::TopicPolicy", "Topics"

    def put(self, context: Context, resource: str, policy: str) -> None:
        members = {"TopicArn": resource, "AttributeName": "Policy", "AttributeValue": policy}
        self.send(context, "SetTopicAttributes", members)


class Subscription(_SnsType):
    """``AWS::SNS::Subscription``."""

    name = "AWS::SNS::Subscription"
    creates, deletes = "Subscribe", "Unsubscribe"
    key = id_path = "SubscriptionArn"
    name_property = ""
    honoured = ("Endpoint", "Protocol", "TopicArn", *_SUBSCRIPTION_DEFAULTS)

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        attributes = {name: text_of(properties[name]) for name in _SUBSCRIPTION_DEFAULTS if name in properties}
        return {"TopicArn": properties["TopicArn"], **_subscription(properties), "Attributes": attributes}

    def change(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        for name, value in changed_attributes(_SUBSCRIPTION_DEFAULTS, after, before).items():
            members = {"SubscriptionArn": physical_id, "AttributeName": name, "AttributeValue": value}
            self.send(context, "SetSubscriptionAttributes", members)

    def attributes(self, context: Context, physical_id: str) -> dict[str, Any]:
        return {"Arn": physical_id}


def _subscription(properties: Mapping[str, Any]) -> Properties:
    endpoint = {name: properties[name] for name in ("Protocol", "Endpoint") if name in properties}
    return {**endpoint, "ReturnSubscriptionArn": True}
