"""What is written onto the endpoint when an execution has ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambda_functions.record_deployment import deployment_tags, package_arn, package_tags
from tests.lambda_functions.registry import execution_arn

BEGIN = datetime(2026, 11, 3, 12, tzinfo=UTC)
ARN = execution_arn("abc")


def steps(*names: str, failed: str = "", reason: str = "") -> list[dict[str, Any]]:
    return [
        {
            "StepName": name,
            "StepStatus": "Failed" if name == failed else "Succeeded",
            "StartTime": BEGIN + timedelta(seconds=index),
            **({"FailureReason": reason} if name == failed else {}),
        }
        for index, name in enumerate(names)
    ]


def with_outcome(steps: list[dict[str, Any]], outcome: str) -> list[dict[str, Any]]:
    """Return steps the last of which has an outcome."""
    steps[-1]["Metadata"] = {"Callback": {"OutputParameters": [{"Name": "Outcome", "Value": outcome}]}}
    return steps


def test_deployment_is_recorded():
    names = ("ResolveDeployment", "ShouldDeploy", "CreateModel", "DeployEndpoint")
    tags = deployment_tags(ARN, "Succeeded", with_outcome(steps(*names), "Deployed"))

    assert tags == {
        "LastDeployment": "Succeeded",
        "LastDeploymentExecution": ARN,
        "LastDeploymentReason": "DeployEndpoint ended it",
        "LastDeploymentTime": "2026-11-03T12:00:03+00:00",
    }


@pytest.mark.parametrize("suffix", ["", "AutoML"])
def test_a_failed_smoke_test_is_told(suffix):
    names = (f"CreateModel{suffix}", f"SmokeTest{suffix}", f"CheckSmokeTest{suffix}")
    tags = deployment_tags(ARN, "Failed", steps(*names, failed=names[2], reason="3 of 10 answers\nare no numbers: 'x'"))

    assert tags["LastDeployment"] == "Failed"
    assert tags["LastDeploymentReason"] == f"CheckSmokeTest{suffix}: 3 of 10 answers are no numbers: x "


def test_a_long_reason_fits_into_a_tag():
    tags = deployment_tags(ARN, "Failed", steps("CreateModel", failed="CreateModel", reason="x" * 900))

    assert len(tags["LastDeploymentReason"]) == 256


@pytest.mark.parametrize(
    "names",
    [
        ("ResolveDeployment", "ShouldDeploy"),
        ("EngineerFeatures", "CreateAutoMLModel", "QualityGate"),
    ],
)
def test_an_execution_that_had_nothing_to_deploy_leaves_no_tags(names):
    assert deployment_tags(ARN, "Succeeded", steps(*names)) == {}


@pytest.mark.parametrize("outcome", ["Skipped", "Superseded"])
def test_deployment_that_left_the_endpoint_to_another_leaves_no_tags(outcome):
    names = ("CreateModel", "CheckSmokeTest", "DeployEndpoint")

    assert deployment_tags(ARN, "Succeeded", with_outcome(steps(*names), outcome)) == {}


def test_the_package_is_the_one_that_the_execution_registered():
    made = {"StepName": "RegisterXGBoost", "Metadata": {"RegisterModel": {"Arn": "arn:package/1"}}}

    assert package_arn([{"StepName": "TrainXGBoost", "Metadata": {}}, made]) == "arn:package/1"
    assert package_arn([]) == ""


def test_what_served_before_is_kept_for_a_rollback():
    first = package_tags("one", BEGIN, {})
    second = package_tags("two", BEGIN + timedelta(hours=1), first)

    assert first == {"ServingPackage": "one", "ServingSince": "2026-11-03T12:00:00+00:00"}
    assert second == {
        "ServingPackage": "two",
        "ServingSince": "2026-11-03T13:00:00+00:00",
        "PreviousPackage": "one",
    }


@pytest.mark.parametrize("serving", ["two", ""])
def test_an_endpoint_that_serves_what_it_served_keeps_its_tags(serving):
    """After a rolled-back update, and after the same event came twice."""
    assert package_tags(serving, BEGIN, {"ServingPackage": "two", "PreviousPackage": "one"}) == {}
