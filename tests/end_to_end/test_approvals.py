"""Approving a package deploys it, once; nothing else does. On the server of the demo."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Demo, child_environment
from tests.end_to_end.executions import DEPLOY_PIPELINE, ended, executions, outputs, start
from tests.end_to_end.serving import (
    answer_of,
    approve,
    archive,
    baking,
    constant_model,
    deployments_of,
    register,
    serving,
    set_status,
    told,
    version,
)
from tests.waiting import wait_until

ROLE = "arn:aws:iam::123456789012:role/playgrounds-sagemaker"
TAGS = [{"Key": "Stack", "Value": "playgrounds"}]
"""What marks the deployment's own things."""
NO_OP = {"ResolveDeployment", "ShouldDeploy"}


@pytest.fixture(scope="module", autouse=True)
def _quick_updates(demo: Demo) -> Iterator[None]:
    with baking(demo, 1):
        yield


@pytest.fixture
def low(demo: Demo) -> str:
    """A version that waits for approval, and answers 0.25 to everything."""
    return register(demo, constant_model(0.25), "low")


@pytest.fixture
def high(demo: Demo) -> str:
    """A version that waits for approval, and answers 0.75 to everything."""
    return register(demo, constant_model(0.75), "high")


def scores(demo: Demo, folder: Path) -> set[float]:
    """What SQL gives for the test rows, to two digits."""
    target = folder / "scores.csv"
    demo.run("query", "--split", "test", "--limit", "0", "--csv", str(target))
    return {round(float(row["score"]), 2) for row in csv.DictReader(io.StringIO(target.read_text()))}


def test_approve_ends_with_the_version_in_service_and_answering_sql(demo: Demo, low: str, tmp_path: Path) -> None:
    before = demo.run("status")
    assert f"<- waits: playgrounds approve {version(low)}" in before
    shown = demo.run("approve", version(low), "--note", "as it should be")
    assert "DeployEndpoint" in shown
    assert serving(demo) == low
    assert scores(demo, tmp_path) == {0.25}
    after = demo.run("status")
    assert f"serves version {version(low)} since" in after
    assert "(as it should be)   <- serves" in after
    assert "is approved and already serves" in demo.run("approve", version(low))
    (run,) = deployments_of(demo, low)
    assert told(demo, run)["ServingPackage"] == low


def test_the_aws_command_line_approves_as_well(demo: Demo, high: str, tmp_path: Path) -> None:
    command = [
        *(sys.executable, "-m", "awscli", "sagemaker", "update-model-package"),
        *("--model-package-arn", high, "--model-approval-status", "Approved"),
    ]
    done = subprocess.run(
        command, env=child_environment(demo.environment), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"ModelPackageArn": high}
    (run,) = wait_until(lambda: deployments_of(demo, high), "the deployment")
    assert ended(demo, run)[0]["PipelineExecutionStatus"] == "Succeeded"
    assert serving(demo) == high
    assert scores(demo, tmp_path) == {0.75}


@pytest.fixture
def heard(demo: Demo) -> Iterator[str]:
    """The URL of a queue that gets every event of a model package."""
    queues, rules = demo.client("sqs"), demo.client("events")
    url = queues.create_queue(QueueName="heard")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    pattern = {"source": ["aws.sagemaker"], "detail-type": ["SageMaker Model Package State Change"]}
    rules.put_rule(Name="heard", EventPattern=json.dumps(pattern))
    rules.put_targets(Rule="heard", Targets=[{"Id": "queue", "Arn": arn}])
    try:
        yield url
    finally:
        rules.remove_targets(Rule="heard", Ids=["queue"])
        rules.delete_rule(Name="heard")
        queues.delete_queue(QueueUrl=url)


def events_in(demo: Demo, url: str, number: int) -> list[dict]:
    """Receive so many events, in the order in which they happened."""
    found: list[dict] = []
    while len(found) < number:
        messages = demo.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=10)
        assert messages.get("Messages"), f"{len(found)} of {number} events came"
        found += [json.loads(message["Body"]) for message in messages["Messages"]]
    return found


def test_reject_pending_other_groups_and_metadata_start_nothing(demo: Demo, heard: str, low: str) -> None:
    sagemaker, rules = demo.client("sagemaker"), demo.client("events")
    approve(demo, low)
    before = executions(demo, DEPLOY_PIPELINE)
    demo.run("reject", version(register(demo, constant_model(0.75), "rejected")), "--note", "no")
    set_status(demo, register(demo, constant_model(0.75), "pending"), "PendingManualApproval")
    sagemaker.update_model_package(ModelPackageArn=low, CustomerMetadataProperties={"Seen": "yes"})
    sagemaker.create_model_package_group(ModelPackageGroupName="another-group")
    other = register(demo, constant_model(0.75), "other", group="another-group")
    try:
        set_status(demo, other, "Approved")
        events = events_in(demo, heard, 9)
        pattern = rules.describe_rule(Name="playgrounds-model-approved")["EventPattern"]
        started = [
            (event["detail"]["ModelPackageArn"], event["detail"].get("UpdatedModelPackageFields"))
            for event in events
            if rules.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"]
        ]
        assert started == [(low, ["ModelApprovalStatus"])]
        assert {event["detail"]["ModelApprovalStatus"] for event in events} == {
            *("Approved", "Rejected", "PendingManualApproval")
        }
        assert executions(demo, DEPLOY_PIPELINE) == before
        assert serving(demo) == low
    finally:
        sagemaker.delete_model_package(ModelPackageName=other)
        sagemaker.delete_model_package_group(ModelPackageGroupName="another-group")


