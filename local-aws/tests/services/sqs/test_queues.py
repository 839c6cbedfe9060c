import hashlib
import json
import threading
import time

import pytest
from botocore.exceptions import ClientError

from local_aws.services import sqs
from tests.conftest import running


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with running(tmp_path_factory.mktemp("data"), (sqs.build,)) as server:
        yield server.client("sqs")


def create(client, name: str, **attributes: str) -> str:
    return client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def refused(call, **request) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return f"{caught.value.response['Error']['Code']}: {caught.value.response['Error']['Message']}"


def test_a_message_is_received_until_it_is_deleted(client):
    url = create(client, "once")
    sent = client.send_message(
        QueueUrl=url,
        MessageBody="héllo",
        MessageAttributes={
            "a.one": {"DataType": "String", "StringValue": "x"},
            "b": {"DataType": "Binary", "BinaryValue": b"\0\1"},
        },
    )
    assert sent["MD5OfMessageBody"] == hashlib.md5("héllo".encode(), usedforsecurity=False).hexdigest()
    received = client.receive_message(
        QueueUrl=url, VisibilityTimeout=0, MessageSystemAttributeNames=["All"], MessageAttributeNames=["All"]
    )["Messages"]
    assert [(message["MessageId"], message["Body"]) for message in received] == [(sent["MessageId"], "héllo")]
    assert received[0]["MessageAttributes"]["b"]["BinaryValue"] == b"\0\1"
    assert received[0]["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert received[0]["Attributes"]["ApproximateReceiveCount"] == "1"
    again = client.receive_message(QueueUrl=url, MessageAttributeNames=["a.*"])["Messages"][0]
    assert list(again["MessageAttributes"]) == ["a.one"]
    client.delete_message(QueueUrl=url, ReceiptHandle=received[0]["ReceiptHandle"])
    assert client.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    )["Attributes"] == {"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "1"}
    client.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    client.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    assert "Messages" not in client.receive_message(QueueUrl=url)


def test_the_digest_of_attributes_is_the_one_that_sdks_compute(client):
    # The worked example of the length-prefixed encoding: name, type, transport type, value.
    url = create(client, "digest")
    sent = client.send_message(
        QueueUrl=url, MessageBody="x", MessageAttributes={"n": {"DataType": "Number", "StringValue": "12"}}
    )
    encoded = b"\0\0\0\1n" + b"\0\0\0\6Number" + b"\1" + b"\0\0\0\00212"
    assert sent["MD5OfMessageAttributes"] == hashlib.md5(encoded, usedforsecurity=False).hexdigest()


def test_a_received_message_is_hidden_and_its_visibility_can_be_changed(client):
    url = create(client, "hidden")
    client.send_message(QueueUrl=url, MessageBody="x")
    handle = client.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    assert "Messages" not in client.receive_message(QueueUrl=url)
    client.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    assert client.receive_message(QueueUrl=url)["Messages"]
    assert "is not in flight" in refused(
        client.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0
    )
    assert "ReceiptHandleIsInvalid" in refused(client.delete_message, QueueUrl=url, ReceiptHandle="?")


def test_a_receive_that_waits_gets_what_is_sent_meanwhile_and_holds_nobody_up(client):
    url = create(client, "waiting")
    received: list[dict] = []
    waiter = threading.Thread(
        target=lambda: received.extend(client.receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages", []))
    )
    waiter.start()
    time.sleep(0.1)
    started = time.monotonic()
    client.send_message(QueueUrl=url, MessageBody="now")
    waiter.join(60)
    assert time.monotonic() - started < 15
    assert [message["Body"] for message in received] == ["now"]


def test_a_receive_waits_for_a_delayed_message_too(client):
    url = create(client, "delayed", DelaySeconds="1")
    client.send_message(QueueUrl=url, MessageBody="later")
    counts = client.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesDelayed"])
    assert counts["Attributes"] == {"ApproximateNumberOfMessagesDelayed": "1"}
    assert client.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]["Body"] == "later"


def test_a_message_received_too_often_goes_to_the_dead_letter_queue(client):
    dead = create(client, "dead")
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    url = create(client, "alive", RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1}))
    client.send_message(QueueUrl=url, MessageBody="bad")
    assert client.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"]
    assert "Messages" not in client.receive_message(QueueUrl=url)
    buried = client.receive_message(QueueUrl=dead, MessageSystemAttributeNames=["DeadLetterQueueSourceArn"])[
        "Messages"
    ][0]
    assert (buried["Body"], buried["Attributes"]["DeadLetterQueueSourceArn"].rpartition(":")[2]) == ("bad", "alive")


def test_a_batch_fails_entry_by_entry_and_a_purge_empties(client):
    url = create(client, "batch")
    answer = client.send_message_batch(
        QueueUrl=url,
        Entries=[{"Id": "a", "MessageBody": "1"}, {"Id": "b", "MessageBody": "2", "DelaySeconds": 1000}],
    )
    assert [entry["Id"] for entry in answer["Successful"]] == ["a"]
    assert [(entry["Id"], entry["Code"]) for entry in answer["Failed"]] == [("b", "InvalidParameterValue")]
    client.purge_queue(QueueUrl=url)
    assert "Messages" not in client.receive_message(QueueUrl=url)


