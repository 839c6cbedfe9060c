"""Simulation through the API, on roles that are there; and the records of IAM around it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.kernel.principals import USER_ARN
from local_aws.services import iam as iam_service
from tests.conftest import RunningServer, running

ROLE = "arn:aws:iam::123456789012:role/worker"
ROOT = "arn:aws:iam::123456789012:root"
KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
S3_READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


def policy(action: Any, resource: Any = "*", effect: str = "Allow", **more: Any) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("data"), (iam_service.build,)) as server:
        yield server


@pytest.fixture(scope="module")
def iam(server: RunningServer) -> Any:
    iam = server.client("iam")
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "team", "Value": "red"}])
    own = policy("s3:PutObject", "arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*")
    iam.put_role_policy(RoleName="worker", PolicyName="writes", PolicyDocument=own)
    iam.attach_role_policy(RoleName="worker", PolicyArn=S3_READ)
    return iam


def decisions(answer: dict[str, Any]) -> dict[str, str]:
    return {result["EvalActionName"]: result["EvalDecision"] for result in answer["EvaluationResults"]}


def code_of(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return caught.value.response["Error"]["Code"]


def test_inline_and_attached_policies_count(iam: Any) -> None:
    answer = iam.simulate_principal_policy(
        PolicySourceArn=ROLE,
        ActionNames=["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        ResourceArns=["arn:aws:s3:::bucket/red/x"],
    )
    assert decisions(answer) == {
        "s3:GetObject": "allowed",
        "s3:PutObject": "allowed",
        "s3:DeleteObject": "implicitDeny",
    }
    read, written, _ = answer["EvaluationResults"]
    assert [found["SourcePolicyId"] for found in read["MatchedStatements"]] == ["AmazonS3ReadOnlyAccess"]
    assert read["MatchedStatements"][0]["SourcePolicyType"] == "aws-managed"
    assert [found["SourcePolicyType"] for found in written["MatchedStatements"]] == ["role"]


def test_each_resource_has_its_decision_and_the_strictest_is_the_actions(iam: Any) -> None:
    answer = iam.simulate_principal_policy(
        PolicySourceArn=ROLE,
        ActionNames=["s3:PutObject"],
        ResourceArns=["arn:aws:s3:::bucket/red/x", "arn:aws:s3:::bucket/blue/x"],
    )
    (result,) = answer["EvaluationResults"]
    found = [(one["EvalResourceName"], one["EvalResourceDecision"]) for one in result["ResourceSpecificResults"]]
    assert result["EvalDecision"] == "implicitDeny"
    assert found == [("arn:aws:s3:::bucket/red/x", "allowed"), ("arn:aws:s3:::bucket/blue/x", "implicitDeny")]


def test_the_user_may_do_everything(iam: Any) -> None:
    answer = iam.simulate_principal_policy(PolicySourceArn=USER_ARN, ActionNames=["iam:DeleteRole", "s3:PutObject"])
    assert set(decisions(answer).values()) == {"allowed"}


def test_a_boundary_of_the_role_limits_it(iam: Any) -> None:
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=policy("s3:Get*"))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="worker", PermissionsBoundary=boundary)
    try:
        (result,) = iam.simulate_principal_policy(
            PolicySourceArn=ROLE, ActionNames=["s3:PutObject"], ResourceArns=["arn:aws:s3:::bucket/red/x"]
        )["EvaluationResults"]
        with pytest.raises(ClientError) as bounds:
            iam.delete_policy(PolicyArn=boundary)
    finally:
        iam.delete_role_permissions_boundary(RoleName="worker")
    iam.delete_policy(PolicyArn=boundary)
    assert result["EvalDecision"] == "implicitDeny"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    assert code_of(bounds) == "DeleteConflict"


def test_context_entries_are_used_and_missing_ones_named(iam: Any) -> None:
    document = policy("glue:*", Condition={"StringEquals": {"aws:ResourceTag/Stack": "mine"}})
    request = {"PolicyInputList": [document], "ActionNames": ["glue:GetJob"]}
    (without,) = iam.simulate_custom_policy(**request)["EvaluationResults"]
    entry = {"ContextKeyName": "aws:ResourceTag/Stack", "ContextKeyValues": ["mine"], "ContextKeyType": "string"}
    (with_tag,) = iam.simulate_custom_policy(**request, ContextEntries=[entry])["EvaluationResults"]
    assert (without["EvalDecision"], without["MissingContextValues"]) == ("implicitDeny", ["aws:ResourceTag/Stack"])
    assert (with_tag["EvalDecision"], with_tag["MissingContextValues"]) == ("allowed", [])


def test_a_resources_policy_across_accounts(iam: Any) -> None:
    granting = json.loads(policy("s3:GetObject", "arn:aws:s3:::theirs/*"))
    granting["Statement"][0]["Principal"] = {"AWS": USER_ARN}
    (result,) = iam.simulate_custom_policy(
        PolicyInputList=[policy("s3:PutObject")],
        ActionNames=["s3:GetObject"],
        ResourceArns=["arn:aws:s3:::theirs/x"],
        ResourcePolicy=json.dumps(granting),
        ResourceOwner="999999999999",
        CallerArn=USER_ARN,
    )["EvaluationResults"]
    details = result["ResourceSpecificResults"][0]["EvalDecisionDetails"]
    assert result["EvalDecision"] == "implicitDeny"
    assert details == {"IAM Policy": "implicitDeny", "Resource Policy": "allowed"}


@pytest.mark.parametrize(
    ("action", "resource", "own", "granted", "expected"),
    [
        ("s3:GetObject", "arn:aws:s3:::ours/x", "s3:PutObject", ROOT, "implicitDeny"),
        ("s3:GetObject", "arn:aws:s3:::ours/x", "s3:GetObject", ROOT, "allowed"),
        ("s3:GetObject", "arn:aws:s3:::ours/x", "s3:PutObject", USER_ARN, "allowed"),
        ("kms:Decrypt", KEY, "kms:*", ROLE, "implicitDeny"),
        ("kms:Decrypt", KEY, "kms:*", ROOT, "allowed"),
        ("kms:Decrypt", KEY, "kms:*", None, "allowed"),
        ("sts:AssumeRole", ROLE, "sts:AssumeRole", ROLE, "implicitDeny"),
        ("sts:AssumeRole", ROLE, "s3:GetObject", USER_ARN, "allowed"),
    ],
)
def test_a_resources_policy_that_names_the_account_delegates(
    iam: Any, action: str, resource: str, own: str, granted: str | None, expected: str
) -> None:
    given: dict[str, Any] = {}
    if granted is not None:
        statement = {"Effect": "Allow", "Principal": {"AWS": granted}, "Action": action, "Resource": "*"}
        given = {"ResourcePolicy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}
    answer = iam.simulate_custom_policy(
        PolicyInputList=[policy(own)], ActionNames=[action], ResourceArns=[resource], CallerArn=USER_ARN, **given
    )
    assert decisions(answer) == {action: expected}


def test_resource_policy_is_simulated_for_a_user_with_a_roles_policies(iam: Any) -> None:
    granting = policy("s3:GetObject", Principal={"AWS": USER_ARN})
    request = {"PolicySourceArn": ROLE, "ActionNames": ["s3:GetObject"], "ResourcePolicy": granting}
    assert decisions(iam.simulate_principal_policy(**request, CallerArn=USER_ARN)) == {"s3:GetObject": "allowed"}


def test_results_come_in_pages(iam: Any) -> None:
    names = [f"s3:Get{number}" for number in range(5)]
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=ROLE, ActionNames=names, PaginationConfig={"PageSize": 2}
    )
    found = list(pages)
    assert [len(one["EvaluationResults"]) for one in found] == [2, 2, 1]
    assert [name for one in found for name in decisions(one)] == names


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"PolicySourceArn": f"{ROLE}-nobody", "ActionNames": ["s3:GetObject"]}, "NoSuchEntity"),
        ({"PolicySourceArn": "arn:aws:iam::123456789012:group/g", "ActionNames": ["s3:GetObject"]}, "InvalidInput"),
        ({"PolicySourceArn": ROLE, "ActionNames": ["GetObject"]}, "InvalidInput"),
        ({"PolicySourceArn": ROLE, "ActionNames": ["s3:Get*"]}, "InvalidInput"),
        ({"PolicySourceArn": ROLE, "ActionNames": ["s3:GetObject"], "ResourceArns": ["foo"]}, "InvalidInput"),
        (
            {"PolicySourceArn": ROLE, "ActionNames": ["s3:GetObject"], "PolicyInputList": [policy("GetObject")]},
            "InvalidInput",
        ),
        (
            {"PolicySourceArn": ROLE, "ActionNames": ["s3:GetObject"], "PolicyInputList": [policy("s3:*", "foo")]},
            "InvalidInput",
        ),
        ({"PolicySourceArn": ROLE, "ActionNames": ["s3:GetObject"], "PolicyInputList": ["{}"]}, "InvalidInput"),
        (
            {
                "PolicySourceArn": ROLE,
                "ActionNames": ["s3:GetObject"],
                "ResourcePolicy": policy("s3:GetObject", Principal={"AWS": ROLE}),
            },
            "InvalidInput",
        ),
        (
            {
                "PolicySourceArn": ROLE,
                "ActionNames": ["s3:GetObject"],
                "ResourceHandlingOption": "EC2-VPC-InstanceStore",
            },
            "InvalidInput",
        ),
    ],
)
def test_what_cannot_be_simulated_is_refused(iam: Any, request_: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as caught:
        iam.simulate_principal_policy(**request_)
    assert code_of(caught) == code


def test_the_user_is_there_and_no_other(iam: Any, server: RunningServer) -> None:
    assert iam.get_user()["User"]["Arn"] == iam.get_user(UserName="local")["User"]["Arn"] == USER_ARN
    with pytest.raises(ClientError) as nobody:
        iam.get_user(UserName="nobody")
    with pytest.raises(ClientError) as role:
        server.client_of_role(ROLE, "iam").get_user()
    assert (code_of(nobody), code_of(role)) == ("NoSuchEntity", "ValidationError")


def test_a_policy_of_aws_that_does_not_exist_is_not_attached(iam: Any) -> None:
    with pytest.raises(ClientError, match="arn:aws:iam::aws:policy/Imagined does not exist") as caught:
        iam.attach_role_policy(RoleName="worker", PolicyArn="arn:aws:iam::aws:policy/Imagined")
    with pytest.raises(ClientError) as boundary:
        iam.put_role_permissions_boundary(
            RoleName="worker", PermissionsBoundary="arn:aws:iam::123456789012:policy/imagined"
        )
    assert (code_of(caught), code_of(boundary)) == ("NoSuchEntity", "NoSuchEntity")


@pytest.mark.parametrize("document", ["{", '{"Version":"2012-10-17"}', policy("nothing"), policy("*", "foo")])
def test_what_is_no_policy_is_refused(iam: Any, document: str) -> None:
    with pytest.raises(ClientError) as created:
        iam.create_policy(PolicyName="bad", PolicyDocument=document)
    with pytest.raises(ClientError) as put:
        iam.put_role_policy(RoleName="worker", PolicyName="bad", PolicyDocument=document)
    with pytest.raises(ClientError) as trust:
        iam.create_role(RoleName="bad", AssumeRolePolicyDocument=document)
    assert {code_of(created), code_of(put), code_of(trust)} == {"MalformedPolicyDocument"}


def test_policies_have_iams_sizes_without_their_white_space(iam: Any) -> None:
    def long(characters: int) -> str:
        return policy("s3:GetObject", f"arn:aws:s3:::{'a' * characters}").replace(" ", "\n" * 1_000)

    iam.create_role(RoleName="long", AssumeRolePolicyDocument=TRUST)
    iam.create_policy(PolicyName="long", PolicyDocument=long(5_900))
    iam.put_role_policy(RoleName="long", PolicyName="a", PolicyDocument=long(6_000))
    iam.put_role_policy(RoleName="long", PolicyName="a", PolicyDocument=long(6_000))
    with pytest.raises(ClientError, match="PolicySize: 6144"):
        iam.create_policy(PolicyName="longer", PolicyDocument=long(6_144))
    with pytest.raises(ClientError, match="10240 bytes exceeded for role long"):
        iam.put_role_policy(RoleName="long", PolicyName="b", PolicyDocument=long(6_000))
    with pytest.raises(ClientError, match="ACLSizePerRole: 2048"):
        iam.create_role(RoleName="longer", AssumeRolePolicyDocument=TRUST.replace("sts:", f"sts:{'a' * 2_048}"))
    iam.delete_role_policy(RoleName="long", PolicyName="a")
    iam.delete_role(RoleName="long")


def test_versions_tags_and_descriptions_last(tmp_path: Path) -> None:
    with running(tmp_path, (iam_service.build,)) as server:
        iam = server.client("iam")
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
        iam.update_role(RoleName="r", Description="one", MaxSessionDuration=7200)
        iam.update_role_description(RoleName="r", Description="two")
        arn = iam.create_policy(PolicyName="p", PolicyDocument=policy("s3:GetObject"))["Policy"]["Arn"]
        iam.attach_role_policy(RoleName="r", PolicyArn=arn)
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy("s3:PutObject"), SetAsDefault=False)
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy("s3:Put*"), SetAsDefault=True)
        iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
        iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
        iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
        iam.untag_policy(PolicyArn=arn, TagKeys=["b"])
        iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=S3_READ)
        iam.attach_role_policy(RoleName="r", PolicyArn=S3_READ)
    with running(tmp_path, (iam_service.build,)) as server:
        iam = server.client("iam")
        role = iam.get_role(RoleName="r")["Role"]
        versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
        assert (role["Description"], role["MaxSessionDuration"]) == ("two", 7200)
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == S3_READ
        assert {one["VersionId"]: one["IsDefaultVersion"] for one in versions} == {"v2": True, "v3": False}
        assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "a", "Value": "1"}]
        holders = iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]
        assert [one["RoleName"] for one in holders] == ["r"]
        with pytest.raises(ClientError) as attached:
            iam.delete_policy(PolicyArn=arn)
        iam.detach_role_policy(RoleName="r", PolicyArn=arn)
        with pytest.raises(ClientError) as versioned:
            iam.delete_policy(PolicyArn=arn)
        assert {code_of(attached), code_of(versioned)} == {"DeleteConflict"}
