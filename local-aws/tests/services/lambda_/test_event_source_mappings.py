"""Functions that are invoked with the messages of a queue: what comes back, what is deleted, what is refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import builders as server_builders
from local_aws.contracts.operations import Service
from local_aws.kernel.context import Context
from local_aws.services import iam, lambda_, sqs
from local_aws.services.lambda_.polling import failed_items
from tests.conftest import RunningServer, running
from tests.services.lambda_.conftest import ROLE, Bench
from tests.test_chaos import killable
from tests.waiting import wait_until

BUILDERS = (lambda_.build, sqs.build, iam.build)

RECORD = """
import json, os
def handler(event, context):
    print(json.dumps(event))
"""
FAIL_ODD = """
def handler(event, context):
    print("batch", sorted(int(record["body"]) for record in event["Records"]))
    odd = [record["messageId"] for record in event["Records"] if int(record["body"]) % 2]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in odd]}
"""


class Queue:
    """A queue that a function is invoked for."""

    def __init__(self, server: RunningServer, name: str, **attributes: str) -> None:
        self.client = server.client("sqs")
        self.url = self.client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self.arn = self.attribute("QueueArn")

    def attribute(self, name: str) -> str:
        value: str = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"][name]
        return value

    def send(self, *bodies: Any, **members: Any) -> None:
        for body in bodies:
            self.client.send_message(QueueUrl=self.url, MessageBody=str(body), **members)

    def is_empty(self) -> bool:
        counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return all(self.attribute(count) == "0" for count in counts)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with running(tmp_path_factory.mktemp("data"), BUILDERS) as server:
        yield Bench(server)


def refused(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def lines(bench: Bench, name: str, word: str) -> list[str]:
    """Return the lines of a function's log that begin with a word; there are none before it runs."""
    try:
        return [line for line in bench.log(name) if line.startswith(word)]
    except bench.logs.exceptions.ResourceNotFoundException:
        return []


def test_function_gets_messages_in_lambdas_form_and_they_are_deleted(bench):
    queue = Queue(bench.server, "form")
    bench.create("form", RECORD)
    answer = bench.client.create_event_source_mapping(EventSourceArn=queue.arn, FunctionName="form", BatchSize=1)
    assert (answer["State"], answer["BatchSize"]) == ("Creating", 1)
    assert bench.client.get_event_source_mapping(UUID=answer["UUID"])["State"] == "Enabled"
    queue.send("text", MessageAttributes={"colour": {"DataType": "String", "StringValue": "red"}})

    (line,) = wait_until(lambda: lines(bench, "form", "{"))
    (record,) = json.loads(line)["Records"]
    assert (record["body"], record["eventSource"], record["eventSourceARN"]) == ("text", "aws:sqs", queue.arn)
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["SentTimestamp"].isdigit()
    assert record["messageAttributes"]["colour"] == {
        "stringValue": "red",
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": "String",
    }
    wait_until(queue.is_empty)


def test_reported_items_come_back_and_the_others_do_not(bench):
    dead = Queue(bench.server, "dead")
    policy = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 2})
    queue = Queue(bench.server, "odd", VisibilityTimeout="3", RedrivePolicy=policy)
    queue.send(1, 2, 3, 4)
    bench.create("odd", FAIL_ODD)
    bench.client.create_event_source_mapping(
        EventSourceArn=queue.arn, FunctionName="odd", FunctionResponseTypes=["ReportBatchItemFailures"]
    )

    wait_until(lambda: dead.attribute("ApproximateNumberOfMessages") == "2")
    wait_until(queue.is_empty)
    seen = [number for line in lines(bench, "odd", "batch") for number in json.loads(line.removeprefix("batch "))]
    assert sorted(seen) == [1, 1, 2, 3, 3, 4]


def test_batch_whose_function_fails_comes_back(bench):
    queue = Queue(bench.server, "fails", VisibilityTimeout="3")
    bench.create("fails", "def handler(event, context):\n    print('tried')\n    raise ValueError('no')")
    made = bench.client.create_event_source_mapping(EventSourceArn=queue.arn, FunctionName="fails")
    queue.send("again")

    wait_until(lambda: len(lines(bench, "fails", "tried")) >= 2)
    bench.client.delete_event_source_mapping(UUID=made["UUID"])
    assert not queue.is_empty()


