"""Log groups, keys, budgets, build projects and connections."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from local_aws.kernel.errors import AwsError
from tests.services.cloudformation.types.documents import allow

ACCOUNT = "123456789012"


def test_log_group_is_created_updated_and_deleted(server, resource) -> None:
    logs, group = server.client("logs"), resource("AWS::Logs::LogGroup")
    made = group.create(LogGroupName="/lab", RetentionInDays="14", Tags=[{"Key": "a", "Value": "b"}])
    assert made.attributes["Arn"] == f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/lab:*"
    assert logs.describe_log_groups(logGroupNamePrefix="/lab")["logGroups"][0]["retentionInDays"] == 14
    group.update(LogGroupName="/lab", Tags=[{"Key": "c", "Value": "d"}])
    assert "retentionInDays" not in logs.describe_log_groups(logGroupNamePrefix="/lab")["logGroups"][0]
    arn = made.attributes["Arn"].removesuffix(":*")
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"c": "d"}
    group.delete()
    assert logs.describe_log_groups(logGroupNamePrefix="/lab")["logGroups"] == []


def test_key_and_alias_are_created_updated_and_deleted(server, resource) -> None:
    kms, key, alias = server.client("kms"), resource("AWS::KMS::Key"), resource("AWS::KMS::Alias")
    policy = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    made = key.create(Description="first", KeyPolicy=policy, EnableKeyRotation=True, Tags=[{"Key": "a", "Value": "b"}])
    assert made.attributes["Arn"].endswith(f"key/{key.id}")
    assert kms.get_key_rotation_status(KeyId=key.id)["KeyRotationEnabled"] is True
    key.update(Description="second", KeyPolicy=policy, Enabled=False, Tags=[{"Key": "c", "Value": "d"}])
    found = kms.describe_key(KeyId=key.id)["KeyMetadata"]
    assert (found["Description"], found["Enabled"]) == ("second", False)
    assert kms.get_key_rotation_status(KeyId=key.id)["KeyRotationEnabled"] is False
    assert kms.list_resource_tags(KeyId=key.id)["Tags"] == [{"TagKey": "c", "TagValue": "d"}]

    other = resource("AWS::KMS::Key")
    other.create()
    alias.create(AliasName="alias/lab", TargetKeyId=key.id)
    alias.update(AliasName="alias/lab", TargetKeyId=other.made.attributes["Arn"])
    assert kms.describe_key(KeyId="alias/lab")["KeyMetadata"]["KeyId"] == other.id
    alias.delete()
    assert kms.list_aliases()["Aliases"] == []
    for one in (key, other):
        one.delete()
        assert kms.describe_key(KeyId=one.id)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_budget_is_created_updated_and_deleted(server, resource) -> None:
    client, budget = server.client("budgets"), resource("AWS::Budgets::Budget")

    def definition(amount: float) -> dict:
        limit = {"Amount": amount, "Unit": "USD"}
        return {"BudgetName": "monthly", "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": limit}

    notification = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80}
    notified = [
        {
            "Notification": notification,
            "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "a@example.com"}],
        }
    ]
    budget.create(Budget=definition(20), NotificationsWithSubscribers=notified)
    named = {"AccountId": ACCOUNT, "BudgetName": "monthly"}
    assert client.describe_notifications_for_budget(**named)["Notifications"] == [notification]
    budget.update(
        Budget=definition(30), NotificationsWithSubscribers=notified, ResourceTags=[{"Key": "a", "Value": "b"}]
    )
    assert client.describe_budget(**named)["Budget"]["BudgetLimit"]["Amount"] == "30"
    arn = f"arn:aws:budgets::{ACCOUNT}:budget/monthly"
    assert client.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [{"Key": "a", "Value": "b"}]
    budget.delete()
    with pytest.raises(ClientError, match="NotFound"):
        client.describe_budget(**named)


def test_build_project_is_created_updated_and_deleted(server, resource) -> None:
    client, project = server.client("codebuild"), resource("AWS::CodeBuild::Project")
    definition = {
        "Name": "lab",
        "ServiceRole": f"arn:aws:iam::{ACCOUNT}:role/build",
        "Artifacts": {"Type": "NO_ARTIFACTS"},
        "Environment": {
            "Type": "LINUX_CONTAINER",
            "Image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
            "ComputeType": "BUILD_GENERAL1_SMALL",
            "EnvironmentVariables": [{"Name": "PREFIX", "Value": "a-"}],
        },
        "Source": {"Type": "GITHUB", "Location": "https://github.com/example/lab", "BuildSpec": "buildspec.yml"},
    }
    made = project.create(**definition, Description="first", TimeoutInMinutes="20", Tags=[{"Key": "a", "Value": "b"}])
    assert made.attributes["Arn"] == f"arn:aws:codebuild:us-east-1:{ACCOUNT}:project/lab"
    project.update(**(definition | {"Source": {"Type": "NO_SOURCE", "BuildSpec": "version: 0.2"}}))
    (found,) = client.batch_get_projects(names=["lab"])["projects"]
    assert (found["description"], found["timeoutInMinutes"], found["tags"]) == ("", 60, [])
    assert found["source"] == {"type": "NO_SOURCE", "buildspec": "version: 0.2"}
    assert found["environment"]["environmentVariables"] == [{"name": "PREFIX", "value": "a-"}]
    project.delete()
    assert client.list_projects()["projects"] == []
    with pytest.raises(AwsError, match="Triggers, Visibility"):
        project.create(**definition, Triggers={"Webhook": True}, Visibility="PUBLIC_READ")


def test_connection_is_created_updated_and_deleted(server, resource) -> None:
    client, connection = server.client("codeconnections"), resource("AWS::CodeConnections::Connection")
    made = connection.create(ConnectionName="source", ProviderType="GitHub", Tags=[{"Key": "a", "Value": "b"}])
    assert made.attributes["ConnectionStatus"] == "PENDING"
    connection.update(ConnectionName="source", ProviderType="GitHub", Tags=[{"Key": "c", "Value": "d"}])
    assert client.list_tags_for_resource(ResourceArn=connection.id)["Tags"] == [{"Key": "c", "Value": "d"}]
    connection.delete()
    assert client.list_connections()["Connections"] == []
