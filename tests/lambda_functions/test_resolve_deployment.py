"""Which approvals go into service, and which do not."""

from __future__ import annotations

import time
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from lambda_functions.deployment_request import CLAIM, RESOLVE, Request
from lambda_functions.resolve_deployment import EndpointNotReadyError, Resolution
from tests.lambda_functions.registry import GROUP, Execution, SageMaker, execution_arn, package_arn, training_arn


def reason(sagemaker: SageMaker, version: int, phase: str = RESOLVE, execution: str = "mine") -> str:
    """Why a version is not to go into service; empty when it is."""
    return resolution(sagemaker, version, Phase=phase, ExecutionArn=execution_arn(execution)).reason_to_skip()


def resolution(sagemaker: SageMaker, version: int = 2, **members: Any) -> Resolution:
    """The step ClaimEndpoint of a version, with other arguments if any."""
    event = {
        "Phase": CLAIM,
        "ModelPackageArn": package_arn(version),
        "EndpointName": GROUP,
        "ExecutionArn": execution_arn("mine"),
        "DeployPipeline": f"{GROUP}-deploy",
        "EndpointType": "Instance",
        "InstanceType": "ml.m5.large",
        "MinInstanceCount": 1,
        "MaxInstanceCount": 1,
    }
    return Resolution(sagemaker, Request.of({**event, **members}))


