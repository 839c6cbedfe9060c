"""Stacks from creation to deletion."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from local_aws.kernel.events import Event

TWO = """
AWSTemplateFormatVersion: 2010-09-09
Description: two
Parameters:
  Kind: {Type: String, Default: raw}
Resources:
  Group:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Sub "/of/${Data}"}
  Data:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub "${AWS::StackName}-data"
      Tags: [{Key: kind, Value: !Ref Kind}]
Outputs:
  Arn: {Value: !GetAtt Data.Arn, Description: of the data, Export: {Name: !Sub "${AWS::StackName}-arn"}}
"""


def test_stack_is_created_updated_and_deleted(stacks) -> None:
    stack = stacks.create("two", TWO, Tags=[{"Key": "Stack", "Value": "two"}])
    assert stack["Outputs"] == [
        {
            "OutputKey": "Arn",
            "OutputValue": "arn:aws:s3:::two-data",
            "Description": "of the data",
            "ExportName": "two-arn",
        }
    ]
    assert (stacks.buckets(), stacks.groups()) == ({"two-data"}, {"/of/two-data"})
    assert stacks.tags("two-data") == {"kind": "raw", "Stack": "two"}
    assert stacks.statuses("two", "Data") == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    assert stacks.statuses("two", "two") == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]

    stacks.update("two", TWO, Parameters=[{"ParameterKey": "Kind", "ParameterValue": "new"}])
    assert stacks.tags("two-data") == {"kind": "new", "Stack": "two"}

    stack_id = stack["StackId"]
    stacks.cloudformation.delete_stack(StackName="two")
    stacks.wait("stack_delete_complete", "two")
    assert (stacks.buckets(), stacks.groups()) == (set(), set())
    assert stacks.stack(stack_id)["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="Stack with id two does not exist"):
        stacks.stack("two")


def test_stack_is_described_and_listed(stacks) -> None:
    client = stacks.cloudformation
    stack_id = stacks.create("two", TWO)["StackId"]
    assert client.get_template(StackName="two")["TemplateBody"] == TWO
    listed = client.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"]
    assert [(each["StackId"], each["TemplateDescription"]) for each in listed] == [(stack_id, "two")]
    assert client.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"] == []

    resources = client.describe_stack_resources(StackName="two")["StackResources"]
    assert {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources} == {
        "Data": "two-data",
        "Group": "/of/two-data",
    }
    by_id = client.describe_stack_resources(PhysicalResourceId="two-data")["StackResources"]
    assert {each["StackId"] for each in by_id} == {stack_id}
    summaries = client.list_stack_resources(StackName="two")["StackResourceSummaries"]
    assert [each["ResourceStatus"] for each in summaries] == ["CREATE_COMPLETE", "CREATE_COMPLETE"]
    detail = client.describe_stack_resource(StackName="two", LogicalResourceId="Data")["StackResourceDetail"]
    assert detail["ResourceType"] == "AWS::S3::Bucket"
    with pytest.raises(ClientError, match="Resource Other does not exist for stack two"):
        client.describe_stack_resource(StackName="two", LogicalResourceId="Other")


def test_template_summary_needs_no_stack(stacks) -> None:
    client = stacks.cloudformation
    validated = client.validate_template(TemplateBody=TWO)
    assert validated["Parameters"] == [{"ParameterKey": "Kind", "DefaultValue": "raw", "NoEcho": False}]
    summary = client.get_template_summary(TemplateBody=TWO)
    assert (summary["ResourceTypes"], summary["Version"]) == (["AWS::Logs::LogGroup", "AWS::S3::Bucket"], "2010-09-09")
    stacks.create("two", TWO)
    assert client.get_template_summary(StackName="two")["Description"] == "two"
    with pytest.raises(ClientError, match="Unrecognized resource types"):
        client.validate_template(TemplateBody="Resources: {Robot: {Type: AWS::Toys::Robot}}")


def test_imported_export_cannot_be_changed(stacks) -> None:
    client = stacks.cloudformation
    stacks.create("two", TWO)
    user = """
    Resources:
      Data: {Type: AWS::S3::Bucket, Properties: {BucketName: users, Tags: [{Key: of, Value: !ImportValue two-arn}]}}
    """
    with pytest.raises(ClientError, match="No export named two-other found"):
        client.create_stack(StackName="user", TemplateBody=user.replace("two-arn", "two-other"))
    stacks.create("user", user)
    assert stacks.tags("users") == {"of": "arn:aws:s3:::two-data"}
    assert [each["Name"] for each in client.list_exports()["Exports"]] == ["two-arn"]
    assert client.list_imports(ExportName="two-arn")["Imports"] == ["user"]
    with pytest.raises(ClientError, match="Export two-arn cannot be deleted as it is in use by user"):
        client.delete_stack(StackName="two")
    same = f"{TWO.replace('-arn', '')}  Same: {{Value: a, Export: {{Name: two-arn}}}}"
    with pytest.raises(ClientError, match="Export with name two-arn is already exported by stack two"):
        client.create_stack(StackName="third", TemplateBody=same)


def test_template_can_be_an_object_in_s3(stacks) -> None:
    client = stacks.cloudformation
    stacks.s3.create_bucket(Bucket="code")
    # Longer than a body may be.
    long = TWO + "#" * 60_000
    stacks.s3.put_object(Bucket="code", Key="of/two.yaml", Body=long.encode())
    with pytest.raises(ClientError, match="less than or equal to 51200"):
        client.create_stack(StackName="two", TemplateBody=long)
    urls = [
        f"{stacks.server.url}/code/of/two.yaml",
        "https://s3.us-east-1.amazonaws.com/code/of/two.yaml",
        "https://code.s3.us-east-1.amazonaws.com/of/two.yaml",
        "https://code.s3.amazonaws.com/of/two.yaml",
        "https://s3.amazonaws.com/code/of/two.yaml",
    ]
    for url in urls:
        assert client.validate_template(TemplateURL=url)["Description"] == "two"
    client.create_stack(StackName="two", TemplateURL=urls[0])
    stacks.wait("stack_create_complete", "two")
    for url, message in (
        ("https://example.com/two.yaml", "must be a supported URL"),
        (f"{stacks.server.url}/code/other.yaml", "cannot be read: NoSuchKey"),
        (f"{urls[1]}?versionId=1", "must not have a query"),
    ):
        with pytest.raises(ClientError, match=message):
            client.validate_template(TemplateURL=url)


def test_protected_stack_is_not_deleted(stacks) -> None:
    client = stacks.cloudformation
    stacks.create("two", TWO, EnableTerminationProtection=True)
    with pytest.raises(ClientError, match="cannot be deleted while TerminationProtection is enabled"):
        client.delete_stack(StackName="two")
    client.update_termination_protection(StackName="two", EnableTerminationProtection=False)
    client.delete_stack(StackName="two")
    stacks.wait("stack_delete_complete", "two")
    client.delete_stack(StackName="two")  # there is none any more: no error


def test_retained_resource_outlives_its_stack(stacks) -> None:
    stacks.create("kept", "Resources: {Data: {Type: AWS::S3::Bucket, DeletionPolicy: Retain}}")
    (bucket,) = stacks.buckets()
    assert bucket.startswith("kept-data-")
    stack_id = stacks.stack("kept")["StackId"]
    stacks.cloudformation.delete_stack(StackName="kept")
    stacks.wait("stack_delete_complete", "kept")
    assert stacks.buckets() == {bucket}
    assert stacks.statuses(stack_id, "Data")[-1] == "DELETE_SKIPPED"


def test_secret_is_never_shown(stacks) -> None:
    text = """
    Parameters: {Secret: {Type: String, NoEcho: true}}
    Resources: {Data: {Type: AWS::S3::Bucket, Properties: {Tags: [{Key: a, Value: !Ref Secret}]}}}
    """
    given = [{"ParameterKey": "Secret", "ParameterValue": "swordfish"}]
    stack = stacks.create("quiet", text, Parameters=given)
    assert stack["Parameters"] == [{"ParameterKey": "Secret", "ParameterValue": "****"}]
    (bucket,) = stacks.buckets()
    assert stacks.tags(bucket) == {"a": "swordfish"}
    stacks.cloudformation.create_change_set(
        StackName="quiet",
        ChangeSetName="other",
        TemplateBody=text.replace("Key: a", "Key: b"),
        Parameters=[{"ParameterKey": "Secret", "UsePreviousValue": True}],
    )
    change_set = stacks.cloudformation.describe_change_set(
        StackName="quiet", ChangeSetName="other", IncludePropertyValues=True
    )
    events = stacks.cloudformation.describe_stack_events(StackName="quiet")["StackEvents"]
    assert "swordfish" not in f"{change_set}{events}"
    assert "****" in str(change_set)


def test_stack_keeps_working_as_its_role(stacks) -> None:
    role = "arn:aws:iam::123456789012:role/deploys"
    stacks.create("two", TWO, RoleARN=role)
    stacks.update("two", TWO.replace("Default: raw", "Default: new"))
    stacks.cloudformation.delete_stack(StackName="two")
    stacks.wait("stack_delete_complete", "two")
    assert stacks.bucket.principals == [role, role, role]


def test_state_changes_are_announced(stacks) -> None:
    heard: list[Event] = []
    stacks.server.context.listen(heard.append)
    stack_id = stacks.create("two", TWO, ClientRequestToken="mine")["StackId"]
    assert {(each.source, *each.resources) for each in heard} == {("aws.cloudformation", stack_id)}
    of_stack = [each.detail for each in heard if each.detail_type == "CloudFormation Stack Status Change"]
    assert [each["status-details"]["status"] for each in of_stack] == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    assert {each["client-request-token"] for each in of_stack} == {"mine"}
    last = next(each.detail for each in reversed(heard) if "logical-resource-id" in each.detail)
    assert (last["logical-resource-id"], last["physical-resource-id"]) == ("Group", "/of/two-data")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"StackName": "1two"}, "at 'stackName' failed to satisfy"),
        ({"NotificationARNs": ["arn:aws:sns:us-east-1:123456789012:a"]}, "does not support NotificationARNs"),
        ({"TimeoutInMinutes": 5}, "does not support TimeoutInMinutes"),
        ({"StackPolicyBody": "{}"}, "does not support StackPolicyBody"),
        ({"DisableRollback": True, "OnFailure": "DELETE"}, "either DisableRollback or OnFailure"),
        ({"TemplateURL": "https://s3.amazonaws.com/a/b"}, "Specify only one of"),
        ({"TemplateBody": ""}, "TemplateBody"),
        ({"Parameters": [{"ParameterKey": "Other", "ParameterValue": "a"}]}, r"\[Other\] do not exist in the template"),
        ({"Parameters": [{"ParameterKey": "Kind", "UsePreviousValue": True}]}, "There is no previous value"),
    ],
)
def test_creation_is_refused(stacks, members, message: str) -> None:
    with pytest.raises((ClientError, ParamValidationError), match=message):
        stacks.cloudformation.create_stack(**{"StackName": "two", "TemplateBody": TWO, **members})
    assert stacks.cloudformation.describe_stacks()["Stacks"] == []


def test_stack_name_is_taken_once(stacks) -> None:
    stacks.create("two", TWO)
    with pytest.raises(stacks.cloudformation.exceptions.AlreadyExistsException, match=r"Stack \[two\] already exists"):
        stacks.cloudformation.create_stack(StackName="two", TemplateBody=TWO)


ROLE = "Resources: {Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}, %s}}}"


@pytest.mark.parametrize(
    ("more", "given", "needed"),
    [
        ("Path: /", [], "CAPABILITY_IAM"),
        ("RoleName: a", [], "CAPABILITY_NAMED_IAM"),
        ("RoleName: a", ["CAPABILITY_IAM"], "CAPABILITY_NAMED_IAM"),
    ],
)
def test_iam_resources_require_a_capability(stacks, more: str, given: list[str], needed: str) -> None:
    errors = stacks.cloudformation.exceptions
    with pytest.raises(errors.InsufficientCapabilitiesException, match=rf"\[{needed}\]"):
        stacks.cloudformation.create_stack(StackName="role", TemplateBody=ROLE % more, Capabilities=given)
    # With the capability it is the type that fails it: these stacks make none.
    with pytest.raises(ClientError, match=r"Role \(AWS::IAM::Role\)"):
        stacks.cloudformation.create_stack(StackName="role", TemplateBody=ROLE % more, Capabilities=[needed])


def test_update_without_changes_is_refused(stacks) -> None:
    stacks.create("two", TWO)
    with pytest.raises(ClientError, match=r"No updates are to be performed\."):
        stacks.cloudformation.update_stack(StackName="two", UsePreviousTemplate=True)
    with pytest.raises(ClientError, match="Stack with id other does not exist"):
        stacks.cloudformation.update_stack(StackName="other", TemplateBody=TWO)
    # Outputs and tags are changes, too.
    stacks.update("two", TWO.replace("of the data", "of all data"))
    assert stacks.update("two", TWO, Tags=[{"Key": "a", "Value": "b"}])["Tags"] == [{"Key": "a", "Value": "b"}]
    assert stacks.tags("two-data")["a"] == "b"
