import json
import math
import threading
import time
from datetime import UTC, datetime
from functools import partial

import pytest

from local_aws.contracts.operations import Service, operations
from local_aws.kernel.errors import AwsError
from local_aws.kernel.events import Event
from local_aws.kernel.principals import principal
from local_aws.services import cloudwatch, events, lambda_, sagemaker, sns, sqs
from tests.conftest import running
from tests.services.events.inbox import Inbox, let_deliver, let_in
from tests.services.lambda_.conftest import Bench as Functions
from tests.services.sagemaker.pipelines.conftest import Bench
from tests.services.sagemaker.pipelines.definitions import definition, fail, get, join, parameter
from tests.waiting import wait_until

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/events"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:t"


def entry(source: str = "test", **members) -> dict:
    return {"Source": source, "DetailType": "Tested", "Detail": '{"n": 1}', **members}


def arn_of(service: str, name: str) -> str:
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{name}"


def nothing_waits(server) -> bool:
    return not server.context.records.list("event-delivery")


def failed(server) -> list[dict]:
    path = server.context.settings.data_dir / "events" / "failed-deliveries.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def rule_to(server, name: str, **target) -> None:
    client = server.client("events")
    client.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    client.put_targets(Rule=name, Targets=[{"Id": "t", **target}])


class Topics:
    """An SNS that answers with an error, always or so many times, and notes what it is called with."""

    def __init__(self, error: AwsError | None, failures: float = math.inf) -> None:
        self.error = error
        self.failures = failures
        self.calls: list[dict] = []
        self.principals: list[str] = []
        self.called = threading.Event()

    def build(self, context) -> Service:
        return Service(operations("sns", {"GetTopicAttributes": self.attributes, "Publish": self.publish}))

    def attributes(self, request):
        return {"Attributes": {}}

    def publish(self, request):
        self.calls.append(request)
        self.principals.append(principal())
        self.called.set()
        if self.error is not None and len(self.calls) <= self.failures:
            raise self.error
        return {"MessageId": "m"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    builders = (sns.build, sqs.build, cloudwatch.build, sagemaker.build, lambda_.build, events.build)
    with running(tmp_path_factory.mktemp("data"), builders) as server:
        let_deliver(server.client("iam"), "events")
        yield server


def test_an_event_that_is_put_reaches_a_queue_in_full(server):
    inbox = Inbox(server, {"source": ["put"], "detail": {"n": [{"numeric": [">", 0]}]}}, "put")
    moment = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    answer = server.client("events").put_events(
        Entries=[entry("put", Time=moment, Resources=["arn:r"]), entry("put", Detail='{"n": 0}')]
    )
    assert (answer["FailedEntryCount"], len({result["EventId"] for result in answer["Entries"]})) == (0, 2)
    assert inbox.wait() == [
        {
            "version": "0",
            "id": answer["Entries"][0]["EventId"],
            "detail-type": "Tested",
            "source": "put",
            "account": ACCOUNT,
            "time": "2026-01-02T03:04:05Z",
            "region": "us-east-1",
            "resources": ["arn:r"],
            "detail": {"n": 1},
        }
    ]


def test_what_happens_in_a_service_is_an_event(server):
    inbox = Inbox(server, {"source": ["aws.test"]}, "happened")
    server.context.announce(Event("aws.test", "State Change", {"$datetime": "no date"}, ["arn:x"]))
    server.context.announce(Event("aws.test", "State Change", {"at": datetime.now(UTC)}))
    server.context.announce(Event("aws.test", "State Change", {"last": True}))
    # Deliveries are made side by side: their order is not that of the events.
    first, last = sorted(inbox.wait(2), key=lambda event: "last" in event["detail"])
    assert (first["detail-type"], first["detail"], first["resources"]) == (
        "State Change",
        {"$datetime": "no date"},
        ["arn:x"],
    )
    assert last["detail"] == {"last": True}


def test_entries_fail_one_by_one(server):
    entries = [
        entry("aws.glue"),
        entry(Detail="{"),
        entry(Detail="[]"),
        entry(Detail='{"a": NaN}'),
        {"Source": "test", "Detail": "{}"},
        entry(EventBusName="mine"),
        entry(TraceHeader="t"),
        entry(),
    ]
    answer = server.client("events").put_events(Entries=entries)
    assert [result.get("ErrorCode") for result in answer["Entries"]] == [
        "NotAuthorizedForSourceException",
        "MalformedDetail",
        "MalformedDetail",
        "MalformedDetail",
        "InvalidArgument",
        "ResourceNotFoundException",
        "InvalidArgument",
        None,
    ]
    assert answer["FailedEntryCount"] == 7


def test_an_event_starts_a_pipeline_with_parameters_from_the_event(server):
    bench = Bench(server)
    names = ("EventId", "Package", "Count", "Mode")
    message = join(*(get(f"Parameters.{name}") for name in names), on=" ")
    parameters = tuple(parameter(name) for name in names)
    arn = bench.create("started", definition(fail("Say", message), parameters=parameters))
    values = {"EventId": "$.id", "Package": "$.detail.ModelPackageArn", "Count": "$.detail.n", "Mode": "literal"}
    rule_to(
        server,
        "starts",
        Arn=arn,
        RoleArn=ROLE,
        SageMakerPipelineParameters={
            "PipelineParameterList": [{"Name": name, "Value": value} for name, value in values.items()]
        },
    )
    detail = json.dumps({"ModelPackageArn": "arn:p", "n": 7})
    event_id = server.client("events").put_events(Entries=[entry("starts", Detail=detail)])["Entries"][0]["EventId"]
    execution = wait_until(
        lambda: bench.client.list_pipeline_executions(PipelineName="started")["PipelineExecutionSummaries"]
    )[0]["PipelineExecutionArn"]
    bench.finish(execution)
    assert f"{event_id} arn:p 7 literal" in bench.steps(execution)["Say"]["FailureReason"]


def test_what_can_never_be_delivered_is_not_retried_and_goes_to_the_dead_letter_queue(server):
    client = server.client("sqs")
    url = client.create_queue(QueueName="undelivered")["QueueUrl"]
    let_in(client, url, "events.amazonaws.com")
    pipeline = arn_of("sagemaker", "pipeline/nowhere")
    dead_letters = {"Arn": arn_of("sqs", "undelivered")}
    rule_to(server, "lost", Arn=pipeline, RoleArn=ROLE, DeadLetterConfig=dead_letters)
    event_id = server.client("events").put_events(Entries=[entry("lost")])["Entries"][0]["EventId"]
    message = client.receive_message(QueueUrl=url, WaitTimeSeconds=10, MessageAttributeNames=["All"])["Messages"][0]
    assert json.loads(message["Body"])["id"] == event_id
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert "does not exist" in attributes.pop("ERROR_MESSAGE")
    assert attributes == {
        "RULE_ARN": arn_of("events", "rule/lost"),
        "TARGET_ARN": pipeline,
        "ERROR_CODE": "NO_RESOURCE",
        "RETRY_ATTEMPTS": "0",
    }
    line = wait_until(lambda: [line for line in failed(server) if line["Event"]["id"] == event_id])[0]
    assert (line["Attempts"], line["ErrorCode"], line["DeadLetter"]) == (
        1,
        "NO_RESOURCE",
        f"sent to {dead_letters['Arn']}",
    )


def test_a_missing_value_and_a_missing_dead_letter_queue_are_written_down(server):
    Bench(server).create("pathless", definition(fail("F"), parameters=(parameter("A"),)))
    rule_to(
        server,
        "pathless",
        Arn=arn_of("sagemaker", "pipeline/pathless"),
        RoleArn=ROLE,
        DeadLetterConfig={"Arn": arn_of("sqs", "gone")},
        SageMakerPipelineParameters={"PipelineParameterList": [{"Name": "A", "Value": "$.detail.none"}]},
    )
    server.client("events").put_events(Entries=[entry("pathless")])
    line = wait_until(lambda: [line for line in failed(server) if line["RuleArn"].endswith("/pathless")])[0]
    assert (line["ErrorCode"], "$.detail.none" in line["ErrorMessage"]) == ("INVALID_PARAMETER", True)
    assert line["DeadLetter"].startswith(f"not sent to {arn_of('sqs', 'gone')}: QueueDoesNotExist")


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "sqs:ReceiveMessage"},
        {"Resource": "arn:aws:sqs:us-east-1:123456789012:another"},
        {"Effect": "Deny"},
        {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "parks"}}},
    ],
)
def test_nothing_is_delivered_in_a_role_that_may_not(server, statement):
    client, name = server.client("sqs"), f"denied-{next(iter(statement)).lower()}"
    url = client.create_queue(QueueName=name)["QueueUrl"]
    role = let_deliver(server.client("iam"), name, **statement)
    rule_to(server, name, Arn=arn_of("sqs", name), RoleArn=role)
    server.client("events").put_events(Entries=[entry(name)])
    line = wait_until(lambda: [line for line in failed(server) if line["RuleArn"].endswith(f"/{name}")])[0]
    assert (line["ErrorCode"], line["Attempts"]) == ("NO_PERMISSIONS", 1)
    assert f"{role} may not call sqs:SendMessage" in line["ErrorMessage"]
    assert "Messages" not in client.receive_message(QueueUrl=url)


