"""Amazon SQS: standard queues whose messages are durable records."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service
from local_aws.kernel.metric_stream import MetricStream
from local_aws.services.sqs.messages import Messages
from local_aws.services.sqs.queue_depth import QueueDepth
from local_aws.services.sqs.queues import Queues
from local_aws.services.sqs.stored_messages import StoredMessages


def build(context: Context) -> Service:
    """Put the service together."""
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

    handlers = {
        "CreateQueue": queues.create,
        "DeleteQueue": queues.delete,
        "GetQueueUrl": queues.get_url,
        "GetQueueAttributes": queues.get_attributes,
        "SetQueueAttributes": queues.set_attributes,
        "ListQueues": queues.list_urls,
        "TagQueue": queues.tag,
        "UntagQueue": queues.untag,
        "ListQueueTags": queues.list_tags,
        "SendMessage": messages.send,
        "SendMessageBatch": messages.send_batch,
        "ReceiveMessage": messages.receive,
        "DeleteMessage": messages.delete,
        "ChangeMessageVisibility": messages.change_visibility,
        "PurgeQueue": messages.purge,
    }
    return Service({("sqs", name): handler for name, handler in handlers.items()}, recover, stop)
