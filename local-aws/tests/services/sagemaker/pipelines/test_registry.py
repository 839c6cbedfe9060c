import json
import re
from typing import Any

import pytest

from tests.services.sagemaker.pipelines.conftest import Bench, refused
from tests.services.sagemaker.pipelines.definitions import IMAGE

PREFIX = "arn:aws:sagemaker:us-east-1:123456789012:model-package"


@pytest.fixture(scope="module")
def specification(bench: Bench) -> dict[str, Any]:
    return {
        "Containers": [{"Image": IMAGE, "ModelDataUrl": bench.put("registry/model.tar.gz", b"model")}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }


def make_group(bench: Bench, name: str, **members: Any) -> str:
    return bench.client.create_model_package_group(ModelPackageGroupName=name, **members)["ModelPackageGroupArn"]


def make_version(bench: Bench, group: str, specification: dict[str, Any], **members: Any) -> str:
    return bench.client.create_model_package(
        ModelPackageGroupName=group, InferenceSpecification=specification, **members
    )["ModelPackageArn"]


def test_group_is_described_listed_and_unique(bench: Bench):
    arn = make_group(bench, "group-one", ModelPackageGroupDescription="first", Tags=[{"Key": "a", "Value": "b"}])
    assert arn == f"{PREFIX}-group/group-one"
    for name in ("group-one", arn):
        group = bench.client.describe_model_package_group(ModelPackageGroupName=name)
        assert (group["ModelPackageGroupStatus"], group["ModelPackageGroupDescription"]) == ("Completed", "first")
    make_group(bench, "group-two")
    listed = bench.client.list_model_package_groups(NameContains="group-")["ModelPackageGroupSummaryList"]
    assert [group["ModelPackageGroupName"] for group in listed] == ["group-one", "group-two"]
    assert bench.client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    code, message = refused(bench.client.create_model_package_group, ModelPackageGroupName="group-one")
    assert (code, "already exists" in message) == ("ValidationException", True)


def test_version_numbers_increase_and_are_never_reused(bench: Bench, specification):
    make_group(bench, "counted")
    first, second = (make_version(bench, "counted", specification) for _ in range(2))
    assert (first, second) == (f"{PREFIX}/counted/1", f"{PREFIX}/counted/2")
    bench.client.delete_model_package(ModelPackageName=second)
    assert make_version(bench, f"{PREFIX}-group/counted", specification) == f"{PREFIX}/counted/3"
    assert "does not exist" in refused(bench.client.describe_model_package, ModelPackageName=second)[1]


def test_version_is_described_as_it_was_registered(bench: Bench, specification):
    make_group(bench, "described")
    members = {
        "ModelPackageDescription": "a model",
        "ModelMetrics": {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": "s3://b/m.json"}}},
        "CustomerMetadataProperties": {"FeatureSet": "lab"},
        "Domain": "MACHINE_LEARNING",
        "Task": "CLASSIFICATION",
    }
    arn = make_version(bench, "described", specification, **members)
    for name in (arn, "described/1"):
        package = bench.client.describe_model_package(ModelPackageName=name)
        assert {key: package[key] for key in members} == members
    assert (package["ModelPackageName"], package["ModelPackageVersion"]) == ("described", 1)
    assert (package["ModelPackageStatus"], package["ModelApprovalStatus"]) == ("Completed", "PendingManualApproval")
    assert package["InferenceSpecification"]["Containers"][0]["ModelDataETag"]
    batch = bench.client.batch_describe_model_package(ModelPackageArnList=[arn, f"{PREFIX}/described/9"])
    assert batch["ModelPackageSummaries"][arn]["ModelApprovalStatus"] == "PendingManualApproval"
    assert list(batch["BatchDescribeModelPackageErrorMap"]) == [f"{PREFIX}/described/9"]


def test_update_changes_approval_and_metadata(bench: Bench, specification):
    make_group(bench, "approved")
    arn = make_version(bench, "approved", specification, CustomerMetadataProperties={"a": "1", "b": "2"})
    update = bench.client.update_model_package
    update(ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="good enough")
    package = bench.client.describe_model_package(ModelPackageName=arn)
    assert (package["ModelApprovalStatus"], package["ApprovalDescription"]) == ("Approved", "good enough")
    assert package["LastModifiedTime"] >= package["CreationTime"]
    update(ModelPackageArn=arn, CustomerMetadataProperties={"c": "3"}, CustomerMetadataPropertiesToRemove=["a"])
    package = bench.client.describe_model_package(ModelPackageName=arn)
    assert package["CustomerMetadataProperties"] == {"b": "2", "c": "3"}
    assert package["ModelApprovalStatus"] == "Approved"
    absent = f"{PREFIX}/approved/7"
    assert refused(update, ModelPackageArn=absent, ModelApprovalStatus="Approved")[0] == "ValidationException"


CARD = {
    "model_overview": {"model_creator": "a team"},
    "intended_uses": {"purpose_of_model": "to rank", "risk_rating": "Low"},
    "training_details": {"training_job_details": {"hyper_parameters": [{"name": "eta", "value": "0.2"}]}},
    "evaluation_details": [
        {
            "name": "test rows",
            "metric_groups": [
                {
                    "name": "figures",
                    "metric_data": [
                        {"name": "auc", "type": "number", "value": 0.8},
                        {"name": "by borough", "type": "bar_chart", "value": [0.7, 0.9], "x_axis_name": ["B", "M"]},
                        {"name": "confusion", "type": "matrix", "value": [[1, 2], [3, 4]]},
                    ],
                }
            ],
        }
    ],
    "additional_information": {"custom_details": {"code": "0f"}},
}


def test_card_is_kept_changed_and_archived_without_a_change_of_the_approval(bench: Bench, specification):
    make_group(bench, "carded")
    arn = make_version(bench, "carded", specification)
    update = bench.client.update_model_package

    update(ModelPackageArn=arn, ModelCard={"ModelCardContent": json.dumps(CARD), "ModelCardStatus": "Draft"})
    update(ModelPackageArn=arn, ModelCard={"ModelCardStatus": "Archived"})

    package = bench.client.describe_model_package(ModelPackageName=arn)
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    assert package["ModelCard"] == {"ModelCardContent": json.dumps(CARD), "ModelCardStatus": "Archived"}
    assert "Archived state" in refused(update, ModelPackageArn=arn, ModelCard={"ModelCardContent": "{}"})[1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a card", "is not JSON"),
        ({"summary": "x"}, r"at \$: Additional properties"),
        ({"model_overview": {"model_description": "x"}}, r"at \$.model_overview: Additional properties"),
        ({"intended_uses": {"risk_rating": "low"}}, r"risk_rating: 'low' is not one of"),
        ({"business_details": {"business_problem": "x" * 2049}}, "is too long"),
        ({"evaluation_details": [{"metric_groups": []}]}, r"evaluation_details\[0\]: 'name' is a required property"),
        (
            {"evaluation_details": [{"name": "x", "metric_groups": [{"name": "y", "metric_data": [{"name": "z"}]}]}]},
            r"metric_data\[0\]: .* is not valid under any",
        ),
        ({"additional_information": {"custom_details": {"rows": 3}}}, "3 is not of type 'string'"),
    ],
)
def test_card_that_does_not_follow_the_schema_is_refused(bench: Bench, specification, content, reason):
    make_group_once(bench, "not-carded")
    text = content if isinstance(content, str) else json.dumps(content)
    card = {"ModelCardContent": text, "ModelCardStatus": "Draft"}
    code, message = refused(
        bench.client.create_model_package,
        ModelPackageGroupName="not-carded",
        InferenceSpecification=specification,
        ModelCard=card,
    )
    assert code == "ValidationException"
    assert re.search(reason, message)


def make_group_once(bench: Bench, name: str) -> None:
    if not bench.client.list_model_package_groups(NameContains=name)["ModelPackageGroupSummaryList"]:
        make_group(bench, name)


def test_packages_are_listed_by_group_approval_and_type(bench: Bench, specification):
    make_group(bench, "listed")
    for status in ("Approved", "Rejected", "Approved"):
        make_version(bench, "listed", specification, ModelApprovalStatus=status)
    bench.client.create_model_package(ModelPackageName="listed-alone", InferenceSpecification=specification)

    def listed(**request):
        answer = bench.client.list_model_packages(**request)
        return [package["ModelPackageArn"].rpartition("package/")[2] for package in answer["ModelPackageSummaryList"]]

    assert listed(ModelPackageGroupName="listed") == ["listed/1", "listed/2", "listed/3"]
    approved = listed(ModelPackageGroupName="listed", ModelApprovalStatus="Approved", SortOrder="Descending")
    assert approved == ["listed/3", "listed/1"]
    assert listed(NameContains="listed") == ["listed-alone"]
    assert len(listed(NameContains="listed", ModelPackageType="Both")) == 4
    first = bench.client.list_model_packages(ModelPackageGroupName="listed", MaxResults=2)
    second = bench.client.list_model_packages(
        ModelPackageGroupName="listed", MaxResults=2, NextToken=first["NextToken"]
    )
    assert [package["ModelPackageVersion"] for package in second["ModelPackageSummaryList"]] == [3]


def test_group_with_packages_is_not_deleted(bench: Bench, specification):
    arn = make_group(bench, "emptied")
    package = make_version(bench, "emptied", specification)
    assert refused(bench.client.delete_model_package_group, ModelPackageGroupName=arn)[0] == "ConflictException"
    bench.client.delete_model_package(ModelPackageName=package)
    bench.client.delete_model_package_group(ModelPackageGroupName=arn)
    assert refused(bench.client.describe_model_package_group, ModelPackageGroupName="emptied")[0] == (
        "ValidationException"
    )


def test_deleted_group_takes_its_tags_with_it(bench: Bench):
    for tags in ([{"Key": "stack", "Value": "old"}], []):
        request = {"ModelPackageGroupName": "retagged", "Tags": tags}
        arn = bench.client.create_model_package_group(**request)["ModelPackageGroupArn"]
        assert bench.client.list_tags(ResourceArn=arn)["Tags"] == tags
        bench.client.delete_model_package_group(ModelPackageGroupName="retagged")


def test_package_without_a_group_has_no_approval(bench: Bench, specification):
    create = bench.client.create_model_package
    arn = create(ModelPackageName="alone", InferenceSpecification=specification)["ModelPackageArn"]
    assert arn == f"{PREFIX}/alone"
    assert "ModelApprovalStatus" not in bench.client.describe_model_package(ModelPackageName="alone")
    again = {"ModelPackageName": "alone", "InferenceSpecification": specification}
    assert "already exists" in refused(create, **again)[1]
    assert (
        "not versioned"
        in refused(bench.client.update_model_package, ModelPackageArn=arn, ModelApprovalStatus="Approved")[1]
    )


def test_token_registers_once(bench: Bench, specification):
    make_group(bench, "token")
    arns = {make_version(bench, "token", specification, ClientToken="same") for _ in range(2)}
    assert arns == {f"{PREFIX}/token/1"}


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({}, "Missing ARN"),
        ({"ModelPackageName": "a", "ModelPackageGroupName": "wrong"}, "Both ModelPackageName and"),
        ({"ModelPackageGroupName": "absent"}, "absent does not exist"),
        ({"ModelPackageGroupName": "wrong", "Tags": [{"Key": "a", "Value": "b"}]}, "tag the group"),
        ({"ModelPackageName": "a", "ModelApprovalStatus": "Approved"}, "ModelApprovalStatus applies to versions"),
        ({"ModelPackageGroupName": "wrong", "InferenceSpecification": None}, "InferenceSpecification is required"),
        ({"ModelPackageGroupName": "wrong", "Data": "s3://pipeline-tests/absent.tar.gz"}, "Could not find model data"),
        ({"ModelPackageGroupName": "wrong", "Data": "s3://no-such-bucket/a"}, "Could not find model data"),
        ({"ModelPackageGroupName": "wrong", "CertifyForMarketplace": True}, "CertifyForMarketplace"),
    ],
)
def test_invalid_package_is_refused(bench: Bench, specification, members, reason):
    if reason == "Missing ARN":
        make_group(bench, "wrong")
    request = {"InferenceSpecification": specification, **members}
    if "Data" in request:
        container = {"Image": IMAGE, "ModelDataUrl": request.pop("Data")}
        request["InferenceSpecification"] = {**specification, "Containers": [container]}
    request = {key: value for key, value in request.items() if value is not None}
    code, message = refused(bench.client.create_model_package, **request)
    assert (code, reason in message) == ("ValidationException", True), message


def test_versions_survive_a_refused_registration(bench: Bench, specification):
    make_group(bench, "gapless")
    bad = {**specification, "Containers": [{"Image": IMAGE, "ModelDataUrl": "s3://pipeline-tests/absent.tar.gz"}]}
    refused(bench.client.create_model_package, ModelPackageGroupName="gapless", InferenceSpecification=bad)
    assert make_version(bench, "gapless", specification) == f"{PREFIX}/gapless/1"