def test_a_queues_policy_lets_a_role_in_and_its_denial_keeps_it_out(server):
    client, iam = server.client("sqs"), server.client("iam")
    role = let_deliver(iam, "bare", Action="sqs:ListQueues")
    urls = {effect: client.create_queue(QueueName=f"named-{effect}")["QueueUrl"] for effect in ("Allow", "Deny")}
    for effect, url in urls.items():
        principal = {"AWS": role if effect == "Allow" else ROLE}
        statement = {
            "Effect": effect,
            "Principal": principal,
            "Action": "sqs:*",
            "Resource": arn_of("sqs", f"named-{effect}"),
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        rule_to(server, f"named-{effect}", Arn=arn_of("sqs", f"named-{effect}"), RoleArn=principal["AWS"])
        server.client("events").put_events(Entries=[entry(f"named-{effect}")])
    assert client.receive_message(QueueUrl=urls["Allow"], WaitTimeSeconds=10)["Messages"]
    wait_until(lambda: [line for line in failed(server) if "explicitDeny" in line["ErrorMessage"]])
    assert "Messages" not in client.receive_message(QueueUrl=urls["Deny"])


def test_a_role_that_is_deleted_or_trusts_eventbridge_no_more_delivers_nothing(server):
    iam = server.client("iam")
    for name in ("leaving", "turning"):
        role = let_deliver(iam, name)
        server.client("sqs").create_queue(QueueName=name)
        rule_to(server, name, Arn=arn_of("sqs", name), RoleArn=role)
    iam.delete_role_policy(RoleName="leaving", PolicyName="deliver")
    iam.delete_role(RoleName="leaving")
    trust = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(
        RoleName="turning", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    for name, reason in (("leaving", "there is no such role"), ("turning", "does not allow it")):
        server.client("events").put_events(Entries=[entry(name)])
        found = partial(lambda name: [line for line in failed(server) if line["RuleArn"].endswith(f"/{name}")], name)
        (line,) = wait_until(found)
        assert (line["ErrorCode"], reason in line["ErrorMessage"]) == ("NO_PERMISSIONS", True)


def test_a_topic_gets_what_the_target_asks_for(server):
    arn = server.client("sns").create_topic(Name="told")["TopicArn"]
    transformer = {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": "n is <n>"}
    rule_to(server, "told", Arn=arn, RoleArn=ROLE, InputTransformer=transformer)
    server.client("events").put_events(Entries=[entry("told")])
    path = server.context.settings.data_dir / "sns" / "told.jsonl"
    line = wait_until(lambda: path.exists() and path.read_text())  # the file is there before its line
    assert json.loads(line)["Message"] == "n is 1"


def test_topic_gets_nothing_under_a_statement_with_a_condition(server):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": arn_of("sns", "conditioned"),
        "Condition": {"ArnEquals": {"aws:SourceArn": arn_of("events", "rule/conditioned")}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = server.client("sns").create_topic(Name="conditioned", Attributes={"Policy": policy})["TopicArn"]
    rule_to(server, "conditioned", Arn=arn)
    server.client("events").put_events(Entries=[entry("conditioned")])
    line = wait_until(lambda: [line for line in failed(server) if line["TargetArn"] == arn])[0]
    assert line["ErrorCode"] == "NO_PERMISSIONS"


def test_a_topic_whose_policy_does_not_let_the_rule_in_gets_nothing(server):
    arn = server.client("sns").create_topic(Name="closed")["TopicArn"]
    rule_to(server, "closed", Arn=arn)
    server.client("events").put_events(Entries=[entry("closed")])
    line = wait_until(lambda: [line for line in failed(server) if line["TargetArn"] == arn])[0]
    assert (line["ErrorCode"], line["Attempts"]) == ("NO_PERMISSIONS", 1)
    assert not (server.context.settings.data_dir / "sns" / "closed.jsonl").exists()


def test_a_disabled_rule_delivers_nothing(server):
    inbox = Inbox(server, {"source": ["switched"]}, "switched")
    client = server.client("events")
    client.disable_rule(Name="switched")
    client.put_events(Entries=[entry("switched")])
    client.enable_rule(Name="switched")
    client.put_events(Entries=[entry("switched", Detail='{"second": true}')])
    assert [event["detail"] for event in inbox.wait()] == [{"second": True}]


def test_a_function_is_invoked_when_its_policy_lets_the_rule(server, tmp_path):
    bench = Functions(server)
    told = tmp_path / "told.json"
    code = (
        f"import json, pathlib\ndef handler(event, context): pathlib.Path({str(told)!r}).write_text(json.dumps(event))"
    )
    arn = bench.create("told", code)["FunctionArn"]
    rule_to(server, "invokes", Arn=arn, InputPath="$.detail")
    server.client("events").put_events(Entries=[entry("invokes")])
    line = wait_until(lambda: [line for line in failed(server) if line["TargetArn"] == arn])[0]
    assert (line["ErrorCode"], told.exists()) == ("NO_PERMISSIONS", False)
    bench.client.add_permission(
        FunctionName="told",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=arn_of("events", "rule/invokes"),
    )
    server.client("events").put_events(Entries=[entry("invokes")])
    wait_until(lambda: told.exists() and told.read_text())
    assert json.loads(told.read_text()) == {"n": 1}


def test_deliveries_are_counted_as_metrics(server):
    inbox = Inbox(server, {"source": ["counted"]}, "counted")
    server.client("events").put_events(Entries=[entry("counted")])
    inbox.wait()
    metrics = server.client("cloudwatch")

    def count(name: str, namespace: str = "AWS/Events", dimension: str = "RuleName", statistic: str = "Sum") -> float:
        points = metrics.get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            Dimensions=[{"Name": dimension, "Value": "counted"}],
            StartTime=datetime(2020, 1, 1, tzinfo=UTC),
            EndTime=datetime(2090, 1, 1, tzinfo=UTC),
            Period=86_400 * 36_500,
            Statistics=["Sum", "Maximum"],
        )["Datapoints"]
        return max((point[statistic] for point in points), default=0)

    wait_until(lambda: count("Invocations") == 1)
    assert (count("TriggeredRules"), count("MatchedEvents"), count("FailedInvocations")) == (1, 1, 0)
    # A message that nobody takes: how deep the queue was before is told only if it was not emptied at once.
    server.client("events").put_events(Entries=[entry("counted")])
    wait_until(lambda: count("ApproximateNumberOfMessagesVisible", "AWS/SQS", "QueueName", "Maximum") == 1)


def test_a_failure_that_passes_is_tried_again_as_the_role(tmp_path):
    topics = Topics(AwsError("InternalError", "busy", 500), failures=2)
    with running(tmp_path, (topics.build, events.build)) as server:
        let_deliver(server.client("iam"), "events")
        rule_to(server, "retried", Arn=TOPIC, RoleArn=ROLE, InputPath="$.detail")
        server.client("events").put_events(Entries=[entry("retried")])
        wait_until(lambda: len(topics.calls) == 3)
        wait_until(partial(nothing_waits, server))
        assert {call["Message"] for call in topics.calls} == {'{"n":1}'}
        assert (len(topics.calls), set(topics.principals), failed(server)) == (3, {ROLE}, [])


def test_retries_end_where_the_policy_says(tmp_path):
    topics = Topics(AwsError("InternalError", "down", 500))
    with running(tmp_path, (topics.build, sqs.build, events.build)) as server:
        url = server.client("sqs").create_queue(QueueName="dead")["QueueUrl"]
        let_in(server.client("sqs"), url, "events.amazonaws.com")
        let_deliver(server.client("iam"), "events")
        rule_to(
            server,
            "bounded",
            Arn=TOPIC,
            RoleArn=ROLE,
            RetryPolicy={"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 60},
            DeadLetterConfig={"Arn": arn_of("sqs", "dead")},
        )
        server.client("events").put_events(Entries=[entry("bounded")])
        message = server.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=10, MessageAttributeNames=["All"])[
            "Messages"
        ][0]
        attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
        assert (attributes["EXHAUSTED_RETRY_CONDITION"], attributes["RETRY_ATTEMPTS"], attributes["ERROR_CODE"]) == (
            "MaximumRetryAttempts",
            "1",
            "ERROR_FROM_TARGET",
        )
        assert len(topics.calls) == 2


def test_an_event_that_got_too_old_is_given_up(tmp_path):
    topics = Topics(AwsError("Throttled", "slow down", 429))
    with running(tmp_path, (topics.build, events.build)) as server:
        let_deliver(server.client("iam"), "events")
        rule_to(server, "aged", Arn=TOPIC, RoleArn=ROLE, RetryPolicy={"MaximumEventAgeInSeconds": 60})
        server.client("events").put_events(Entries=[entry("aged")])
        assert topics.called.wait(60)
        wait_until(lambda: server.context.records.list("event-delivery")[0]["Attempts"])
        delivery = server.context.records.list("event-delivery")[0]["Id"]
        server.context.records.update("event-delivery", delivery, lambda record: record.update(CreatedAt=0))
        line = wait_until(lambda: failed(server))[0]
        assert (line["ExhaustedRetryCondition"], line["ErrorCode"]) == ("MaximumEventAgeInSeconds", "THROTTLING")


def test_a_delivery_goes_on_after_a_restart(tmp_path):
    down = Topics(AwsError("InternalError", "down", 500))
    with running(tmp_path, (down.build, events.build)) as server:
        let_deliver(server.client("iam"), "events")
        rule_to(server, "restarted", Arn=TOPIC, RoleArn=ROLE)
        event_id = server.client("events").put_events(Entries=[entry("restarted")])["Entries"][0]["EventId"]
        assert down.called.wait(60)
    up = Topics(None)
    with running(tmp_path, (up.build, events.build)) as server:
        assert up.called.wait(60)
        wait_until(partial(nothing_waits, server))
    assert [json.loads(call["Message"])["id"] for call in up.calls] == [event_id]
    with running(tmp_path, (up.build, events.build)):
        time.sleep(0.2)
    assert len(up.calls) == 1


def test_a_delivery_that_a_killed_server_had_made_starts_no_second_execution(tmp_path):
    builders = (sagemaker.build, events.build)
    target = {"Id": "t", "Arn": arn_of("sagemaker", "pipeline/once"), "RoleArn": ROLE}
    key = "00000000-0000-4000-8000-000000000001"
    delivery = {
        "Id": key,
        "Event": json.dumps({"id": "e", "detail": {}}),
        "Target": target,
        "Rule": {"Name": "once", "Arn": arn_of("events", "rule/once"), "IngestionTime": "2026-01-01T00:00:00Z"},
        "CreatedAt": time.time(),
        "Attempts": 0,
    }
    with running(tmp_path, builders) as server:
        Bench(server).create("once", definition(fail("F")))
        let_deliver(server.client("iam"), "events")
    # Twice what a server leaves that is killed after the call and before it could forget the delivery.
    for _ in range(2):
        with running(tmp_path, ()) as server:
            server.context.records.insert("event-delivery", key, delivery)
        with running(tmp_path, builders) as server:
            wait_until(partial(nothing_waits, server))
            executions = server.client("sagemaker").list_pipeline_executions(PipelineName="once")
            assert len(executions["PipelineExecutionSummaries"]) == 1
