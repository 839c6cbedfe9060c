"""SNS's contract."""

from __future__ import annotations

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages, Service, Table, operations
from local_aws.kernel.context import Context
from local_aws.services.sns.publishing import Publishing
from local_aws.services.sns.subscriptions import Subscriptions
from local_aws.services.sns.topics import Topics


def build(context: Context) -> Service:
    """Build the service."""
    topics = Topics(context)
    subscriptions = Subscriptions(context, topics)
    publishing = Publishing(context, topics, subscriptions)
    publish = Members(("TopicArn", "TargetArn", "Message", "Subject", "MessageStructure", "MessageAttributes"))
    table: Table = {
        "CreateTopic": Operation(topics.create, Members(refused=("DataProtectionPolicy",))),
        "DeleteTopic": subscriptions.delete_topic,
        "GetTopicAttributes": subscriptions.get_topic_attributes,
        "SetTopicAttributes": topics.set_attributes,
        "ListTopics": Operation(topics.list, pages=Pages("Topics")),
        **topics.tags.table("TagResource", "UntagResource", "ListTagsForResource"),
        "Subscribe": subscriptions.subscribe,
        "Unsubscribe": subscriptions.unsubscribe,
        "ListSubscriptions": Operation(subscriptions.list, pages=Pages("Subscriptions")),
        "ListSubscriptionsByTopic": Operation(subscriptions.list_by_topic, pages=Pages("Subscriptions")),
        "GetSubscriptionAttributes": subscriptions.get_attributes,
        "SetSubscriptionAttributes": subscriptions.set_attributes,
        "Publish": Operation(publishing.publish, publish),
    }
    return Service(operations("sns", table, error="InvalidParameter"))
