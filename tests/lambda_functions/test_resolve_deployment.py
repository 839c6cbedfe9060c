"""Which approvals go into service, and which do not."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_functions import resolve_deployment
from lambda_functions.approvals import Approvals
from lambda_functions.resolve_deployment import EndpointNotReadyError
from tests.lambda_functions.registry import GROUP, Execution, SageMaker, execution_arn, package_arn, training_arn

MonkeyPatch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def endpoint_name(monkeypatch: MonkeyPatch) -> None:
    """Name the endpoint of executions that do not."""
    monkeypatch.setenv("ENDPOINT_NAME", GROUP)


@pytest.fixture
def sagemaker(monkeypatch: MonkeyPatch) -> SageMaker:
    """Two versions, the second approved after the first, which serves."""
    registry = SageMaker()
    registry.add_package(1, "Approved", created=0, modified=1)
    registry.add_package(2, "Approved", created=10, modified=11)
    registry.serve(1)
    registry.executions = [
        Execution(execution_arn("earlier"), "Succeeded", package_arn(1), minute=1),
        Execution(execution_arn("mine"), "Executing", package_arn(2), minute=11),
    ]
    monkeypatch.setattr(resolve_deployment.boto3, "client", lambda service: registry)
    return registry


def resolve(version: int, *, execution: str = "mine", endpoint_type: str = "Instance") -> dict[str, Any]:
    """Return the answer of the step ResolveDeployment."""
    event = {
        "ModelPackageArn": package_arn(version),
        "EndpointName": GROUP,
        "EndpointType": endpoint_type,
        "ExecutionArn": execution_arn(execution),
        "DeployPipeline": f"{GROUP}-deploy",
    }
    return resolve_deployment.handler(event, None)


def reason(version: int, **arguments: Any) -> str:
    """Return why a version is not to go into service; empty if it is."""
    answer = resolve(version, **arguments)
    assert answer["Decision"] in ("Deploy", "Skip")
    return answer["Reason"] if answer["Decision"] == "Skip" else ""


def later_than(registry: SageMaker, version: int, execution: str = "mine") -> str:
    """Return the package that was approved later, as DeployEndpoint asks for it."""
    approvals = Approvals(
        registry, deploy_pipeline=f"{GROUP}-deploy", endpoint_name=GROUP, execution_arn=execution_arn(execution)
    )
    return approvals.later_than(registry.packages[package_arn(version)])


def registered_as_approved(registry: SageMaker, *, status: str = "Executing", endpoint: str = "") -> None:
    """Have an execution register version 3 as Approved at minute 20, whose event starts another one."""
    registry.add_package(3, "Approved", created=20, modified=20)
    registry.executions += [
        Execution(training_arn(3), status, minute=12, endpoint=endpoint, approval_status="Approved", ended=25),
        Execution(execution_arn("event"), "Executing", package_arn(3), minute=20),
    ]


def test_new_approval_goes_into_service(sagemaker):
    assert reason(2) == ""


def test_first_approval_of_all_goes_into_service_without_an_endpoint(sagemaker):
    sagemaker.endpoint = None

    assert reason(2) == ""


@pytest.mark.parametrize("status", ["Rejected", "PendingManualApproval"])
def test_package_that_is_no_longer_approved_is_skipped(sagemaker, status):
    sagemaker.add_package(2, status, created=10, modified=12)

    assert status in reason(2)


def test_deleted_package_is_skipped(sagemaker):
    del sagemaker.packages[package_arn(2)]

    assert "Deleted" in reason(2)


@pytest.mark.parametrize("modified", [20, 21])
def test_event_of_a_registration_as_approved_is_left_to_the_execution_that_registered(sagemaker, modified):
    registered_as_approved(sagemaker)
    # SageMaker may change a package after its registration: no time of the package decides.
    sagemaker.add_package(3, "Approved", created=20, modified=modified)

    assert "the execution that registered it" in reason(3, execution="event")


def test_late_event_of_a_registration_is_left_alone_too(sagemaker):
    registered_as_approved(sagemaker, status="Failed")

    assert "the execution that registered it" in reason(3, execution="event")


def test_approval_after_the_registering_execution_has_ended_is_deployed(sagemaker):
    registered_as_approved(sagemaker, status="Failed")
    sagemaker.add_package(3, "Approved", created=20, modified=30)
    sagemaker.executions.append(Execution(execution_arn("again"), "Executing", package_arn(3), minute=30))
    sagemaker.executions = [each for each in sagemaker.executions if each.arn != execution_arn("event")]

    assert reason(3, execution="again") == ""


def test_registration_as_approved_counts_as_a_later_approval_for_its_endpoint_only(sagemaker):
    registered_as_approved(sagemaker)
    assert later_than(sagemaker, 2) == package_arn(3)
    sagemaker.executions = [each for each in sagemaker.executions if each.arn not in (training_arn(3),)]
    sagemaker.executions.append(
        Execution(training_arn(3), minute=12, endpoint="another-endpoint", approval_status="Approved")
    )

    assert later_than(sagemaker, 2) == ""


@pytest.mark.parametrize("operation", ["DescribeEndpointConfig", "DescribeModel"])
def test_config_or_model_deleted_under_the_endpoint_does_not_block_deployment(sagemaker, operation):
    sagemaker.deleted = {operation}

    assert reason(2) == ""


def test_package_that_serves_already_is_skipped(sagemaker):
    sagemaker.serve(2)

    assert "serves" in reason(2)


def test_package_that_the_endpoint_is_moving_to_is_skipped(sagemaker):
    sagemaker.serve(1, "Updating", moving_to=2)

    assert "moving to" in reason(2)


@pytest.mark.parametrize("status", ["Failed", "OutOfService", "UpdateRollbackFailed"])
def test_endpoint_that_does_not_serve_its_package_fails_the_step(sagemaker, status):
    sagemaker.serve(2, status)

    with pytest.raises(EndpointNotReadyError, match=f"{GROUP} is {status}.*delete-endpoint"):
        reason(2)


def test_endpoint_that_is_being_deleted_is_created_again(sagemaker):
    sagemaker.serve(2, "Deleting")

    assert reason(2) == ""


def test_package_that_is_not_deployed_leaves_a_failed_endpoint_alone(sagemaker):
    sagemaker.serve(2, "Failed")
    sagemaker.add_package(2, "Rejected", created=10, modified=12)

    assert "Rejected" in reason(2)


def test_execution_of_an_earlier_approval_does_not_hold_up_a_later_one(sagemaker):
    """One, two, one: the first execution may have seen the second approval, and left the endpoint alone."""
    sagemaker.serve(2)
    sagemaker.add_package(1, "Approved", created=0, modified=30)
    sagemaker.executions = [
        Execution(execution_arn("first"), package=package_arn(1), minute=1),
        Execution(execution_arn("second"), package=package_arn(2), minute=11),
        Execution(execution_arn("third"), package=package_arn(1), minute=30),
    ]

    assert reason(1, execution="third") == ""
    assert later_than(sagemaker, 2, "second") == package_arn(1)


def test_same_approval_once_more_is_left_to_the_execution_in_progress(sagemaker):
    sagemaker.add_package(2, "Approved", created=10, modified=14)
    sagemaker.executions = [
        Execution(execution_arn("first"), package=package_arn(2), minute=11),
        Execution(execution_arn("second"), package=package_arn(2), minute=14),
    ]

    assert execution_arn("first") in reason(2, execution="second")


def test_instances_are_not_turned_serverless(sagemaker):
    with pytest.raises(EndpointNotReadyError, match=r"on instances.*delete-endpoint"):
        reason(2, endpoint_type="Serverless")
    assert sagemaker.endpoint
    sagemaker.endpoint["ProductionVariants"] = [{"VariantName": "AllTraffic", "CurrentServerlessConfig": {}}]
    assert reason(2, endpoint_type="Serverless") == ""


def test_second_of_two_equal_events_is_left_to_the_first(sagemaker):
    sagemaker.executions = [
        Execution(execution_arn("first"), package=package_arn(2), minute=11),
        Execution(execution_arn("mine"), package=package_arn(2), minute=11),
    ]

    assert execution_arn("first") in reason(2)
    assert reason(2, execution="first") == ""


@pytest.mark.parametrize(("status", "version"), [("Failed", 2), ("Succeeded", 2), ("Executing", 1)])
def test_other_executions_do_not_hold_a_deployment_up(sagemaker, status, version):
    sagemaker.executions = [
        Execution(execution_arn("first"), status, package_arn(version), minute=11),
        Execution(execution_arn("mine"), package=package_arn(2), minute=11),
    ]

    assert reason(2) == ""


def test_same_package_may_go_to_two_endpoints_at_once(sagemaker):
    sagemaker.executions = [
        Execution(execution_arn("first"), package=package_arn(2), minute=11, endpoint="another-endpoint"),
        Execution(execution_arn("mine"), package=package_arn(2), minute=11),
    ]

    assert reason(2) == ""


def test_latest_approval_wins(sagemaker):
    sagemaker.endpoint = None

    assert package_arn(2) in reason(1, execution="earlier")
    assert reason(2) == ""


def test_later_version_wins_of_two_approvals_at_the_same_time(sagemaker):
    sagemaker.endpoint = None
    sagemaker.add_package(1, "Approved", created=0, modified=11)
    sagemaker.executions = [
        Execution(execution_arn("mine"), package=package_arn(2), minute=11),
        Execution(execution_arn("earlier"), package=package_arn(1), minute=11),
    ]

    assert package_arn(2) in reason(1, execution="earlier")
    assert reason(2) == ""


def test_approving_an_older_version_once_more_is_a_rollback(sagemaker):
    sagemaker.serve(2)
    sagemaker.add_package(1, "Approved", created=0, modified=30)
    sagemaker.executions.append(Execution(execution_arn("rollback"), package=package_arn(1), minute=30))

    assert reason(1, execution="rollback") == ""


def test_change_of_another_packages_metadata_is_not_an_approval(sagemaker):
    sagemaker.add_package(1, "Approved", created=0, modified=30)  # it did not start anything

    assert reason(2) == ""


def test_card_written_after_an_approval_does_not_make_the_approval_a_later_one(sagemaker):
    """Version 1 was approved at minute 1 and version 2 at 11; the card of the first is written at 30."""
    sagemaker.endpoint = None
    sagemaker.add_package(1, "Approved", created=0, modified=30)

    assert reason(1, execution="earlier") == f"{package_arn(2)} was approved later"
    assert later_than(sagemaker, 1, "earlier") == package_arn(2)
    assert later_than(sagemaker, 2) == ""


def test_card_written_after_an_approval_does_not_hide_the_approval(sagemaker):
    """The card of version 2, approved at minute 11, is written at 30."""
    sagemaker.endpoint = None
    sagemaker.add_package(2, "Approved", created=10, modified=30)

    assert reason(1, execution="earlier") == f"{package_arn(2)} was approved later"
    assert reason(2) == ""


def test_card_of_a_model_registered_as_approved_does_not_hold_back_what_was_approved_since(sagemaker):
    """Version 3 is registered as Approved at minute 20, version 2 approved once more at 22; the card comes at 30."""
    registered_as_approved(sagemaker)
    sagemaker.add_package(3, "Approved", created=20, modified=30)
    sagemaker.add_package(2, "Approved", created=10, modified=22)
    sagemaker.executions.append(Execution(execution_arn("again"), "Executing", package_arn(2), minute=22))
    approvals = Approvals(
        sagemaker, deploy_pipeline=f"{GROUP}-deploy", endpoint_name=GROUP, execution_arn=training_arn(3)
    )

    assert approvals.later_than(sagemaker.packages[package_arn(3)]) == package_arn(2)
    assert reason(2, execution="again") == ""


def test_later_approval_for_another_endpoint_does_not_count(sagemaker):
    sagemaker.add_package(3, "Approved", created=20, modified=21)
    sagemaker.executions.append(
        Execution(execution_arn("other"), package=package_arn(3), minute=21, endpoint="another-endpoint")
    )

    assert reason(2) == ""


def test_package_deleted_since_its_approval_does_not_count(sagemaker):
    sagemaker.executions.append(Execution(execution_arn("other"), package=package_arn(3), minute=21))

    assert reason(2) == ""