def test_a_second_identical_approval_does_nothing(demo: Demo, low: str) -> None:
    approve(demo, low)
    endpoint = demo.client("sagemaker").describe_endpoint(EndpointName="playground-accessibility")
    execution, steps = approve(demo, low)
    assert execution["PipelineExecutionStatus"] == "Succeeded"
    assert steps.keys() == NO_OP
    assert f"serves {low}" in outputs(steps["ResolveDeployment"])["Reason"]
    now = demo.client("sagemaker").describe_endpoint(EndpointName="playground-accessibility")
    assert now["EndpointConfigName"] == endpoint["EndpointConfigName"]
    assert now["LastModifiedTime"] == endpoint["LastModifiedTime"]


def test_an_event_that_comes_more_than_once_deploys_once(demo: Demo, high: str) -> None:
    set_status(demo, high, "Approved")
    with ThreadPoolExecutor(2) as pool:
        doubled = list(pool.map(lambda _: start(demo, DEPLOY_PIPELINE, ModelPackageArn=high), range(2)))
    wait_until(lambda: len(deployments_of(demo, high)) == 3, "the deployment that the event starts")
    found = [ended(demo, run) for run in {*doubled, *deployments_of(demo, high)}]
    assert {execution["PipelineExecutionStatus"] for execution, _ in found} == {"Succeeded"}
    deployed = [steps for _, steps in found if "DeployEndpoint" in steps]
    assert [outputs(steps["DeployEndpoint"])["Outcome"] for steps in deployed] == ["Deployed"]
    for _, steps in found:
        if "DeployEndpoint" not in steps:
            assert steps.keys() == NO_OP
            assert outputs(steps["ResolveDeployment"])["Decision"] == "Skip"
    assert serving(demo) == high


def test_package_that_somebody_registers_as_approved_is_deployed_by_its_event(demo: Demo) -> None:
    arn = register(demo, constant_model(0.5), "approved", status="Approved")
    (run,) = wait_until(lambda: deployments_of(demo, arn), "the execution of the event")
    execution, steps = ended(demo, run)
    assert execution["PipelineExecutionStatus"] == "Succeeded"
    assert outputs(steps["DeployEndpoint"])["Outcome"] == "Deployed"
    assert serving(demo) == arn


def test_of_two_approvals_in_quick_succession_the_later_one_serves(demo: Demo, low: str, high: str) -> None:
    set_status(demo, low, "Approved")
    set_status(demo, high, "Approved")
    for arn in (low, high):
        (run,) = wait_until(partial(deployments_of, demo, arn), f"the deployment of {arn}")
        assert ended(demo, run)[0]["PipelineExecutionStatus"] == "Succeeded"
    assert serving(demo) == high
    assert answer_of(demo) == 0.75


def test_an_older_version_comes_back_by_approval_and_by_rollback(demo: Demo, low: str, high: str) -> None:
    approve(demo, low)
    approve(demo, high)
    shown = demo.run("rollback", "--note", "high is too high")
    assert "DeployEndpoint" in shown
    assert f"version {version(high)} → {version(low)}" in shown
    assert serving(demo) == low
    assert demo.client("sagemaker").describe_model_package(ModelPackageName=low)["ApprovalDescription"] == (
        "high is too high"
    )
    # By an approval that was there before.
    execution, steps = approve(demo, high)
    assert "DeployEndpoint" in steps
    assert serving(demo) == high
    assert told(demo, execution["PipelineExecutionArn"])["PreviousPackage"] == low
    assert answer_of(demo) == 0.75


def test_approving_what_a_failed_endpoint_was_to_serve_is_no_success(demo: Demo, low: str) -> None:
    sagemaker = demo.client("sagemaker")
    endpoint = {"EndpointName": DEPLOY_PIPELINE.removesuffix("-deploy")}
    approve(demo, low)
    config = sagemaker.describe_endpoint(**endpoint)["EndpointConfigName"]
    broken = register(demo, archive(b"no model at all"), "broken", status="Approved")
    (run,) = wait_until(lambda: deployments_of(demo, broken), "the execution of the event")
    assert ended(demo, run)[0]["PipelineExecutionStatus"] == "Failed"
    sagemaker.create_model(
        ModelName="broken", PrimaryContainer={"ModelPackageName": broken}, ExecutionRoleArn=ROLE, Tags=TAGS
    )
    variant = {"VariantName": "AllTraffic", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(
        EndpointConfigName="broken", ProductionVariants=[{**variant, "ModelName": "broken"}], Tags=TAGS
    )
    sagemaker.delete_endpoint(**endpoint)
    sagemaker.get_waiter("endpoint_deleted").wait(**endpoint, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    sagemaker.create_endpoint(**endpoint, EndpointConfigName="broken", Tags=TAGS)
    wait_until(lambda: sagemaker.describe_endpoint(**endpoint)["EndpointStatus"] == "Failed")
    try:
        said = demo.fail("approve", version(broken))
        assert "ResolveDeployment" in said
        assert "is Failed, which SageMaker does not update: delete it" in said
    finally:
        sagemaker.delete_endpoint(**endpoint)
        sagemaker.get_waiter("endpoint_deleted").wait(**endpoint, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        sagemaker.create_endpoint(**endpoint, EndpointConfigName=config, Tags=TAGS)
        sagemaker.get_waiter("endpoint_in_service").wait(**endpoint, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        sagemaker.update_model_package(ModelPackageArn=broken, ModelApprovalStatus="Rejected")
    assert serving(demo) == low
