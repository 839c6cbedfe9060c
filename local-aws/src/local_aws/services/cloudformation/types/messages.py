"""Resources of SNS and SQS."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from local_aws.contracts.tags import TagForm
from local_aws.kernel.context import Context, Request
from local_aws.kernel.records import selected
from local_aws.services.cloudformation.resource_type import Declaration, PhysicalResource, Properties
from local_aws.services.cloudformation.types.fitting import text_of
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
_QUEUE_DEFAULTS = {
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "DelaySeconds": "0",
    "FifoThroughputLimit": "perQueue",
    "KmsDataKeyReusePeriodSeconds": "300",
    "KmsMasterKeyId": "",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "RedriveAllowPolicy": "",
    "RedrivePolicy": "",
    "SqsManagedSseEnabled": "true",
    "VisibilityTimeout": "30",
}
"""Attributes that can be set, with the value of a queue for which they are not."""


class SharedPolicy(ServiceType):
    """A policy of several resources, which the property `member` lists."""

    member: str

    @abstractmethod
    def put(self, context: Context, resource: str, policy: str) -> None:
        """Set the policy of a resource; an empty one removes it, or puts the default one back."""

    def create(self, context: Context, declaration: Declaration) -> PhysicalResource:
        """Set the policy."""
        identifier = declaration.generated_name(128)
        declaration.record_start(identifier, None)
        return self.update(context, identifier, declaration, {self.member: []})

    def update(
        self, context: Context, physical_id: str, declaration: Declaration, before: Properties
    ) -> PhysicalResource:
        """Set the new policy, and remove it from the resources that are not listed any more."""
        after = declaration.properties
        for resource in after[self.member]:
            self.put(context, resource, text_of(after["PolicyDocument"]))
        self._remove(context, [resource for resource in before[self.member] if resource not in after[self.member]])
        return PhysicalResource(physical_id, {"Id": physical_id})

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Remove the policy from the resources."""
        self._remove(context, properties[self.member])

    def _remove(self, context: Context, resources: list[str]) -> None:
        for resource in resources:
            with self.missing_is_fine():
                self.put(context, resource, "")


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
    id_attributes = ("Arn",)
    honoured = ("Endpoint", "Protocol", "TopicArn", *_SUBSCRIPTION_DEFAULTS)

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        attributes = {name: text_of(properties[name]) for name in _SUBSCRIPTION_DEFAULTS if name in properties}
        return {"TopicArn": properties["TopicArn"], **_subscription(properties), "Attributes": attributes}

    def change(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        for name, value in changed_attributes(_SUBSCRIPTION_DEFAULTS, after, before).items():
            members = {"SubscriptionArn": physical_id, "AttributeName": name, "AttributeValue": value}
            self.send(context, "SetSubscriptionAttributes", members)


def _subscription(properties: Mapping[str, Any]) -> Properties:
    endpoint = selected(properties, ("Protocol", "Endpoint"))
    return {**endpoint, "ReturnSubscriptionArn": True}


class _SqsType(ServiceType):
    service = "sqs"
    missing = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


class Queue(_SqsType):
    """``AWS::SQS::Queue``."""

    name = "AWS::SQS::Queue"
    creates, reads, deletes = "CreateQueue", "GetQueueUrl", "DeleteQueue"
    key = name_property = "QueueName"
    max_name, id_path = 75, "QueueUrl"
    honoured = ("FifoQueue", "QueueName", "Tags", *_QUEUE_DEFAULTS)
    tag_form, tag_operations = TagForm("QueueUrl", key=""), ("TagQueue", "UntagQueue")

    def name_for(self, declaration: Declaration) -> str:
        properties = declaration.properties
        suffix = ".fifo" if properties.get("FifoQueue") else ""
        return properties.get("QueueName") or declaration.generated_name(self.max_name) + suffix

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        fifo = {"FifoQueue": "true"} if properties.get("FifoQueue") else {}
        attributes = {name: text_of(properties[name]) for name in _QUEUE_DEFAULTS if name in properties} | fifo
        tags = {"tags": self.tags_of(properties)} if properties.get("Tags") else {}
        return {"QueueName": name, "Attributes": attributes, **tags}

    def change(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        changed = changed_attributes(_QUEUE_DEFAULTS, after, before)
        if changed:
            self.send(context, "SetQueueAttributes", {"QueueUrl": physical_id, "Attributes": changed})

    def deletion(self, context: Context, physical_id: str, properties: Properties) -> Properties:
        return {"QueueUrl": physical_id}

    def attributes(self, context: Context, physical_id: str) -> dict[str, Any]:
        members = {"QueueUrl": physical_id, "AttributeNames": ["QueueArn"]}
        arn = self.send(context, "GetQueueAttributes", members)["Attributes"]["QueueArn"]
        return {"Arn": arn, "QueueName": arn.rpartition(":")[2], "QueueUrl": physical_id}


class QueuePolicy(_SqsType, SharedPolicy):
    """``AWS::SQS::QueuePolicy``: the same policy for several queues."""

    name, member = "AWS::SQS::QueuePolicy", "Queues"

    def put(self, context: Context, resource: str, policy: str) -> None:
        self.send(context, "SetQueueAttributes", {"QueueUrl": resource, "Attributes": {"Policy": policy}})
