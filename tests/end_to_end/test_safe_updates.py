"""An update of the endpoint drops no request, and a model that does not work does not stay. On the demo's server."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.end_to_end.conftest import Demo
from tests.end_to_end.executions import DEPLOY_PIPELINE, ended, executions, outputs, pages_of, start, started_since
from tests.end_to_end.serving import (
    ERRORS_ALARM,
    WIDTH,
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
from tests.infrastructure.demand import Place
from tests.infrastructure.simulated import calls_of_roles, demanded, logged, refused
from tests.waiting import wait_until

MODELS = "playgrounds-models-123456789012-us-east-1"


@pytest.fixture(scope="module", autouse=True)
def _quick_updates(demo: Demo) -> Iterator[None]:
    with baking(demo, 1):
        yield


@pytest.fixture(scope="module")
def registered(demo: Demo) -> str:
    """A version that answers 0.25 to everything."""
    return register(demo, constant_model(0.25), "low")


@pytest.fixture
def low(demo: Demo, registered: str) -> str:
    """The version that serves before a test."""
    if serving(demo) != registered:
        approve(demo, registered)
        assert serving(demo) == registered
    return registered


def test_no_request_of_a_thousand_is_dropped_during_an_update(demo: Demo, low: str) -> None:
    high = register(demo, constant_model(0.75), "high")
    over = threading.Event()
    answers: list[float] = []

    def send(_: int) -> None:
        # One that fails raises: the client has no second try.
        runtime = demo.client("sagemaker-runtime")
        while len(answers) < 1000 or not over.is_set():
            answers.append(answer_of(demo, runtime=runtime))

    with ThreadPoolExecutor(3) as pool:
        senders = [pool.submit(send, number) for number in range(3)]
        try:
            execution, _ = approve(demo, high)
        finally:
            over.set()
        for sender in senders:
            sender.result()
    assert execution["PipelineExecutionStatus"] == "Succeeded"
    assert len(answers) >= 1000
    assert set(answers) == {0.25, 0.75}
    assert answers[0] == 0.25
    assert answers[-1] == 0.75


@pytest.mark.parametrize(
    ("model", "word"),
    [(archive(b"no model at all"), "xgboost-model"), (constant_model(0.5, WIDTH - 3), str(WIDTH))],
    ids=["garbage", "another width"],
)
def test_a_model_that_fails_its_smoke_test_never_reaches_the_endpoint(
    demo: Demo, low: str, model: bytes, word: str
) -> None:
    endpoint = demo.client("sagemaker").describe_endpoint(EndpointName="playground-accessibility")
    bad = register(demo, model, "bad")
    said = demo.fail("approve", version(bad))
    assert "failed: pipeline step SmokeTest" in said
    assert word in said
    (run,) = deployments_of(demo, bad)
    execution, steps = ended(demo, run)
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert steps.keys() == {"ResolveDeployment", "ShouldDeploy", "CreateModel", "SmokeTest"}
    assert word in steps["SmokeTest"]["FailureReason"]
    now = demo.client("sagemaker").describe_endpoint(EndpointName="playground-accessibility")
    assert now["EndpointConfigName"] == endpoint["EndpointConfigName"]
    assert now["LastModifiedTime"] == endpoint["LastModifiedTime"]
    assert answer_of(demo) == 0.25
    tags = told(demo, run)
    assert (tags["LastDeployment"], tags["LastDeploymentPackage"]) == ("Failed", bad)
    assert tags["LastDeploymentReason"].startswith("SmokeTest: ")
    assert tags["ServingPackage"] == low
    shown = demo.run("status")
    assert f"serves version {version(low)} since" in shown
    assert f"last deployment: version {version(bad)}, Failed (SmokeTest: " in shown


def test_a_model_whose_alarm_fires_while_it_bakes_is_rolled_back(demo: Demo, low: str) -> None:
    sagemaker, alarms = demo.client("sagemaker"), demo.client("cloudwatch")
    high = register(demo, constant_model(0.75), "high")
    since = since_when(demo, low)
    with baking(demo, 60):
        look = started_since(demo, executions(demo, DEPLOY_PIPELINE), DEPLOY_PIPELINE)
        set_status(demo, high, "Approved")
        (run,) = wait_until(look, "the deployment")
        wait_until(lambda: answer_of(demo) == 0.75, "traffic on the new model")
        endpoint = sagemaker.describe_endpoint(EndpointName="playground-accessibility")
        assert endpoint["EndpointStatus"] == "Updating"
        assert f"it is moving to version {version(high)}" in demo.run("status")
        alarms.set_alarm_state(AlarmName=ERRORS_ALARM, StateValue="ALARM", StateReason="a test")
        try:
            execution, steps = ended(demo, run)
        finally:
            alarms.set_alarm_state(AlarmName=ERRORS_ALARM, StateValue="OK", StateReason="the test is over")
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert steps["DeployEndpoint"]["StepStatus"] == "Failed"
    assert ERRORS_ALARM in steps["DeployEndpoint"]["FailureReason"]
    assert serving(demo) == low
    assert answer_of(demo) == 0.25
    tags = told(demo, run)
    assert (tags["LastDeployment"], tags["LastDeploymentPackage"]) == ("Failed", high)
    assert ERRORS_ALARM in tags["LastDeploymentReason"]
    shown = demo.run("status")
    # It did not begin to serve again: it never ceased to.
    assert f"serves version {version(low)} since {since}" in shown
    assert "the last update was rolled back: " in shown
    assert f"last deployment: version {version(high)}, Failed (DeployEndpoint: " in shown
    # What works is not held back by what did not.
    approve(demo, low)
    assert serving(demo) == low


def since_when(demo: Demo, arn: str) -> str:
    """Return the time from which on a version serves, as status tells it."""
    found = re.search(rf"serves version {version(arn)} since (.*)", demo.run("status"))
    assert found
    return found[1]


def test_a_rollback_under_a_firing_alarm_names_the_way_out_which_works(demo: Demo, low: str) -> None:
    sagemaker, alarms = demo.client("sagemaker"), demo.client("cloudwatch")
    high = register(demo, constant_model(0.75), "high")
    approve(demo, high)
    alarms.set_alarm_state(AlarmName=ERRORS_ALARM, StateValue="ALARM", StateReason="a test")
    try:
        said = demo.fail("rollback")
        assert f"{ERRORS_ALARM} is in ALARM" in said
        found = re.search(r"aws sagemaker update-endpoint --endpoint-name (\S+) --endpoint-config-name (\S+)", said)
        assert found
        assert serving(demo) == high
        sagemaker.update_endpoint(EndpointName=found[1], EndpointConfigName=found[2])
        sagemaker.get_waiter("endpoint_in_service").wait(
            EndpointName=found[1], WaiterConfig={"Delay": 1, "MaxAttempts": 120}
        )
    finally:
        alarms.set_alarm_state(AlarmName=ERRORS_ALARM, StateValue="OK", StateReason="the test is over")
    assert (serving(demo), answer_of(demo)) == (low, 0.25)


@pytest.fixture(scope="module")
def others(demo: Demo, registered: str) -> Iterator[dict[str, str]]:
    """Executions of the deploy pipeline for other endpoints, by their names."""
    approve(demo, registered)
    asked = {
        "serverless": {"EndpointType": "Serverless"},
        "captured": {"EnableDataCapture": "true"},
        "scaled": {"EndpointMaxInstanceCount": "2"},
    }
    yield {
        name: start(demo, DEPLOY_PIPELINE, ModelPackageArn=registered, EndpointName=name, **parameters)
        for name, parameters in asked.items()
    }
    for name in asked:
        demo.client("sagemaker").delete_endpoint(EndpointName=name)


def test_an_endpoint_may_be_serverless(demo: Demo, others: dict[str, str]) -> None:
    execution, steps = ended(demo, others["serverless"])
    assert execution["PipelineExecutionStatus"] == "Succeeded"
    assert outputs(steps["DeployEndpoint"])["Scaling"] == "serverless"
    (variant,) = demo.client("sagemaker").describe_endpoint(EndpointName="serverless")["ProductionVariants"]
    assert variant["CurrentServerlessConfig"]["MaxConcurrency"] == 5
    assert answer_of(demo, "serverless") == 0.25


def test_what_an_endpoint_is_asked_and_answers_may_be_captured(demo: Demo, others: dict[str, str]) -> None:
    execution, _ = ended(demo, others["captured"])
    assert execution["PipelineExecutionStatus"] == "Succeeded"
    assert answer_of(demo, "captured") == 0.25
    prefix = "playground-accessibility-deploy/data-capture/captured/AllTraffic/"
    s3 = demo.client("s3")
    (key,) = wait_until(
        lambda: [found["Key"] for found in pages_of(s3, "list_objects_v2", "Contents", Bucket=MODELS, Prefix=prefix)],
        "captured lines",
    )
    (line,) = s3.get_object(Bucket=MODELS, Key=key)["Body"].read().decode().splitlines()
    captured = json.loads(line)["captureData"]
    assert captured["endpointInput"]["data"] == "," * (WIDTH - 1)
    assert round(float(captured["endpointOutput"]["data"]), 2) == 0.25


def test_instances_may_be_scaled_and_the_functions_role_allows_it(demo: Demo, others: dict[str, str]) -> None:
    execution, steps = ended(demo, others["scaled"])
    assert execution["PipelineExecutionStatus"] == "Succeeded"
    assert outputs(steps["DeployEndpoint"])["Scaling"] == "1 to 2 instances"
    scaling = demo.client("application-autoscaling")
    of_endpoint = {"ServiceNamespace": "sagemaker", "ResourceId": "endpoint/scaled/variant/AllTraffic"}
    (target,) = scaling.describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=[of_endpoint["ResourceId"]]
    )["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 2)
    (policy,) = scaling.describe_scaling_policies(**of_endpoint)["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 1000.0

    # The next deployment keeps what scaling has added, on other instances, too.
    sagemaker = demo.client("sagemaker")
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="scaled", DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": 2}]
    )
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName="scaled", WaiterConfig={"Delay": 1, "MaxAttempts": 120}
    )
    high = register(demo, constant_model(0.75), "high")
    approve(demo, high)
    moved = {"EndpointName": "scaled", "EndpointMaxInstanceCount": "2", "EndpointInstanceType": "ml.m5.xlarge"}
    execution, steps = ended(demo, start(demo, DEPLOY_PIPELINE, ModelPackageArn=high, **moved))
    assert execution["PipelineExecutionStatus"] == "Succeeded", steps
    assert serving(demo, "scaled") == high
    endpoint = sagemaker.describe_endpoint(EndpointName="scaled")
    assert endpoint["ProductionVariants"][0]["DesiredInstanceCount"] == 2
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    assert config["ProductionVariants"][0]["InstanceType"] == "ml.m5.xlarge"
    assert scaling.describe_scaling_policies(**of_endpoint)["ScalingPolicies"]

    role = "arn:aws:iam::123456789012:role/playgrounds-deployment"
    calls = calls_of_roles(logged(demo.data_dir))[role]
    lines = [line for line in calls if line["service"] == "application-autoscaling"]
    assert {line["operation"] for line in lines} >= {
        "RegisterScalableTarget",
        "DeregisterScalableTarget",
        "PutScalingPolicy",
    }
    assert refused(demo.client("iam"), role, demanded(lines, Place())) == []