@pytest.mark.parametrize(
    ("payload", "failed"),
    [
        ("null", set()),
        ("{}", set()),
        ('{"batchItemFailures": []}', set()),
        ('{"batchItemFailures": [{"itemIdentifier": "a"}]}', {"a"}),
        ('{"batchItemFailures": [{"itemIdentifier": "x"}]}', {"a", "b"}),
        ('{"batchItemFailures": [{"itemIdentifier": ""}]}', {"a", "b"}),
        ('{"batchItemFailures": [{"id": "a"}]}', {"a", "b"}),
        ('{"batchItemFailures": "a"}', {"a", "b"}),
        ("[]", set()),
        ('"text"', {"a", "b"}),
    ],
)
def test_answer_that_is_not_of_the_form_fails_the_whole_batch(payload, failed):
    assert failed_items(payload.encode(), {"a", "b"}) == failed


def test_disabled_mapping_leaves_messages_and_goes_on_when_it_is_enabled(bench):
    queue = Queue(bench.server, "paused")
    bench.create("paused", RECORD)
    made = bench.client.create_event_source_mapping(EventSourceArn=queue.arn, FunctionName="paused", Enabled=False)
    queue.send("one")
    assert bench.client.get_event_source_mapping(UUID=made["UUID"])["State"] == "Disabled"
    assert queue.attribute("ApproximateNumberOfMessages") == "1"
    changed = bench.client.update_event_source_mapping(UUID=made["UUID"], Enabled=True, BatchSize=5)

    assert (changed["State"], changed["BatchSize"]) == ("Updating", 5)
    wait_until(queue.is_empty)
    (listed,) = bench.client.list_event_source_mappings(EventSourceArn=queue.arn)["EventSourceMappings"]
    assert (listed["UUID"], listed["State"]) == (made["UUID"], "Enabled")
    assert bench.client.delete_event_source_mapping(UUID=made["UUID"])["State"] == "Deleting"
    assert refused(bench.client.get_event_source_mapping, UUID=made["UUID"])[0] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("members", "code", "words"),
    [
        ({"FunctionName": "nobody"}, "InvalidParameterValueException", "Function does not exist"),
        ({"BatchSize": 11}, "InvalidParameterValueException", "Maximum batch window in seconds must be greater than 0"),
        ({"FunctionName": "slow"}, "InvalidParameterValueException", "less than Function timeout: 60 seconds"),
        (
            {"EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:nowhere"},
            "InvalidParameterValueException",
            "The specified queue does not exist",
        ),
        ({"FilterCriteria": {"Filters": []}}, "InvalidParameterValueException", "FilterCriteria"),
        (
            {"EventSourceArn": "arn:aws:kinesis:us-east-1:123456789012:stream/s"},
            "InvalidParameterValueException",
            "SQS only",
        ),
    ],
)
def test_mapping_that_lambda_would_refuse_is_refused(bench, members, code, words):
    queue = Queue(bench.server, "refusals")
    for name, seconds in (("quick", 3), ("slow", 60)):
        if name not in {each["FunctionName"] for each in bench.client.list_functions()["Functions"]}:
            bench.create(name, RECORD, Timeout=seconds)
    request = {"EventSourceArn": queue.arn, "FunctionName": "quick", **members}

    answer = refused(bench.client.create_event_source_mapping, **request)
    assert answer[0] == code
    assert words in answer[1]


def test_second_mapping_of_queue_and_function_is_refused(bench):
    queue = Queue(bench.server, "twice")
    bench.create("twice", RECORD)
    made = bench.client.create_event_source_mapping(EventSourceArn=queue.arn, FunctionName="twice", Tags={"a": "b"})
    code, message = refused(bench.client.create_event_source_mapping, EventSourceArn=queue.arn, FunctionName="twice")

    assert code == "ResourceConflictException"
    assert made["UUID"] in message
    assert bench.client.list_tags(Resource=made["EventSourceMappingArn"])["Tags"] == {"a": "b"}


