"""Resources of SQS."""

from __future__ import annotations

from typing import Any

from local_aws.contracts.tags import TagForm
from local_aws.kernel.context import Context
from local_aws.services.cloudformation.resource_type import Declaration, Properties
from local_aws.services.cloudformation.types.fitting import text_of
from local_aws.services.cloudformation.types.resource_policies import SharedPolicy
from local_aws.services.cloudformation.types.service_type import ServiceType, changed_attributes

_DEFAULTS = {
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


class _SqsType(ServiceType):
    service = "sqs"
    missing = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


class Queue(_SqsType):
    """``AWS::SQS::Queue``."""

    name = "AWS::SQS::Queue"
    creates, reads, deletes = "CreateQueue", "GetQueueUrl", "DeleteQueue"
    key = name_property = "QueueName"
    max_name, id_path = 75, "QueueUrl"
    honoured = ("FifoQueue", "QueueName", "Tags", *_DEFAULTS)
    tag_form, tag_operations = TagForm("QueueUrl", key=""), ("TagQueue", "UntagQueue")

    def name_for(self, declaration: Declaration) -> str:
        properties = declaration.properties
        suffix = ".fifo" if properties.get("FifoQueue") else ""
        return properties.get("QueueName") or declaration.generated_name(self.max_name) + suffix

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        fifo = {"FifoQueue": "true"} if properties.get("FifoQueue") else {}
        attributes = {name: text_of(properties[name]) for name in _DEFAULTS if name in properties} | fifo
        tags = {"tags": self.tags_of(properties)} if properties.get("Tags") else {}
        return {"QueueName": name, "Attributes": attributes, **tags}

    def change(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        changed = changed_attributes(_DEFAULTS, after, before)
        if changed:
            self.send(context, "SetQueueAttributes", {"QueueUrl": physical_id, "Attributes": changed})

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete the queue with its messages."""
        with self.missing_is_fine():
            self.send(context, self.deletes, {"QueueUrl": physical_id})

    def attributes(self, context: Context, physical_id: str) -> dict[str, Any]:
        members = {"QueueUrl": physical_id, "AttributeNames": ["QueueArn"]}
        arn = self.send(context, "GetQueueAttributes", members)["Attributes"]["QueueArn"]
        return {"Arn": arn, "QueueName": arn.rpartition(":")[2], "QueueUrl": physical_id}


class QueuePolicy(_SqsType, SharedPolicy):
    """``AWS::SQS::QueuePolicy``: the same policy for several queues."""

    name, member = "AWS::SQS::QueuePolicy", "Queues"

    def put(self, context: Context, resource: str, policy: str) -> None:
        self.send(context, "SetQueueAttributes", {"QueueUrl": resource, "Attributes": {"Policy": policy}})
