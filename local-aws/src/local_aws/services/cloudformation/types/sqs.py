"""Resources of SQS."""

from __future__ import annotations

from typing import Any

from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.services.cloudformation.types.fitting import only, text_of
from local_aws.services.cloudformation.types.shared_policy import SharedPolicy
from local_aws.services.cloudformation.types.steps import TagChange, begin, missing_is_fine, tag_map

_MISSING = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
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
"""Attributes that can be set, with the value of a queue that was given none."""


class Queue(ResourceType):
    """``AWS::SQS::Queue``."""

    name = "AWS::SQS::Queue"
    _honoured = frozenset({"FifoQueue", "QueueName", "Tags", *_DEFAULTS})

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the queue."""
        properties = declared.properties
        only(properties, self._honoured, self.name)
        is_fifo = bool(properties.get("FifoQueue"))
        queue = properties.get("QueueName") or declared.generated_name(75) + (".fifo" if is_fifo else "")
        begin(call, declared, queue, ("sqs", "GetQueueUrl", {"QueueName": queue}), *_MISSING)
        attributes = {name: text_of(properties[name]) for name in _DEFAULTS if name in properties}
        if is_fifo:
            attributes["FifoQueue"] = "true"
        request: dict[str, Any] = {"QueueName": queue, "Attributes": attributes}
        if properties.get("Tags"):
            request["tags"] = tag_map(properties["Tags"])
        return _made(call, call("sqs", "CreateQueue", request)["QueueUrl"])

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Change the attributes and tags that differ."""
        after = declared.properties
        only(after, self._honoured, self.name)
        changed = {
            name: text_of(after.get(name, default))
            for name, default in _DEFAULTS.items()
            if before.get(name) != after.get(name)
        }
        if changed:
            call("sqs", "SetQueueAttributes", {"QueueUrl": physical_id, "Attributes": changed})
        tags = TagChange.of(before, after)
        if tags.put:
            call("sqs", "TagQueue", {"QueueUrl": physical_id, "Tags": tags.put})
        if tags.removed:
            call("sqs", "UntagQueue", {"QueueUrl": physical_id, "TagKeys": tags.removed})
        return _made(call, physical_id)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the queue with its messages."""
        with missing_is_fine(*_MISSING):
            call("sqs", "DeleteQueue", {"QueueUrl": physical_id})


class QueuePolicy(SharedPolicy):
    """``AWS::SQS::QueuePolicy``: the same policy for several queues."""

    name = "AWS::SQS::QueuePolicy"
    member = "Queues"
    missing = _MISSING

    def put(self, call: Call, resource: str, policy: str) -> None:
        """Set a queue's policy; an empty one removes it."""
        call("sqs", "SetQueueAttributes", {"QueueUrl": resource, "Attributes": {"Policy": policy}})


def _made(call: Call, url: str) -> Made:
    request = {"QueueUrl": url, "AttributeNames": ["QueueArn"]}
    arn = call("sqs", "GetQueueAttributes", request)["Attributes"]["QueueArn"]
    return Made(url, {"Arn": arn, "QueueName": arn.rpartition(":")[2], "QueueUrl": url})