@pytest.fixture(autouse=True)
def endpoint_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The endpoint of executions that name none."""
    monkeypatch.setenv("ENDPOINT_NAME", GROUP)


@pytest.fixture
def sagemaker() -> SageMaker:
    """Two versions, the second approved after the first, which serves."""
    found = SageMaker()
    found.add_package(1, "Approved", created=0, modified=1)
    found.add_package(2, "Approved", created=10, modified=11)
    found.serve(1)
    found.executions = [
        Execution(execution_arn("earlier"), "Succeeded", package_arn(1), minute=1),
        Execution(execution_arn("mine"), "Executing", package_arn(2), minute=11),
    ]
    return found


def test_a_new_approval_goes_into_service(sagemaker):
    assert reason(sagemaker, 2) == ""


def test_the_first_approval_of_all_goes_into_service_though_there_is_no_endpoint(sagemaker):
    sagemaker.endpoint = None

    assert reason(sagemaker, 2) == ""


@pytest.mark.parametrize("status", ["Rejected", "PendingManualApproval"])
def test_a_package_that_is_not_approved_any_more_does_not(sagemaker, status):
    sagemaker.add_package(2, status, created=10, modified=12)

    assert status in reason(sagemaker, 2)


def test_a_package_that_was_registered_as_approved_is_left_to_its_execution(sagemaker):
    sagemaker.add_package(3, "Approved", created=20, modified=20)

    assert "the execution that registered it" in reason(sagemaker, 3)
    # That execution itself asks before it touches the endpoint, and is not held up by this.
    assert reason(sagemaker, 3, CLAIM) == ""


@pytest.mark.parametrize("operation", ["DescribeEndpointConfig", "DescribeModel"])
def test_what_somebody_deleted_under_the_endpoint_is_no_hindrance(sagemaker, operation):
    sagemaker.deleted = {operation}

    assert reason(sagemaker, 2) == ""


def test_a_package_that_serves_already_does_not(sagemaker):
    sagemaker.serve(2)

    assert "serves" in reason(sagemaker, 2)


def test_a_package_that_the_endpoint_is_moving_to_does_not(sagemaker):
    sagemaker.serve(1, "Updating", moving_to=2)

    assert "moving to" in reason(sagemaker, 2)


@pytest.mark.parametrize("status", ["Failed", "OutOfService", "UpdateRollbackFailed"])
def test_an_endpoint_that_does_not_serve_its_package_is_no_reason_to_do_nothing(sagemaker, status):
    sagemaker.serve(2, status)

    with pytest.raises(EndpointNotReadyError, match=f"{GROUP} is {status}.*delete-endpoint"):
        reason(sagemaker, 2)


def test_an_endpoint_that_is_being_deleted_is_made_again(sagemaker):
    sagemaker.serve(2, "Deleting")

    assert reason(sagemaker, 2) == ""


def test_what_is_not_to_be_deployed_leaves_a_failed_endpoint_alone(sagemaker):
    sagemaker.serve(2, "Failed")
    sagemaker.add_package(2, "Rejected", created=10, modified=12)

    assert "Rejected" in reason(sagemaker, 2)


def test_an_execution_of_an_earlier_approval_does_not_hold_a_later_one_up(sagemaker):
    """One, two, one: the first execution may have seen the second approval, and left the endpoint alone."""
    sagemaker.serve(2)
    sagemaker.add_package(1, "Approved", created=0, modified=30)
    sagemaker.executions = [
        Execution(execution_arn("first"), package=package_arn(1), minute=1),
        Execution(execution_arn("second"), package=package_arn(2), minute=11),
        Execution(execution_arn("third"), package=package_arn(1), minute=30),
    ]

    assert reason(sagemaker, 1, execution="third") == ""
    sagemaker.serve(3)
    assert package_arn(1) in reason(sagemaker, 2, CLAIM, execution="second")


def test_the_same_approval_once_more_leaves_it_to_the_execution_under_way(sagemaker):
    sagemaker.add_package(2, "Approved", created=10, modified=14)
    sagemaker.executions = [
        Execution(execution_arn("first"), package=package_arn(2), minute=11),
        Execution(execution_arn("second"), package=package_arn(2), minute=14),
    ]

    assert execution_arn("first") in reason(sagemaker, 2, execution="second")
    assert reason(sagemaker, 2, CLAIM, execution="first") == ""


def test_an_older_definition_says_nothing_of_the_instances(sagemaker):
    event = {"Phase": CLAIM, "ModelPackageArn": package_arn(2), "EndpointName": GROUP}
    older = Request.of({**event, "ExecutionArn": execution_arn("mine"), "DeployPipeline": f"{GROUP}-deploy"})

    found = Resolution(sagemaker, older)
    assert (found.reason_to_skip(), found.instance_count()) == ("", 1)
    found.release_instance_type(None)  # without a word to the scaling


def test_instances_are_not_turned_serverless(sagemaker):
    with pytest.raises(EndpointNotReadyError, match=r"on instances.*delete-endpoint"):
        resolution(sagemaker, EndpointType="Serverless").reason_to_skip()
    assert sagemaker.endpoint
    sagemaker.endpoint["ProductionVariants"] = [{"VariantName": "AllTraffic", "CurrentServerlessConfig": {}}]
    assert resolution(sagemaker, EndpointType="Serverless").reason_to_skip() == ""


@pytest.mark.parametrize(
    ("now", "least", "most", "count"), [(1, 1, 1, 1), (3, 1, 4, 3), (6, 1, 4, 4), (1, 2, 4, 2), (3, 2, 2, 2)]
)
def test_a_deployment_keeps_the_instances_that_scaling_has_added(sagemaker, now, least, most, count):
    sagemaker.serve(1, instances=now)

    assert resolution(sagemaker, MinInstanceCount=least, MaxInstanceCount=most).instance_count() == count


def test_a_new_endpoint_begins_with_the_least_instances(sagemaker):
    sagemaker.endpoint = None

    assert resolution(sagemaker, MinInstanceCount=2, MaxInstanceCount=4).instance_count() == 2


@pytest.mark.parametrize(("instance_type", "is_released"), [("ml.m5.large", False), ("ml.m5.xlarge", True)])
def test_another_instance_type_is_taken_off_automatic_scaling_first(sagemaker, instance_type, is_released):
    client = boto3.client(
        "application-autoscaling", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as scaling:
        if is_released:
            scaling.add_response(
                "deregister_scalable_target",
                {},
                {
                    "ServiceNamespace": "sagemaker",
                    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
                    "ResourceId": f"endpoint/{GROUP}/variant/AllTraffic",
                },
            )
        resolution(sagemaker, InstanceType=instance_type).release_instance_type(client)
        scaling.assert_no_pending_responses()


def test_the_second_of_two_equal_events_leaves_it_to_the_first(sagemaker):
    sagemaker.executions = [
        Execution(execution_arn("first"), package=package_arn(2), minute=11),
        Execution(execution_arn("mine"), package=package_arn(2), minute=11),
    ]

    assert execution_arn("first") in reason(sagemaker, 2, execution="mine")
    assert reason(sagemaker, 2, execution="first") == ""


@pytest.mark.parametrize(("status", "version"), [("Failed", 2), ("Succeeded", 2), ("Executing", 1)])
def test_other_executions_do_not_hold_it_up(sagemaker, status, version):
    sagemaker.executions = [
        Execution(execution_arn("first"), status, package_arn(version), minute=11),
        Execution(execution_arn("mine"), package=package_arn(2), minute=11),
    ]

    assert reason(sagemaker, 2, execution="mine") == ""


def test_the_same_package_may_go_to_two_endpoints_at_once(sagemaker):
    sagemaker.executions = [
        Execution(execution_arn("first"), package=package_arn(2), minute=11, endpoint="another-endpoint"),
        Execution(execution_arn("mine"), package=package_arn(2), minute=11),
    ]

    assert reason(sagemaker, 2, execution="mine") == ""


@pytest.mark.parametrize("phase", [RESOLVE, CLAIM])
def test_the_latest_approval_wins(sagemaker, phase):
    sagemaker.endpoint = None

    assert package_arn(2) in reason(sagemaker, 1, phase)
    assert reason(sagemaker, 2, phase) == ""


def test_approving_an_older_version_once_more_is_a_rollback(sagemaker):
    sagemaker.serve(2)
    sagemaker.add_package(1, "Approved", created=0, modified=30)

    assert reason(sagemaker, 1) == ""


@pytest.mark.parametrize("phase", [RESOLVE, CLAIM])
def test_a_change_of_another_packages_metadata_is_no_approval(sagemaker, phase):
    sagemaker.add_package(1, "Approved", created=0, modified=30)  # nothing was started after that

    assert reason(sagemaker, 2, phase) == ""


def test_a_later_approval_for_another_endpoint_does_not_count(sagemaker):
    sagemaker.add_package(3, "Approved", created=20, modified=21)
    sagemaker.executions.append(
        Execution(execution_arn("other"), package=package_arn(3), minute=21, endpoint="another-endpoint")
    )

    assert reason(sagemaker, 2) == ""


@pytest.mark.parametrize(("endpoint", "is_later"), [("", True), (GROUP, True), ("another-endpoint", False)])
def test_a_package_registered_as_approved_later_is_deployed_by_its_own_execution(sagemaker, endpoint, is_later):
    sagemaker.add_package(3, "Approved", created=20, modified=20)
    sagemaker.executions.append(Execution(training_arn(3), minute=15, endpoint=endpoint))

    assert (package_arn(3) in reason(sagemaker, 2)) == is_later


def test_it_waits_while_another_update_is_under_way(sagemaker):
    sagemaker.serve(1, "Updating", moving_to=1)
    pauses = []

    def finish(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            sagemaker.serve(1)

    resolution(sagemaker).wait_for_endpoint(time.monotonic() + 60, finish)

    assert len(pauses) == 3


def test_it_gives_up_in_time_and_says_what_to_do(sagemaker):
    sagemaker.serve(1, "Updating", moving_to=1)

    with pytest.raises(EndpointNotReadyError, match="still Updating: retry this execution"):
        resolution(sagemaker).wait_for_endpoint(time.monotonic() - 1, lambda _: None)


def test_an_endpoint_that_failed_for_good_is_a_persons_to_delete(sagemaker):
    sagemaker.serve(1, "Failed")

    with pytest.raises(EndpointNotReadyError, match="delete-endpoint"):
        resolution(sagemaker).wait_for_endpoint(time.monotonic() + 60, lambda _: None)
