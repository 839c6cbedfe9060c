import json

import pytest
from botocore.exceptions import ClientError

from local_aws.services import events
from tests.conftest import running
from tests.services.events.inbox import let_deliver

PATTERN = json.dumps({"source": ["test"]})
ROLE = "arn:aws:iam::123456789012:role/events"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
PIPELINE = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with running(tmp_path_factory.mktemp("data"), (events.build,)) as server:
        let_deliver(server.client("iam"), "sagemakers", "sagemaker.amazonaws.com")
        yield server.client("events")


def refused(call, **request) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_a_rule_that_is_put_again_is_replaced_and_keeps_its_targets_and_tags(client):
    arn = client.put_rule(Name="again", EventPattern=PATTERN, Description="d", Tags=[{"Key": "Stack", "Value": "a"}])[
        "RuleArn"
    ]
    client.put_targets(Rule="again", Targets=[{"Id": "q", "Arn": QUEUE}])
    other = json.dumps({"source": ["other"]})
    client.put_rule(Name="again", EventPattern=other, State="DISABLED", Tags=[{"Key": "Stack", "Value": "b"}])
    rule = client.describe_rule(Name="again")
    del rule["ResponseMetadata"]
    assert rule == {
        "Name": "again",
        "Arn": arn,
        "EventPattern": other,
        "State": "DISABLED",
        "EventBusName": "default",
        "CreatedBy": "123456789012",
    }
    assert client.list_targets_by_rule(Rule="again")["Targets"] == [{"Id": "q", "Arn": QUEUE}]
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "Stack", "Value": "a"}]
    client.tag_resource(ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
    client.untag_resource(ResourceARN=arn, TagKeys=["Stack"])
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_rules_are_listed_switched_and_deleted(client):
    for name in ("list-a", "list-b"):
        client.put_rule(Name=name, EventPattern=PATTERN)
    first = client.list_rules(NamePrefix="list-", Limit=1)
    second = client.list_rules(NamePrefix="list-", Limit=1, NextToken=first["NextToken"])
    assert [rule["Name"] for rule in first["Rules"] + second["Rules"]] == ["list-a", "list-b"]
    client.disable_rule(Name="list-a")
    assert client.describe_rule(Name="list-a")["State"] == "DISABLED"
    client.enable_rule(Name="list-a")
    assert client.describe_rule(Name="list-a")["State"] == "ENABLED"
    client.put_targets(Rule="list-a", Targets=[{"Id": "q", "Arn": f"{QUEUE}-listed"}])
    assert client.list_rule_names_by_target(TargetArn=f"{QUEUE}-listed")["RuleNames"] == ["list-a"]
    assert "since it has targets" in refused(client.delete_rule, Name="list-a")[1]
    client.remove_targets(Rule="list-a", Ids=["q", "none"])
    client.delete_rule(Name="list-a")
    client.delete_rule(Name="list-a")
    assert refused(client.describe_rule, Name="list-a")[0] == "ResourceNotFoundException"


def test_the_bus_is_the_default_one(client):
    bus = client.describe_event_bus()
    assert (bus["Name"], bus["Arn"].rpartition(":")[2]) == ("default", "event-bus/default")
    client.put_rule(Name="by-arn", EventPattern=PATTERN, EventBusName=bus["Arn"])
    assert refused(client.describe_event_bus, Name="mine")[0] == "ResourceNotFoundException"
    assert refused(client.list_rules, EventBusName="mine")[0] == "ResourceNotFoundException"


def test_rules_that_are_not_done_are_refused(client):
    assert "ScheduleExpression" in refused(client.put_rule, Name="r", ScheduleExpression="rate(1 day)")[1]
    assert "must be specified" in refused(client.put_rule, Name="r")[1]
    assert "RoleArn" in refused(client.put_rule, Name="r", EventPattern=PATTERN, RoleArn=ROLE)[1]
    managed = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    assert managed in refused(client.put_rule, Name="r", EventPattern=PATTERN, State=managed)[1]
    assert refused(client.put_rule, Name="r", EventPattern='{"a": "b"}')[0] == "InvalidEventPatternException"
    long = json.dumps({"source": ["x" * 2100]})
    assert refused(client.put_rule, Name="r", EventPattern=long)[0] == "LimitExceededException"


def parameter(value: str) -> dict:
    return {"SageMakerPipelineParameters": {"PipelineParameterList": [{"Name": "A", "Value": value}]}}


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"Arn": "arn:aws:states:us-east-1:123456789012:stateMachine:s"}, "does not support the target"),
        ({"Arn": "arn:aws:sqs:eu-west-1:123456789012:q"}, "does not support the target"),
        ({"Arn": "arn:aws:sqs:us-east-1:111111111111:q"}, "does not support the target"),
        ({"Arn": PIPELINE}, "RoleArn is required"),
        ({"Arn": PIPELINE, "RoleArn": ROLE, "Input": "{}"}, "Input"),
        ({"Arn": PIPELINE, "RoleArn": ROLE, **parameter("$.detail[*]")}, "is not a JSON path"),
        ({"Arn": PIPELINE, "RoleArn": ROLE}, f"'{ROLE}' cannot be assumed by principal 'events.amazonaws.com'"),
        ({"Arn": QUEUE, "RoleArn": f"{ROLE[:-6]}sagemakers"}, "sagemakers' cannot be assumed by principal"),
        ({"Arn": QUEUE, **parameter("x")}, "SageMakerPipelineParameters"),
        ({"Arn": QUEUE, "SqsParameters": {"MessageGroupId": "g"}}, "SqsParameters"),
        ({"Arn": QUEUE, "Input": "{"}, "JSON syntax error in Input"),
        ({"Arn": QUEUE, "Input": "1", "InputPath": "$"}, "Only one of"),
        ({"Arn": QUEUE, "InputPath": "detail"}, "is not valid"),
        ({"Arn": QUEUE, "InputTransformer": {"InputTemplate": "<x>"}}, "invalid placeholder x"),
        (
            {"Arn": QUEUE, "InputTransformer": {"InputPathsMap": {"aws.x": "$"}, "InputTemplate": "t"}},
            "begins with AWS",
        ),
        ({"Arn": QUEUE, "DeadLetterConfig": {"Arn": "arn:aws:sns:us-east-1:123456789012:t"}}, "an SQS queue"),
    ],
)
def test_targets_that_are_not_done_are_refused(client, target, message):
    client.put_rule(Name="refusing", EventPattern=PATTERN)
    code, text = refused(client.put_targets, Rule="refusing", Targets=[{"Id": "t", **target}])
    assert (code, message in text) == ("ValidationException", True), text
    assert client.list_targets_by_rule(Rule="refusing")["Targets"] == []


