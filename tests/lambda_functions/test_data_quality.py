"""Whether data are compared with a baseline, and what becomes of an execution whose data are worse."""

from __future__ import annotations

import io
import json
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from lambda_functions import require_data_quality, resolve_data_baseline
from lambda_functions.require_data_quality import DataQualityError, describe, relaxed
from pipelines.accessibility.parameters import SKIP_DATA_QUALITY_CHECK
from tests.lambda_functions.registry import GROUP, package_arn

KEYS = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
CHECKED = "s3://models/execution/CheckDataQuality"
VIOLATION = {
    "feature_name": "Level",
    "constraint_check_type": "data_type_check",
    "description": "Expected match: 100.0%. Observed: Only 95.6% of data is Integral.",
}


def source(name: str) -> dict[str, str]:
    return {"ContentType": "application/json", "S3Uri": f"s3://models/{name}"}


BASELINE = {"ModelDataQuality": {"Statistics": source("statistics.json"), "Constraints": source("constraints.json")}}


@pytest.fixture
def sagemaker(monkeypatch) -> Any:
    """A registry whose answers the test says."""
    client = boto3.client("sagemaker", **KEYS)
    monkeypatch.setattr(resolve_data_baseline.boto3, "client", lambda service: client)
    with Stubber(client) as stubber:
        yield stubber


def resolve(skip: Any = False) -> dict[str, Any]:
    return resolve_data_baseline.handler({"ModelPackageGroupName": GROUP, "SkipDataQualityCheck": skip}, None)


def answer_with(stubber: Stubber, arn: str, baselines: dict[str, Any]) -> None:
    """Have the registry's latest approved version be this one."""
    summary = {"ModelPackageArn": arn, "ModelPackageStatus": "Completed", "CreationTime": 0}
    asked = {
        "ModelPackageGroupName": GROUP,
        "ModelApprovalStatus": "Approved",
        "SortBy": "CreationTime",
        "SortOrder": "Descending",
        "MaxResults": 1,
    }
    stubber.add_response("list_model_packages", {"ModelPackageSummaryList": [summary]}, asked)
    package = {
        "ModelPackageName": GROUP,
        "ModelPackageArn": arn,
        "CreationTime": 0,
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": []},
        "DriftCheckBaselines": baselines,
    }
    stubber.add_response("describe_model_package", package, {"ModelPackageName": arn})


def test_data_are_compared_with_those_of_the_latest_approved_model(sagemaker):
    answer_with(sagemaker, package_arn(3), BASELINE)

    assert resolve() == {"SkipCheck": False, "Baseline": package_arn(3)}


def test_first_data_have_nothing_to_be_compared_with(sagemaker):
    sagemaker.add_response("list_model_packages", {"ModelPackageSummaryList": []})

    assert resolve() == {"SkipCheck": True, "Baseline": ""}


def test_group_that_does_not_exist_yet_has_no_baseline(sagemaker):
    sagemaker.add_client_error(
        "list_model_packages", "ValidationException", f"ModelPackageGroup {GROUP} does not exist."
    )

    assert resolve()["SkipCheck"] is True


def test_model_registered_without_statistics_is_no_baseline(sagemaker):
    answer_with(sagemaker, package_arn(3), {})

    assert resolve() == {"SkipCheck": True, "Baseline": ""}


@pytest.mark.parametrize("accepted", [True, "true"])
def test_accepted_data_are_compared_with_nothing(sagemaker, accepted):
    assert resolve(accepted) == {"SkipCheck": True, "Baseline": ""}


@pytest.fixture
def s3(monkeypatch) -> Any:
    """A bucket whose answers the test says."""
    client = boto3.client("s3", **KEYS)
    monkeypatch.setattr(require_data_quality.boto3, "client", lambda service: client)
    with Stubber(client) as stubber:
        yield stubber


def add_object(stubber: Stubber, name: str, content: Any) -> None:
    text = json.dumps(content).encode()
    body = {"Body": StreamingBody(io.BytesIO(text), len(text))}
    stubber.add_response("get_object", body, {"Bucket": "models", "Key": f"execution/CheckDataQuality/{name}"})


def require() -> dict[str, str]:
    event = {
        "StatisticsUrl": f"{CHECKED}/statistics.json",
        "ConstraintsUrl": f"{CHECKED}/constraints.json",
        "Baseline": package_arn(3),
        "Tolerance": 0.02,
        "ResultUrl": "s3://models/execution/RequireDataQuality",
    }
    return require_data_quality.handler(event, None)


def test_violations_stop_the_execution_with_their_figures_and_the_remedy(s3):
    add_object(s3, "constraint_violations.json", {"violations": [VIOLATION]})

    with pytest.raises(DataQualityError) as failure:
        require()

    said = str(failure.value)
    assert f"Level (data_type_check) {VIOLATION['description'].strip('.')}" in said
    assert package_arn(3) in said
    assert "run the Glue workflow again" in said
    assert f"{SKIP_DATA_QUALITY_CHECK}=true" in said
    assert f"{CHECKED}/constraint_violations.json" in said


def test_data_without_violations_leave_constraints_for_later_data(s3):
    s3.add_client_error("get_object", "NoSuchKey")
    constraints = {"version": 0.0, "features": [{"name": "Level", "inferred_type": "Integral", "completeness": 0.9}]}
    add_object(s3, "constraints.json", constraints)
    kept = {"Bucket": "models", "Key": "execution/RequireDataQuality/constraints.json"}
    s3.add_response("put_object", {}, {**kept, "Body": ANY, "ContentType": "application/json"})

    assert require() == {"ConstraintsUrl": "s3://models/execution/RequireDataQuality/constraints.json"}
    s3.assert_no_pending_responses()


def test_other_failures_to_read_are_not_taken_for_the_absence_of_violations(s3):
    s3.add_client_error("get_object", "AccessDenied")

    with pytest.raises(Exception, match="AccessDenied"):
        require()


def test_each_column_may_lose_some_of_its_values():
    columns = [{"name": "a", "completeness": 1.0}, {"name": "b", "completeness": 0.01}]

    features = relaxed({"version": 0.0, "features": columns}, 0.02)["features"]

    assert [feature["completeness"] for feature in features] == [0.98, 0.0]
    assert columns[0]["completeness"] == 1.0


def test_message_fits_into_a_steps_reason_and_keeps_the_remedy():
    said = describe([VIOLATION] * 50, package_arn(3), f"{CHECKED}/constraint_violations.json")

    assert len(said) <= 800
    assert "violate 50 constraint(s)" in said
    assert said.endswith("constraint_violations.json")
