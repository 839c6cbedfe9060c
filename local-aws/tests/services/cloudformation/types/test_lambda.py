"""Functions and permissions of Lambda."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from botocore.exceptions import ClientError

from tests.services.cloudformation.types.documents import HANDLER, trust


@pytest.fixture(scope="module")
def role(server) -> str:
    from tests.services.cloudformation.types.conftest import Resource

    made = Resource(server.context, "AWS::IAM::Role").create(
        RoleName="functions", AssumeRolePolicyDocument=trust("lambda")
    )
    return made.attributes["Arn"]


def test_function_source_text_becomes_an_archive(server, resource, role: str) -> None:
    client, function = server.client("lambda"), resource("AWS::Lambda::Function")
    base = {"FunctionName": "f", "Role": role, "Runtime": "python3.12", "Handler": "index.handler"}
    made = function.create(
        **base,
        Code={"ZipFile": HANDLER},
        Timeout="5",
        Description="first",
        Environment={"Variables": {"A": "1"}},
        Tags=[{"Key": "a", "Value": "b"}],
    )
    assert made.attributes["Arn"] == "arn:aws:lambda:us-east-1:123456789012:function:f"
    found = client.get_function(FunctionName="f")
    assert (found["Configuration"]["Timeout"], found["Tags"]) == (5, {"a": "b"})
    answer = client.invoke(FunctionName="f", Payload=b"1")["Payload"].read()
    assert json.loads(answer) == {"seen": 1}

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as members:
        members.writestr("index.py", HANDLER.replace("seen", "read"))
    s3 = server.client("s3")
    s3.create_bucket(Bucket="function-code")
    s3.put_object(Bucket="function-code", Key="code.zip", Body=archive.getvalue())
    function.update(**base, Code={"S3Bucket": "function-code", "S3Key": "code.zip"}, Tags=[{"Key": "c", "Value": "d"}])
    found = client.get_function(FunctionName="f")
    assert (found["Configuration"]["Timeout"], found["Configuration"]["Description"]) == (3, "")
    assert (found["Configuration"].get("Environment", {}).get("Variables", {}), found["Tags"]) == ({}, {"c": "d"})
    answer = client.invoke(FunctionName="f", Payload=b"1")["Payload"].read()
    assert json.loads(answer) == {"read": 1}
    function.delete()
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.get_function(FunctionName="f")


def test_permission_is_a_statement_of_the_function_policy(server, resource, role: str) -> None:
    client, function = server.client("lambda"), resource("AWS::Lambda::Function")
    permission = resource("AWS::Lambda::Permission")
    function.create(
        FunctionName="g", Role=role, Runtime="python3.12", Handler="index.handler", Code={"ZipFile": HANDLER}
    )
    permission.create(
        FunctionName="g",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn="arn:aws:events:us-east-1:123456789012:rule/r",
    )
    (statement,) = json.loads(client.get_policy(FunctionName="g")["Policy"])["Statement"]
    assert (statement["Sid"], statement["Action"]) == (permission.id, "lambda:InvokeFunction")
    permission.delete()
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.get_policy(FunctionName="g")
    function.delete()


def test_event_source_mapping_is_created_changed_and_deleted(server, resource, role: str) -> None:
    client = server.client("lambda")
    queue = resource("AWS::SQS::Queue").create(QueueName="mapped", VisibilityTimeout=60).attributes["Arn"]
    function = {"FunctionName": "mapped", "Role": role, "Runtime": "python3.12", "Handler": "index.handler"}
    resource("AWS::Lambda::Function").create(**function, Code={"ZipFile": HANDLER})
    policy = {"Effect": "Allow", "Action": "sqs:*", "Resource": queue}
    server.client("iam").put_role_policy(
        RoleName="functions",
        PolicyName="queue",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [policy]}),
    )
    mapping = resource("AWS::Lambda::EventSourceMapping")
    named = {"EventSourceArn": queue, "FunctionName": "mapped"}
    made = mapping.create(
        **named,
        BatchSize="1",
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig={"MaximumConcurrency": 2},
        Tags=[{"Key": "a", "Value": "b"}],
    )
    shown = client.get_event_source_mapping(UUID=made.physical_id)
    assert made.attributes["Id"] == shown["UUID"]
    assert (shown["BatchSize"], shown["FunctionResponseTypes"]) == (1, ["ReportBatchItemFailures"])
    assert shown["ScalingConfig"] == {"MaximumConcurrency": 2}
    arn = made.attributes["EventSourceMappingArn"]
    assert client.list_tags(Resource=arn)["Tags"] == {"a": "b"}

    mapping.update(**named, BatchSize=5, Enabled=False, Tags=[{"Key": "c", "Value": "d"}])
    shown = client.get_event_source_mapping(UUID=made.physical_id)
    assert (shown["State"], shown["BatchSize"], shown["FunctionResponseTypes"]) == ("Disabled", 5, [])
    assert client.list_tags(Resource=arn)["Tags"] == {"c": "d"}
    mapping.delete()
    assert client.list_event_source_mappings(FunctionName="mapped")["EventSourceMappings"] == []
