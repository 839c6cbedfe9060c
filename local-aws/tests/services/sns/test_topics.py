import json

import pytest
from botocore.exceptions import ClientError

from local_aws.services import sns, sqs
from tests.conftest import running
from tests.services.events.inbox import let_in


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("data"), (sns.build, sqs.build)) as server:
        yield server


@pytest.fixture(scope="module")
def client(server):
    return server.client("sns")


@pytest.fixture
def queue(server, request):
    """A queue of the test's own: its URL, its ARN, and what it holds."""

    class Queue:
        sqs = server.client("sqs")
        name = request.node.name[:60].replace("[", "-").replace("]", "-")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = let_in(sqs, url, "sns.amazonaws.com")

        def received(self) -> list[dict]:
            answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
            return answer.get("Messages", [])

    return Queue()


def refused(call, **request) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def lines(server, topic: str) -> list[dict]:
    text = (server.context.settings.data_dir / "sns" / f"{topic}.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_what_is_published_is_written_down_and_no_mail_is_claimed(server, client):
    arn = client.create_topic(Name="alerts", Tags=[{"Key": "Stack", "Value": "a"}])["TopicArn"]
    assert (
        client.subscribe(TopicArn=arn, Protocol="email", Endpoint="a@b.c")["SubscriptionArn"] == "pending confirmation"
    )
    subscription = client.subscribe(TopicArn=arn, Protocol="email", Endpoint="a@b.c", ReturnSubscriptionArn=True)
    assert subscription["SubscriptionArn"].startswith(f"{arn}:")
    published = client.publish(TopicArn=arn, Subject="Failed", Message="the <run> & its end")
    line = lines(server, "alerts")[-1]
    assert line["MessageId"] == published["MessageId"]
    assert (line["Subject"], line["Message"]) == ("Failed", "the <run> & its end")
    assert line["Deliveries"] == [
        {"Protocol": "email", "Endpoint": "a@b.c", "Outcome": "not sent: the subscription is not confirmed"}
    ]
    attributes = client.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert (attributes["SubscriptionsConfirmed"], attributes["SubscriptionsPending"]) == ("0", "1")
    assert json.loads(attributes["Policy"])["Statement"][0]["Resource"] == arn
    listed = client.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    assert [(item["SubscriptionArn"], item["Endpoint"]) for item in listed] == [("PendingConfirmation", "a@b.c")]
    details = client.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])["Attributes"]
    assert (details["PendingConfirmation"], details["Protocol"]) == ("true", "email")


def test_a_queue_gets_the_notification_in_its_envelope(client, queue):
    arn = client.create_topic(Name="enveloped")["TopicArn"]
    client.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue.arn)
    published = client.publish(
        TopicArn=arn, Message="m", MessageAttributes={"a": {"DataType": "String", "StringValue": "x"}}
    )
    body = json.loads(queue.received()[0]["Body"])
    assert (body["Type"], body["MessageId"], body["TopicArn"], body["Message"]) == (
        "Notification",
        published["MessageId"],
        arn,
        "m",
    )
    assert body["MessageAttributes"] == {"a": {"Type": "String", "Value": "x"}}


def test_a_queue_can_have_the_raw_message_with_its_attributes(client, queue):
    arn = client.create_topic(Name="raw")["TopicArn"]
    client.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "true"})
    client.publish(
        TopicArn=arn,
        Message=json.dumps({"default": "d", "sqs": "for queues"}),
        MessageStructure="json",
        MessageAttributes={"b": {"DataType": "Binary", "BinaryValue": b"\1"}},
    )
    message = queue.received()[0]
    assert message["Body"] == "for queues"
    assert message["MessageAttributes"]["b"]["BinaryValue"] == b"\1"


def test_a_delivery_that_fails_is_written_down(server, client, queue):
    arn = client.create_topic(Name="failing")["TopicArn"]
    client.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue.arn)
    queue.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": ""})
    client.publish(TargetArn=arn, Message="m")
    assert "the policy of the resource does not allow it" in lines(server, "failing")[-1]["Deliveries"][0]["Outcome"]
    queue.sqs.delete_queue(QueueUrl=queue.url)
    client.publish(TargetArn=arn, Message="m")
    assert lines(server, "failing")[-1]["Deliveries"][0]["Outcome"].startswith("failed: QueueDoesNotExist")


