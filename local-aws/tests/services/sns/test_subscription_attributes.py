"""A subscription's delivery can be changed, and what has no effect here is refused."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from local_aws.services import sns, sqs
from tests.conftest import running


@pytest.fixture
def client(tmp_path):
    with running(tmp_path, (sqs.build, sns.build)) as server:
        server.client("sqs").create_queue(QueueName="q")
        yield server.client("sns")


def test_raw_delivery_is_switched(client) -> None:
    topic = client.create_topic(Name="t")["TopicArn"]
    endpoint = "arn:aws:sqs:us-east-1:123456789012:q"
    arn = client.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)["SubscriptionArn"]
    client.set_subscription_attributes(SubscriptionArn=arn, AttributeName="RawMessageDelivery", AttributeValue="true")
    assert client.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["RawMessageDelivery"] == "true"
    with pytest.raises(ClientError, match="FilterPolicy"):
        client.set_subscription_attributes(SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue="{}")
    with pytest.raises(ClientError, match="NotFound"):
        client.set_subscription_attributes(SubscriptionArn=f"{arn}0", AttributeName="RawMessageDelivery")
