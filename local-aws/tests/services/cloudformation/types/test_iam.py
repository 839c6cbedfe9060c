"""Roles and policies."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from local_aws.kernel.errors import AwsError
from tests.services.cloudformation.types.documents import allow, trust


def test_role_update_removes_what_the_template_drops(server, resource) -> None:
    iam, role, policy = server.client("iam"), resource("AWS::IAM::Role"), resource("AWS::IAM::ManagedPolicy")
    policy.create(ManagedPolicyName="reading", PolicyDocument=allow("s3:GetObject"))
    made = role.create(
        RoleName="role",
        Path="/lab/",
        AssumeRolePolicyDocument=trust("glue"),
        Description="first",
        MaxSessionDuration="7200",
        ManagedPolicyArns=[policy.id],
        PermissionsBoundary=policy.id,
        Policies=[{"PolicyName": name, "PolicyDocument": allow("s3:PutObject")} for name in ("kept", "dropped")],
        Tags=[{"Key": "a", "Value": "b"}],
    )
    assert made.physical_id == "role"
    assert made.attributes["Arn"] == "arn:aws:iam::123456789012:role/lab/role"
    found = iam.get_role(RoleName="role")["Role"]
    assert (found["Description"], found["MaxSessionDuration"], found["Path"]) == ("first", 7200, "/lab/")
    assert found["PermissionsBoundary"]["PermissionsBoundaryArn"] == policy.id
    assert sorted(iam.list_role_policies(RoleName="role")["PolicyNames"]) == ["dropped", "kept"]

    role.update(
        RoleName="role",
        Path="/lab/",
        AssumeRolePolicyDocument=trust("lambda"),
        Policies=[{"PolicyName": "kept", "PolicyDocument": allow("s3:ListBucket")}],
        Tags=[{"Key": "c", "Value": "d"}],
    )
    found = iam.get_role(RoleName="role")["Role"]
    assert found["AssumeRolePolicyDocument"] == trust("lambda")
    assert (found.get("Description", ""), found["MaxSessionDuration"]) == ("", 3600)
    assert "PermissionsBoundary" not in found
    assert iam.list_role_policies(RoleName="role")["PolicyNames"] == ["kept"]
    kept = iam.get_role_policy(RoleName="role", PolicyName="kept")["PolicyDocument"]
    assert kept == allow("s3:ListBucket")
    assert iam.list_attached_role_policies(RoleName="role")["AttachedPolicies"] == []
    assert iam.list_role_tags(RoleName="role")["Tags"] == [{"Key": "c", "Value": "d"}]

    role.delete()
    policy.delete()
    assert iam.list_roles()["Roles"] == []


def test_role_with_missing_policy_is_not_left_behind(server, resource) -> None:
    with pytest.raises(AwsError, match="NoSuchEntity"):
        resource("AWS::IAM::Role").create(
            RoleName="half",
            AssumeRolePolicyDocument=trust("glue"),
            ManagedPolicyArns=["arn:aws:iam::123456789012:policy/nobody"],
            Policies=[{"PolicyName": "inline", "PolicyDocument": allow("s3:GetObject")}],
        )
    with pytest.raises(ClientError, match="NoSuchEntity"):
        server.client("iam").get_role(RoleName="half")


def test_managed_policy_update_creates_versions(server, resource) -> None:
    iam, role, policy = server.client("iam"), resource("AWS::IAM::Role"), resource("AWS::IAM::ManagedPolicy")
    role.create(AssumeRolePolicyDocument=trust("glue"))
    made = policy.create(PolicyDocument=allow("s3:Get1"), Roles=[role.id], Description="d")
    assert made.attributes["AttachmentCount"] == 1
    for number in range(2, 9):
        made = policy.update(PolicyDocument=allow(f"s3:Get{number}"), Roles=[role.id], Description="d")
    version = iam.get_policy_version(PolicyArn=policy.id, VersionId=made.attributes["DefaultVersionId"])
    assert version["PolicyVersion"]["Document"] == allow("s3:Get8")
    assert len(iam.list_policy_versions(PolicyArn=policy.id)["Versions"]) == 5
    policy.update(PolicyDocument=allow("s3:Get8"), Description="d")
    assert iam.list_attached_role_policies(RoleName=role.id)["AttachedPolicies"] == []
    policy.delete()
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_policy(PolicyArn=policy.id)
    role.delete()


@pytest.mark.parametrize("type_name", ["AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"])
def test_policy_of_users_and_groups_is_refused(resource, type_name: str) -> None:
    name = {"PolicyName": "p"} if type_name == "AWS::IAM::Policy" else {}
    with pytest.raises(AwsError, match="Groups, Users"):
        resource(type_name).create(**name, PolicyDocument=allow("s3:GetObject"), Users=["u"], Groups=["g"])


def test_inline_policy_moves_between_roles(server, resource) -> None:
    iam, policy = server.client("iam"), resource("AWS::IAM::Policy")
    roles = [resource("AWS::IAM::Role") for _ in range(2)]
    for role in roles:
        role.create(AssumeRolePolicyDocument=trust("glue"))
    policy.create(PolicyName="p", PolicyDocument=allow("s3:GetObject"), Roles=[roles[0].id])
    policy.update(PolicyName="p", PolicyDocument=allow("s3:PutObject"), Roles=[roles[1].id])
    assert iam.list_role_policies(RoleName=roles[0].id)["PolicyNames"] == []
    found = iam.get_role_policy(RoleName=roles[1].id, PolicyName="p")["PolicyDocument"]
    assert found == allow("s3:PutObject")
    policy.delete()
    assert iam.list_role_policies(RoleName=roles[1].id)["PolicyNames"] == []
    for role in roles:
        role.delete()
