"""Stacks brought up to date, refused and removed, on local_aws: small templates of queues and topics."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infrastructure.errors import DeploymentError
from infrastructure.stack_failures import MAKING, failures
from infrastructure.stacks import Stack, Stacks
from tests.servers import RunningServer, running

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": {"Ref": "Delay"}}}
TAKEN = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "taken"}, "DependsOn": "Queue"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("server")) as server:
        server.client("sqs").create_queue(QueueName="taken")
        yield server


@pytest.fixture
def client(server: RunningServer) -> Any:
    return server.client("cloudformation")


@pytest.fixture
def stacks(server: RunningServer, client: Any) -> Stacks:
    return Stacks(client, server.client("s3"))


def stack(tmp_path: Path, name: str, delay: str = "1", **further: Any) -> Stack:
    template = tmp_path / "template.yaml"
    parameters = {"Delay": {"Type": "Number", "Default": "0"}, "Other": {"Type": "String", "Default": ""}}
    template.write_text(json.dumps({"Parameters": parameters, "Resources": {"Queue": QUEUE, **further}}))
    return Stack(name, template, {"Delay": delay}, {})


def apply(stacks: Stacks, wanted: Stack) -> None:
    change_set = stacks.plan(wanted)
    assert change_set is not None
    stacks.execute(change_set)


def test_a_parameter_that_the_template_does_not_have(stacks, tmp_path):
    wanted = Stack("unknown", stack(tmp_path, "unknown").template, {"Dealy": "1"}, {})
    with pytest.raises(DeploymentError, match=r"template\.yaml has no parameter Dealy; it has Delay, Other"):
        stacks.plan(wanted)
    assert stacks.describe("unknown") is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Resources: {a: [", "is not valid YAML: .*line 1"),
        ("", "is not a CloudFormation template"),
        ("Outputs: {}", "is not a CloudFormation template: it has no Resources"),
    ],
)
def test_a_file_that_is_no_template(stacks, tmp_path, text, reason):
    template = tmp_path / "template.yaml"
    template.write_text(text)
    with pytest.raises(DeploymentError, match=rf"template\.yaml: {reason}"):
        stacks.plan(Stack("broken", template, {}, {}))


def test_a_template_without_parameters(stacks, tmp_path):
    template = tmp_path / "template.yaml"
    template.write_text("Resources: {Queue: {Type: 'AWS::SQS::Queue'}}")
    apply(stacks, Stack("plain", template, {}, {}))
    assert stacks.plan(Stack("plain", template, {}, {})) is None


def test_the_slower_of_two_deployments_is_told_to_deploy_again(stacks, client, tmp_path):
    apply(stacks, stack(tmp_path, "two"))
    slower, faster = (stacks.plan(stack(tmp_path, "two", delay)) for delay in ("2", "3"))
    stacks.execute(faster)
    with pytest.raises(DeploymentError, match="another deployment has changed it in the meantime; deploy again"):
        stacks.execute(slower)
    apply(stacks, stack(tmp_path, "two", "2"))
    assert client.describe_stacks(StackName="two")["Stacks"][0]["Parameters"][0]["ParameterValue"] == "2"


def test_a_stack_that_somebody_made_meanwhile(server, stacks, tmp_path):
    wanted, slow = stack(tmp_path, "raced"), server.client("cloudformation")
    slow.meta.events.register("before-call.cloudformation.CreateChangeSet", lambda **_: apply(stacks, wanted))
    with pytest.raises(DeploymentError, match="another deployment has changed it in the meantime; deploy again"):
        Stacks(slow, server.client("s3")).plan(wanted)


def test_a_second_plan_for_a_new_stack_leaves_the_first_alone(stacks, tmp_path):
    first, second = (stacks.plan(stack(tmp_path, "new")) for _ in range(2))
    stacks.discard(second)
    stacks.execute(first)
    assert stacks.describe("new")["StackStatus"] == "CREATE_COMPLETE"


def test_a_discarded_plan_leaves_nothing(stacks, client, tmp_path):
    stacks.discard(stacks.plan(stack(tmp_path, "dry")))
    assert "dry" not in {found["StackName"] for found in client.describe_stacks()["Stacks"]}


def test_a_creation_that_failed_says_why_and_can_be_repeated(stacks, client, tmp_path):
    with pytest.raises(DeploymentError, match=r"nothing of it is left: Taken \(AWS::SQS::Queue\): .*taken"):
        apply(stacks, stack(tmp_path, "failed", Taken=TAKEN))
    assert stacks.settled("failed") == "DELETE_COMPLETE"
    apply(stacks, stack(tmp_path, "failed"))
    assert stacks.describe("failed")["StackStatus"] == "CREATE_COMPLETE"


def test_what_a_failed_creation_of_somebody_else_left_is_replaced(stacks, client, tmp_path):
    wanted = stack(tmp_path, "left", Taken=TAKEN)
    client.create_stack(StackName="left", TemplateBody=wanted.template.read_text())
    assert stacks.settled("left") == "ROLLBACK_COMPLETE"
    apply(stacks, stack(tmp_path, "left"))
    assert stacks.describe("left")["StackStatus"] == "CREATE_COMPLETE"


def test_only_the_last_operations_failures_are_told(stacks, client, tmp_path):
    apply(stacks, stack(tmp_path, "twice"))
    with pytest.raises(DeploymentError, match="Taken"):
        apply(stacks, stack(tmp_path, "twice", Taken=TAKEN))
    assert len(failures(client, "twice", MAKING)) == 1
    apply(stacks, stack(tmp_path, "twice", "4"))
    assert failures(client, "twice", MAKING) == ["no resource has a reason; see its events"]


def test_settled_waits_for_what_is_under_way(stacks, client, tmp_path):
    change_set = stacks.plan(stack(tmp_path, "busy"))
    working = threading.Thread(target=stacks.execute, args=(change_set,))
    working.start()
    assert stacks.settled("busy") == "CREATE_COMPLETE"
    working.join()
    assert stacks.settled("nobody") == "DELETE_COMPLETE"
