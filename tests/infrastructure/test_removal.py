"""What is removed of a deployment that never was, or never came up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from infrastructure.names import Names
from infrastructure.removal import Removal
from infrastructure.stacks import Stacks
from tests.definitions import BUCKET, ROLE, SLEEP, definition, fail, processing
from tests.infrastructure.templates import resolve
from tests.servers import RunningServer, running

TAKEN = '{"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "taken"}}}}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("server")) as server:
        server.client("sqs").create_queue(QueueName="taken")
        yield server


@pytest.fixture
def session(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> boto3.session.Session:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return boto3.session.Session()


def names_of(client: Any, prefix: str) -> Names:
    return Names(prefix, client("sts").get_caller_identity()["Account"], "us-east-1")


def remove_all(session: boto3.session.Session, names: Names) -> list[str]:
    items = Removal(session, names).items()
    for item in items:
        item.remove()
    assert Removal(session, names).items() == []
    return [item.kind for item in items]


def test_nothing_is_no_error(server, session):
    assert remove_all(session, names_of(server.client, "none-")) == []


def test_a_stack_whose_creation_failed(server, session):
    names = names_of(server.client, "failed-")
    cloudformation = server.client("cloudformation")
    cloudformation.create_stack(StackName=names.stack, TemplateBody=TAKEN)
    assert Stacks(cloudformation, server.client("s3")).settled(names.stack) == "ROLLBACK_COMPLETE"
    assert remove_all(session, names) == ["stack"]
    assert names.stack not in {found["StackName"] for found in cloudformation.describe_stacks()["Stacks"]}


def test_a_stack_with_a_bucket_that_was_never_made(server, session):
    names = names_of(server.client, "early-")
    server.client("s3").create_bucket(Bucket="taken-bucket")
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "taken-bucket"}}
    cloudformation = server.client("cloudformation")
    cloudformation.create_stack(
        StackName=names.stack, TemplateBody=json.dumps({"Resources": {"Data": bucket}}), OnFailure="DO_NOTHING"
    )
    assert Stacks(cloudformation, server.client("s3")).settled(names.stack) == "CREATE_FAILED"
    assert remove_all(session, names) == ["stack"]
    server.client("s3").delete_bucket(Bucket="taken-bucket")  # somebody else's: it is there still


def test_what_somebody_removed_by_hand_meanwhile(server, session):
    names = names_of(server.client, "hand-")
    template = {
        "Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": names.raw_bucket}},
            "Queue": {"Type": "AWS::SQS::Queue"},
        }
    }
    server.client("cloudformation").create_stack(StackName=names.stack, TemplateBody=json.dumps(template))
    assert Stacks(server.client("cloudformation"), server.client("s3")).settled(names.stack) == "CREATE_COMPLETE"
    server.client("sagemaker").create_pipeline(
        PipelineName=names.pipeline, PipelineDefinition=definition(fail("Nothing", "to do")), RoleArn=ROLE
    )
    items = Removal(session, names).items()
    assert [item.kind for item in items] == ["pipeline", "objects of bucket", "stack"]
    server.client("s3").delete_bucket(Bucket=names.raw_bucket)
    server.client("sagemaker").delete_pipeline(PipelineName=names.pipeline)
    for item in items:
        item.remove()
    assert Removal(session, names).items() == []


@pytest.mark.parametrize("stopped_by_somebody", [False, True])
def test_an_execution_ends_before_its_pipeline_goes(server, session, stopped_by_somebody):
    names = names_of(server.client, f"busy{'-too' if stopped_by_somebody else ''}-")
    sagemaker = server.client("sagemaker")
    server.client("s3").create_bucket(Bucket=BUCKET)
    sagemaker.create_pipeline(
        PipelineName=names.pipeline, PipelineDefinition=definition(processing("Wait", SLEEP)), RoleArn=ROLE
    )
    arn = sagemaker.start_pipeline_execution(PipelineName=names.pipeline)["PipelineExecutionArn"]
    items = Removal(session, names).items()
    assert [(item.kind, item.name) for item in items] == [("running execution", arn), ("pipeline", names.pipeline)]
    if stopped_by_somebody:
        sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    for item in items:
        item.remove()
    assert Removal(session, names).items() == []


def test_a_log_group_that_came_back_is_in_nobodys_way(server, session):
    names = names_of(server.client, "logs-")
    theirs = f"/aws/lambda/{names.named('playgrounds-other')}"
    for group in (names.log_groups[0], theirs):
        server.client("logs").create_log_group(logGroupName=group)
    assert remove_all(session, names) == ["log group"]
    left = server.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/logs-")["logGroups"]
    assert [group["logGroupName"] for group in left] == [theirs]


def test_log_groups_are_those_of_the_stack():
    names = Names("test-", "123456789012", "us-east-1")
    groups = {
        resource.properties["LogGroupName"]
        for resource in resolve("stack.yaml", Prefix="test-").values()
        if resource.type == "AWS::Logs::LogGroup"
    }
    assert groups == set(names.log_groups)
