"""Amazon SNS: standard topics. What is published is written down, and delivered to queues; e-mail is never sent."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service
from local_aws.services.sns.publishing import Publishing
from local_aws.services.sns.subscriptions import Subscriptions
from local_aws.services.sns.topics import Topics


def build(context: Context) -> Service:
    """Put the service together."""
    topics = Topics(context)
    subscriptions = Subscriptions(context, topics)
    publishing = Publishing(context, topics, subscriptions)
    handlers = {
        "CreateTopic": topics.create,
        "DeleteTopic": subscriptions.delete_topic,
        "GetTopicAttributes": subscriptions.get_topic_attributes,
        "SetTopicAttributes": topics.set_attributes,
        "ListTopics": topics.list,
        "TagResource": topics.tag,
        "UntagResource": topics.untag,
        "ListTagsForResource": topics.list_tags,
        "Subscribe": subscriptions.subscribe,
        "Unsubscribe": subscriptions.unsubscribe,
        "ListSubscriptions": subscriptions.list_all,
        "ListSubscriptionsByTopic": subscriptions.list_by_topic,
        "GetSubscriptionAttributes": subscriptions.get_attributes,
        "SetSubscriptionAttributes": subscriptions.set_attributes,
        "Publish": publishing.publish,
    }
    return Service({("sns", name): handler for name, handler in handlers.items()})
