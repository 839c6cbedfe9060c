"""What the function behind DeployEndpoint does with a message, one arrival after another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from lambda_functions import deploy_endpoint, endpoint_requests
from lambda_functions.deploy_endpoint import DEADLINE, handler
from lambda_functions.deployment_message import Request
from tests.lambda_functions.endpoint_world import ARGUMENTS, CONFIG, TOKEN, KilledError, World, record, refused
from tests.lambda_functions.registry import GROUP, Execution, execution_arn, package_arn

COMES_BACK = {"batchItemFailures": [{"itemIdentifier": "message"}]}
DONE: dict[str, Any] = {"batchItemFailures": []}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Version 1 serves, version 2 is approved and to be deployed."""
    monkeypatch.setenv("ENDPOINT_NAME", GROUP)
    world = World()
    world.add_package(1, "Approved", created=0, modified=1)
    world.add_package(2, "Approved", created=10, modified=11)
    world.serve(1)
    world.executions = [
        Execution(execution_arn("earlier"), "Succeeded", package_arn(1), minute=1),
        Execution(execution_arn("mine"), "Executing", package_arn(2), minute=11),
    ]
    monkeypatch.setattr(deploy_endpoint.boto3, "client", lambda service: world)
    return world


def receive(**message: Any) -> dict[str, Any]:
    return handler({"Records": [record(**message)]}, None)


def approve_later(world: World, version: int = 3) -> None:
    world.add_package(version, "Approved", created=20, modified=21)
    world.executions.append(Execution(execution_arn("later"), "Executing", package_arn(version), minute=21))


