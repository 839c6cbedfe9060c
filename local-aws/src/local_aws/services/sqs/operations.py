"""SQS's contract, and its life cycle."""

from __future__ import annotations

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Service, Table, operations
from local_aws.kernel.context import Context
from local_aws.kernel.metric_stream import MetricStream
from local_aws.services.sqs.messages import Messages
from local_aws.services.sqs.queue_depth import QueueDepth
from local_aws.services.sqs.queues import Queues
from local_aws.services.sqs.stored_messages import StoredMessages


def build(context: Context) -> Service:
    """Build the service."""
    stored = StoredMessages(context.records)
    queues = Queues(context, stored)
    stream = MetricStream(context, "AWS/SQS")
    depth = QueueDepth(queues, stored, stream)
    messages = Messages(queues, stored, depth.changed)

    def recover() -> None:
        stream.start()
        depth.start()

    def stop() -> None:
        messages.stop()
        depth.stop()
        stream.stop()

    send = Members(refused=("MessageDeduplicationId", "MessageGroupId", "MessageSystemAttributes"))
    batch = Members(
        refused=tuple(
            f"Entries.{member}" for member in ("MessageDeduplicationId", "MessageGroupId", "MessageSystemAttributes")
        )
    )
    table: Table = {
        "CreateQueue": queues.create,
        "DeleteQueue": queues.delete,
        "GetQueueUrl": queues.get_url,
        "GetQueueAttributes": queues.get_attributes,
        "SetQueueAttributes": queues.set_attributes,
        "ListQueues": queues.list,
        "TagQueue": queues.tags.tag,
        "UntagQueue": queues.tags.untag,
        "ListQueueTags": queues.list_tags,
        "SendMessage": Operation(messages.send, send),
        "SendMessageBatch": Operation(messages.send_batch, batch),
        "ReceiveMessage": Operation(messages.receive, Members(refused=("ReceiveRequestAttemptId",))),
        "DeleteMessage": messages.delete,
        "ChangeMessageVisibility": messages.change_visibility,
        "PurgeQueue": messages.purge,
    }
    return Service(operations("sqs", table, error="UnsupportedOperation"), recover, stop)