def test_a_rule_has_five_targets_at_most(client):
    client.put_rule(Name="many", EventPattern=PATTERN)
    five = [{"Id": f"t{number}", "Arn": QUEUE} for number in range(5)]
    client.put_targets(Rule="many", Targets=five)
    client.put_targets(Rule="many", Targets=[{"Id": "t0", "Arn": f"{QUEUE}2"}])
    assert client.list_targets_by_rule(Rule="many")["Targets"][0]["Arn"] == f"{QUEUE}2"
    sixth = [{"Id": "t5", "Arn": QUEUE}]
    assert refused(client.put_targets, Rule="many", Targets=sixth)[0] == "LimitExceededException"
    assert refused(client.put_targets, Rule="none", Targets=sixth)[0] == "ResourceNotFoundException"


def test_a_pattern_can_be_tried_on_an_event(client):
    event = dict.fromkeys(("id", "account", "time", "region", "detail-type"), "x") | {"source": "test", "resources": []}
    assert client.test_event_pattern(EventPattern=PATTERN, Event=json.dumps(event))["Result"] is True
    event["source"] = "other"
    assert client.test_event_pattern(EventPattern=PATTERN, Event=json.dumps(event))["Result"] is False
    code, message = refused(client.test_event_pattern, EventPattern=PATTERN, Event='{"source": "test"}')
    assert (code, message) == ("ValidationException", "Parameter Event is not valid.")