def test_queues_are_found_changed_tagged_and_deleted(client):
    url = client.create_queue(QueueName="kept-one", tags={"Stack": "a"}, Attributes={"KmsMasterKeyId": "alias/k"})[
        "QueueUrl"
    ]
    create(client, "kept-two")
    assert create(client, "kept-one") == url == client.get_queue_url(QueueName="kept-one")["QueueUrl"]
    assert len(client.list_queues(QueueNamePrefix="kept-")["QueueUrls"]) == 2
    first = client.list_queues(QueueNamePrefix="kept-", MaxResults=1)
    rest = client.list_queues(QueueNamePrefix="kept-", MaxResults=1, NextToken=first["NextToken"])
    assert first["QueueUrls"] + rest["QueueUrls"] == [url, f"{url[:-3]}two"]
    client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": '{"Statement": []}', "KmsMasterKeyId": ""})
    attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (attributes["Policy"], "KmsMasterKeyId" in attributes) == ('{"Statement": []}', False)
    client.tag_queue(QueueUrl=url, Tags={"Team": "b"})
    client.untag_queue(QueueUrl=url, TagKeys=["Stack"])
    assert client.list_queue_tags(QueueUrl=url)["Tags"] == {"Team": "b"}
    client.delete_queue(QueueUrl=url)
    with pytest.raises(client.exceptions.QueueDoesNotExist):
        client.get_queue_url(QueueName="kept-one")


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"FifoQueue": "true"}, "FifoQueue"),
        ({"VisibilityTimeout": "50000"}, "from 0 to 43200"),
        ({"VisibilityTimeout": "²"}, "from 0 to 43200"),
        ({"Policy": "{"}, "valid JSON"),
        ({"Policy": "[]"}, "no Statement"),
        ({"RedrivePolicy": "{"}, "it must be JSON"),
        ({"RedrivePolicy": "[]"}, "it must be a JSON object"),
        ({"RedrivePolicy": "{}"}, "deadLetterTargetArn"),
        ({"RedrivePolicy": '{"deadLetterTargetArn": "x", "maxReceiveCount": 0}'}, "from 1 to 1000"),
        ({"RedrivePolicy": '{"deadLetterTargetArn": "x", "maxReceiveCount": 1}'}, "Dead letter target does not exist"),
    ],
)
def test_what_a_queue_cannot_be_is_refused(client, attributes, message):
    assert message in refused(client.create_queue, QueueName="refused", Attributes=attributes)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ({"Effect": "Maybe"}, "Effect of a statement must be Allow or Deny"),
        ({"Principal": None}, "either Principal or NotPrincipal"),
        ({"Action": "SendMessage"}, "must be prefaced by a vendor"),
        ({"Condition": {"StringIs": {"aws:SourceArn": "x"}}}, "StringIs is not a condition operator"),
    ],
)
def test_a_malformed_policy_is_refused_when_it_is_set(client, statement, reason):
    full = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*", **statement}
    document = json.dumps({"Statement": {key: value for key, value in full.items() if value is not None}})
    url = create(client, "policed")
    changed = refused(client.set_queue_attributes, QueueUrl=url, Attributes={"Policy": document})
    created = refused(client.create_queue, QueueName="malformed", Attributes={"Policy": document})
    assert changed.startswith("InvalidAttributeValue: Invalid value for the parameter Policy")
    assert reason in changed
    assert created == changed
    assert "Attributes" not in client.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])


def test_what_a_standard_queue_does_not_do_is_refused(client):
    url = create(client, "standard")
    assert "MessageGroupId" in refused(client.send_message, QueueUrl=url, MessageBody="x", MessageGroupId="g")
    assert "InvalidParameterValue" in refused(client.create_queue, QueueName="standard.fifo")
    other = {"DelaySeconds": "9"}
    assert "value for attribute DelaySeconds" in refused(client.create_queue, QueueName="standard", Attributes=other)
    bad = {"a": {"DataType": "Text", "StringValue": "x"}}
    assert "message attribute 'a'" in refused(client.send_message, QueueUrl=url, MessageBody="x", MessageAttributes=bad)
    small = create(client, "small", MaximumMessageSize="1024")
    assert "1024 bytes" in refused(client.send_message, QueueUrl=small, MessageBody="x" * 1025)


def test_messages_outlive_the_server(tmp_path):
    with running(tmp_path, (sqs.build,)) as server:
        client = server.client("sqs")
        url = create(client, "durable")
        client.send_message(QueueUrl=url, MessageBody="a")
        client.send_message(QueueUrl=url, MessageBody="b")
        client.receive_message(QueueUrl=url, VisibilityTimeout=1000)
    with running(tmp_path, (sqs.build,)) as server:
        client = server.client("sqs")
        # The port is another one, the old URL names the queue all the same.
        assert [message["Body"] for message in client.receive_message(QueueUrl=url)["Messages"]] == ["b"]


def test_a_server_that_stops_lets_a_waiting_receive_go(tmp_path):
    with running(tmp_path, (sqs.build,)) as server:
        client = server.client("sqs")
        url = create(client, "stopped")
        waiter = threading.Thread(target=lambda: _quietly(client, url))
        waiter.start()
        time.sleep(0.1)
        started = time.monotonic()
    waiter.join(60)
    assert time.monotonic() - started < 15


def _quietly(client, url: str) -> None:
    try:
        client.receive_message(QueueUrl=url, WaitTimeSeconds=20)
    except (ClientError, OSError):
        return