def test_topics_and_subscriptions_are_kept_changed_and_deleted(client, queue):
    arn = client.create_topic(Name="kept", Attributes={"DisplayName": "d"})["TopicArn"]
    assert client.create_topic(Name="kept")["TopicArn"] == arn
    assert refused(client.create_topic, Name="kept", Attributes={"DisplayName": "e"})[0] == "InvalidParameter"
    assert arn in [topic["TopicArn"] for topic in client.list_topics()["Topics"]]
    client.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue='{"Statement":[]}')
    client.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="")
    attributes = client.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert (attributes["Policy"], attributes["DisplayName"]) == ('{"Statement":[]}', "")
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    client.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    first = client.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue.arn)["SubscriptionArn"]
    assert client.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue.arn)["SubscriptionArn"] == first
    assert first in [item["SubscriptionArn"] for item in client.list_subscriptions()["Subscriptions"]]
    client.unsubscribe(SubscriptionArn=first)
    assert refused(client.get_subscription_attributes, SubscriptionArn=first)[0] == "NotFound"
    client.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue.arn)
    client.delete_topic(TopicArn=arn)
    client.delete_topic(TopicArn=arn)
    assert refused(client.publish, TopicArn=arn, Message="m")[0] == "NotFound"
    assert arn not in {item["TopicArn"] for item in client.list_subscriptions()["Subscriptions"]}
    with pytest.raises(client.exceptions.NotFoundException):
        client.get_topic_attributes(TopicArn=arn)


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("{", "valid JSON"),
        ("{}", "no Statement"),
        ('{"Statement": {"Effect": "Allow", "Action": "SNS:Publish", "Resource": "*"}}', "Principal or NotPrincipal"),
        ('{"Statement": {"Effect": "Allow", "Principal": "*", "Resource": "*"}}', "Action or NotAction"),
        ('{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "Publish"}}', "prefaced by a vendor"),
    ],
)
def test_a_malformed_policy_is_refused_when_it_is_set(client, policy, reason):
    arn = client.create_topic(Name="policed")["TopicArn"]
    code, message = refused(client.set_topic_attributes, TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    assert code == "InvalidParameter"
    assert message.startswith("Invalid parameter: Policy Reason: ")
    assert reason in message
    assert refused(client.create_topic, Name="malformed", Attributes={"Policy": policy}) == (code, message)
    assert "__default_policy_ID" in client.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]
    client.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue="")


def test_what_is_not_done_is_refused_by_name(client, queue):
    arn = client.create_topic(Name="refusing")["TopicArn"]
    for protocol in ("http", "https", "sms", "lambda", "email-json"):
        assert protocol in refused(client.subscribe, TopicArn=arn, Protocol=protocol, Endpoint="x")[1]
    filtered = {"TopicArn": arn, "Protocol": "sqs", "Endpoint": queue.arn, "Attributes": {"FilterPolicy": "{}"}}
    assert "FilterPolicy" in refused(client.subscribe, **filtered)[1]
    assert "FifoTopic" in refused(client.create_topic, Name="f", Attributes={"FifoTopic": "true"})[1]
    assert "Topic Name" in refused(client.create_topic, Name="f.fifo")[1]
    assert "PhoneNumber" in refused(client.publish, PhoneNumber="+1", Message="m")[1]
    assert "MessageGroupId" in refused(client.publish, TopicArn=arn, Message="m", MessageGroupId="g")[1]
    assert refused(client.publish, TopicArn=arn, Message="") == ("InvalidParameter", "Invalid parameter: Empty message")
    assert "No default entry" in refused(client.publish, TopicArn=arn, Message="{}", MessageStructure="json")[1]
    assert "too long" in refused(client.publish, TopicArn=arn, Message="x" * 262_145)[1]
    assert "Subject" in refused(client.publish, TopicArn=arn, Message="m", Subject="a\nb")[1]


def test_topics_and_subscriptions_outlive_the_server(tmp_path):
    builders = (sns.build, sqs.build)
    with running(tmp_path, builders) as server:
        arn = server.client("sns").create_topic(Name="durable")["TopicArn"]
        queues = server.client("sqs")
        queue_arn = let_in(queues, queues.create_queue(QueueName="durable")["QueueUrl"], "sns.amazonaws.com")
        server.client("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn)
    with running(tmp_path, builders) as server:
        server.client("sns").publish(TopicArn=arn, Message="m")
        url = server.client("sqs").get_queue_url(QueueName="durable")["QueueUrl"]
        assert len(server.client("sqs").receive_message(QueueUrl=url)["Messages"]) == 1