def test_update_bakes_under_the_alarms_and_is_answered_when_it_has_settled(world):
    assert receive() == COMES_BACK
    assert world.endpoint["EndpointStatus"] == "Updating"
    assert receive() == COMES_BACK
    assert not world.answers
    world.settle()

    assert receive() == DONE
    assert world.calls.count("UpdateEndpoint") == 1
    outcome = {"Outcome": "Deployed", "Reason": f"{GROUP} serves {package_arn(2)}", "Scaling": "1 to 2 instances"}
    assert world.answers == [(TOKEN, outcome)]
    assert world.configs[CONFIG]["ProductionVariants"] == [
        {"VariantName": "AllTraffic", "ModelName": "2", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    ]


def test_first_deployment_creates_the_endpoint(world):
    world.endpoint = None

    assert receive() == COMES_BACK
    assert world.endpoint["EndpointConfigName"] == CONFIG
    world.settle()
    assert receive() == DONE
    assert world.answers[0][1]["Outcome"] == "Deployed"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", range(8))
def test_killed_at_any_call_it_goes_on_where_it_was(world, call, after):
    world.kill_at, world.kill_after = call, after
    killed = 0
    for _ in range(8):
        try:
            result = receive(InstanceType="ml.m5.xlarge")
        except KilledError:
            killed += 1
            continue
        if result == DONE:
            break
        if world.endpoint["EndpointStatus"] == "Updating":
            world.settle()
    else:
        pytest.fail("the message never had its effect")

    assert killed == 1
    assert world.calls.count("UpdateEndpoint") == 1
    assert [answer["Outcome"] for _, answer in world.answers] == ["Deployed"]
    assert world.endpoint["EndpointConfigName"] == CONFIG
    assert world.scaling[0] == "deregistered"
    assert world.scaling[-1] == "registered"


def test_message_that_comes_twice_updates_once(world):
    assert receive() == COMES_BACK
    assert receive() == COMES_BACK
    world.settle()
    assert receive() == DONE
    assert receive() == DONE

    assert world.calls.count("UpdateEndpoint") == 1
    assert len(world.answers) == 1


def test_endpoint_that_serves_the_package_is_left_alone(world):
    world.serve(2)

    assert receive() == DONE
    assert world.answers[0][1]["Outcome"] == "Skipped"
    assert set(world.calls) == {"SendPipelineExecutionStepSuccess"}


def test_endpoint_that_moves_to_the_package_is_awaited(world):
    world.serve(1, "Updating", moving_to=2)

    assert receive() == COMES_BACK
    world.settle()
    assert receive() == DONE
    assert world.answers[0][1]["Outcome"] == "Skipped"
    assert "UpdateEndpoint" not in world.calls


def test_update_in_progress_is_waited_for_without_an_error(world):
    world.serve(1, "Updating", moving_to=1)

    assert receive() == COMES_BACK
    world.settle()
    assert receive() == COMES_BACK
    assert world.calls.count("UpdateEndpoint") == 1


def test_update_that_begins_between_description_and_call_is_waited_for(world, monkeypatch):
    def update_endpoint(**_: Any) -> None:
        raise refused("UpdateEndpoint", 'Cannot update in-progress endpoint "arn".')

    monkeypatch.setattr(world, "update_endpoint", update_endpoint, raising=False)

    assert receive() == COMES_BACK
    assert not world.answers


def test_latest_approval_wins(world):
    approve_later(world)

    assert receive() == DONE
    assert world.answers[0][1] == {"Outcome": "Skipped", "Reason": f"{package_arn(3)} was approved later"}


def test_later_approval_that_followed_at_once_supersedes(world):
    receive()
    world.settle()
    approve_later(world)
    world.serve(1, "Updating", moving_to=3)  # before this function saw that its own update was over

    assert receive() == COMES_BACK
    world.settle()
    assert receive() == DONE
    assert world.answers[0][1]["Outcome"] == "Superseded"


def test_package_rejected_meanwhile_is_not_deployed(world):
    world.add_package(2, "Rejected", created=10, modified=12)

    assert receive() == DONE
    assert "Rejected" in world.answers[0][1]["Reason"]


def test_rolled_back_update_fails_the_step_and_keeps_scaling(world):
    receive(InstanceType="ml.m5.xlarge")
    world.settle(rolled_back=True)

    assert receive(InstanceType="ml.m5.xlarge") == DONE
    assert world.answers == [(TOKEN, f"endpoint {GROUP} was rolled back: alarm errors")]
    assert world.scaling == ["deregistered", "registered"]


def test_retried_execution_tries_a_rolled_back_update_again(world):
    receive()
    world.settle(rolled_back=True)
    receive()
    world.waits_for = "9876543210"

    assert receive(token="9876543210") == COMES_BACK
    assert world.calls.count("UpdateEndpoint") == 2
    assert world.calls.count("CreateEndpointConfig") == 1


def test_endpoint_that_fails_to_come_up_fails_the_step(world):
    world.endpoint = None
    receive()
    world.endpoint |= {"EndpointStatus": "Failed", "FailureReason": "the container did not pass the ping"}

    assert receive() == DONE
    assert world.answers == [(TOKEN, f"endpoint {GROUP} is Failed: the container did not pass the ping")]


def test_refused_request_fails_the_step_with_awss_reason(world, monkeypatch):
    def create_endpoint_config(**_: Any) -> None:
        raise refused("CreateEndpointConfig", "The account-level service limit is 0 Instances", "ResourceLimitExceeded")

    monkeypatch.setattr(world, "create_endpoint_config", create_endpoint_config, raising=False)

    assert receive() == DONE
    assert world.answers == [(TOKEN, "CreateEndpointConfig: The account-level service limit is 0 Instances")]


def test_throttled_call_is_tried_again(world, monkeypatch):
    def create_endpoint_config(**_: Any) -> None:
        raise refused("CreateEndpointConfig", "Rate exceeded", "ThrottlingException")

    monkeypatch.setattr(world, "create_endpoint_config", create_endpoint_config, raising=False)

    assert receive() == COMES_BACK


@pytest.mark.parametrize("by_message", [True, False])
def test_stop_before_the_endpoint_is_touched_is_answered_at_once(world, by_message):
    world.serve(1, "Updating", moving_to=1)
    world.execution_status = "Stopping"

    assert receive(status="Stopping" if by_message else "Executing") == DONE
    assert "stopped before" in world.answers[0][1]
    assert receive() == DONE
    assert set(world.calls) == {"SendPipelineExecutionStepFailure"}


def test_stop_during_the_update_is_answered_when_it_has_settled(world):
    receive()
    world.execution_status = "Stopping"

    assert receive(status="Stopping") == COMES_BACK
    world.settle()
    assert receive(status="Stopping") == DONE
    assert receive() == DONE
    assert [answer["Outcome"] for _, answer in world.answers] == ["Deployed"]


def test_deadline_ends_the_wait_with_advice(world):
    world.serve(1, "Updating", moving_to=1)
    late = datetime.now(UTC) - DEADLINE - timedelta(seconds=1)

    assert receive(sent=late) == DONE
    assert "retry this execution" in world.answers[0][1]


def test_spent_token_counts_as_done(world):
    world.waits_for = ""

    assert receive() == DONE
    assert world.calls == []


def test_long_reason_is_cut_to_what_sagemaker_takes(world):
    receive()
    world.settle(rolled_back=True)
    world.endpoint["FailureReason"] = "x" * 2000

    receive()
    assert len(world.answers[0][1]) == 256


@pytest.mark.parametrize(
    ("instances", "minimum", "maximum", "count"),
    [(1, 1, 1, 1), (3, 1, 4, 3), (6, 1, 4, 4), (1, 2, 4, 2), (3, 2, 2, 2)],
)
def test_deployment_keeps_the_instances_that_scaling_has_added(world, instances, minimum, maximum, count):
    world.serve(1, instances=instances)
    receive(MinInstanceCount=minimum, MaxInstanceCount=maximum)

    (variant,) = world.configs[CONFIG]["ProductionVariants"]
    assert variant["InitialInstanceCount"] == count


def test_failed_endpoint_is_left_to_a_person(world):
    world.serve(1, "Failed")

    assert receive() == DONE
    assert "delete-endpoint" in world.answers[0][1]


@pytest.mark.parametrize(
    ("routing", "size"),
    [
        ("ALL_AT_ONCE", {}),
        ("CANARY", {"CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}}),
        ("LINEAR", {"LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 50}}),
    ],
)
@pytest.mark.parametrize("capture", [True, False])
@pytest.mark.parametrize("key", ["", "arn:aws:kms:us-east-1:123456789012:key/1234"])
def test_requests_fit_those_of_the_service(routing, size, capture, key):
    arguments = ARGUMENTS | {"TrafficRouting": routing, "EnableDataCapture": capture, "KmsKeyArn": key}
    update = fits("UpdateEndpoint", endpoint_requests.update(Request.of(arguments)))
    shifting = update["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert shifting == {"Type": routing, "WaitIntervalInSeconds": 300, **size}
    config = fits("CreateEndpointConfig", endpoint_requests.endpoint_config(Request.of(arguments), 1))
    assert ("DataCaptureConfig" in config) == capture
    assert config.get("KmsKeyId", "") == key
    assert config.get("DataCaptureConfig", {}).get("KmsKeyId", "") == (key if capture else "")
    fits("CreateEndpoint", endpoint_requests.new_endpoint(Request.of(arguments)))


def test_serverless_endpoint_has_neither_alarms_nor_capture():
    request = Request.of(ARGUMENTS | {"EndpointType": "Serverless", "EnableDataCapture": True})
    (variant,) = fits("CreateEndpointConfig", endpoint_requests.endpoint_config(request, 1))["ProductionVariants"]

    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    assert "DeploymentConfig" not in fits("UpdateEndpoint", endpoint_requests.update(request))


def fits(operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return arguments that botocore's model of the operation takes."""
    shape = botocore.session.get_session().get_service_model("sagemaker").operation_model(operation).input_shape
    report = ParamValidator().validate(arguments, shape)
    assert not report.has_errors(), report.generate_report()
    return arguments