def test_role_that_may_not_receive_is_refused(bench):
    queue = Queue(bench.server, "closed")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    client = bench.server.client("iam")
    role = client.create_role(
        RoleName="closed", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    bench.create("closed", RECORD, Role=role)
    request = {"EventSourceArn": queue.arn, "FunctionName": "closed"}
    code, message = refused(bench.client.create_event_source_mapping, **request)
    assert code == "InvalidParameterValueException"
    assert message == "The provided execution role does not have permissions to call ReceiveMessage on SQS"

    allowed = {"Effect": "Allow", "Action": "sqs:*", "Resource": queue.arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    client.put_role_policy(RoleName="closed", PolicyName="queue", PolicyDocument=document)
    assert bench.client.create_event_source_mapping(**request)["State"] == "Creating"


def test_no_more_invocations_run_at_once_than_the_mapping_allows(bench, tmp_path):
    source = f"""
import os, time
def handler(event, context):
    mine = os.path.join({str(tmp_path)!r}, context.aws_request_id)
    open(mine, "w").close()
    print("together", len(os.listdir({str(tmp_path)!r})))
    time.sleep(0.5)
    os.remove(mine)
"""
    queue = Queue(bench.server, "bounded")
    bench.create("bounded", source, Timeout=20)
    queue.send(*range(6))
    bench.client.create_event_source_mapping(
        EventSourceArn=queue.arn, FunctionName="bounded", BatchSize=1, ScalingConfig={"MaximumConcurrency": 2}
    )

    wait_until(lambda: len(lines(bench, "bounded", "together")) == 6)
    assert set(lines(bench, "bounded", "together")) <= {"together 1", "together 2"}
    wait_until(queue.is_empty)


def test_message_outlasts_a_server_that_is_killed_while_the_function_runs(tmp_path: Path):
    source = (
        "import time\ndef handler(event, context):\n    print('began', event['Records'][0]['body'])\n    time.sleep(1)"
    )
    with killable(tmp_path) as server:
        bench, queue = Bench(server), Queue(server, "kept", VisibilityTimeout="6")
        bench.create("kept", source, Timeout=5)
        bench.client.create_event_source_mapping(EventSourceArn=queue.arn, FunctionName="kept")
        queue.send("one")
        wait_until(lambda: lines(bench, "kept", "began"))

    with running(tmp_path, BUILDERS) as server:
        bench, queue = Bench(server), Queue(server, "kept", VisibilityTimeout="6")
        wait_until(lambda: len(lines(bench, "kept", "began one")) >= 2)
        wait_until(queue.is_empty)


def test_event_source_that_waits_for_a_message_has_ended_once_lambda_has_stopped(tmp_path):
    sources: list[threading.Thread] = []
    left: list[threading.Thread] = []

    def stopped_after_lambda(_: Context) -> Service:
        return Service({}, stop=lambda: left.extend(source for source in sources if source.is_alive()))

    place = server_builders.BUILDERS.index(lambda_.build)
    builders = (*server_builders.BUILDERS[:place], stopped_after_lambda, *server_builders.BUILDERS[place:])
    with running(tmp_path, builders) as server:
        bench, queue = Bench(server), Queue(server, "waited-for")
        bench.create("waits", RECORD)
        mapping = bench.client.create_event_source_mapping(EventSourceArn=queue.arn, FunctionName="waits")["UUID"]
        sources += [thread for thread in threading.enumerate() if thread.name == f"event source {mapping}"]
    assert len(sources) == 1
    assert not left


def test_role_of_the_function_receives_and_deletes(bench):
    queue = Queue(bench.server, "roles")
    bench.create("roles", RECORD)
    bench.client.create_event_source_mapping(EventSourceArn=queue.arn, FunctionName="roles", BatchSize=1)
    queue.send("one")
    wait_until(lambda: lines(bench, "roles", "{"))
    wait_until(queue.is_empty)

    calls = (bench.server.context.settings.data_dir / "calls.jsonl").read_text().splitlines()
    mine = [call for call in map(json.loads, calls) if call["request"].get("QueueUrl", "").endswith("roles")]
    assert {"ReceiveMessage", "DeleteMessage"} <= {call["operation"] for call in mine if call.get("principal") == ROLE}
