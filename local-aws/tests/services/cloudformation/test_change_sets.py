"""Change sets, as ``aws cloudformation deploy`` uses them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

TEMPLATE = """
Parameters:
  Kind: {Type: String, Default: raw}
  Name: {Type: String, Default: old}
Resources:
  Data: {Type: AWS::S3::Bucket, Properties: {BucketName: data, Tags: [{Key: kind, Value: !Ref Kind}]}}
  Group: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Ref Name, RetentionInDays: 7}}
  User:
    Type: AWS::S3::Bucket
    Properties: {BucketName: user, Tags: [{Key: of, Value: !Select [0, !Split ["*", !GetAtt Group.Arn]]}]}
  Extra: {Type: AWS::S3::Bucket, DeletionPolicy: Retain}
Outputs:
  Group: {Value: !Ref Group}
"""
NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


def deploy(stacks, name: str, template: str, set_name: str, **members: Any) -> bool:
    """Do what the AWS CLI's ``deploy`` does; False when there is nothing to change."""
    client = stacks.cloudformation
    try:
        status = client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        exists = status != "REVIEW_IN_PROGRESS"
    except ClientError as error:
        assert f"Stack with id {name} does not exist" in str(error)
        exists = False
    made = client.create_change_set(
        StackName=name,
        ChangeSetName=set_name,
        TemplateBody=template,
        ChangeSetType="UPDATE" if exists else "CREATE",
        Description="Created by a test",
        **members,
    )
    waiter = client.get_waiter("change_set_create_complete")
    try:
        waiter.wait(ChangeSetName=made["Id"], StackName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 100})
    except WaiterError as error:
        assert error.last_response["Status"] == "FAILED"
        assert "The submitted information didn't contain changes." in error.last_response["StatusReason"]
        return False
    client.execute_change_set(ChangeSetName=made["Id"], StackName=name)
    stacks.wait("stack_update_complete" if exists else "stack_create_complete", name)
    return True


def changes_of(stacks, template: str, **members: Any) -> dict[str, Any]:
    stacks.cloudformation.create_change_set(StackName="it", ChangeSetName="set", TemplateBody=template, **members)
    found = stacks.cloudformation.describe_change_set(StackName="it", ChangeSetName="set", IncludePropertyValues=True)[
        "Changes"
    ]
    return {each["ResourceChange"]["LogicalResourceId"]: each["ResourceChange"] for each in found}


def given(**values: str) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def test_second_deploy_has_nothing_to_do(stacks) -> None:
    assert deploy(stacks, "it", TEMPLATE, "first")
    assert stacks.groups() == {"old"}
    assert not deploy(stacks, "it", TEMPLATE, "second")
    assert deploy(stacks, "it", TEMPLATE, "third", Parameters=given(Name="new"))
    assert stacks.groups() == {"new"}
    stack = stacks.stack("it")
    assert stack["ChangeSetId"].split("/")[1] == "third"
    assert stack["Outputs"][0]["OutputValue"] == "new"
    change_set = stacks.cloudformation.describe_change_set(ChangeSetName=stack["ChangeSetId"])
    assert change_set["ExecutionStatus"] == "EXECUTE_COMPLETE"
    # An executed set makes the others void.
    listed = stacks.cloudformation.list_change_sets(StackName="it")["Summaries"]
    assert [each["ChangeSetName"] for each in listed] == ["third"]


def test_change_set_of_a_new_stack_adds_everything(stacks) -> None:
    found = changes_of(stacks, TEMPLATE, ChangeSetType="CREATE")
    assert stacks.stack("it")["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert {name: change["Action"] for name, change in found.items()} == dict.fromkeys(
        ("Data", "Group", "Extra", "User"), "Add"
    )
    after = json.loads(found["User"]["AfterContext"])
    assert after["Properties"]["Tags"] == [{"Key": "of", "Value": "{{changeSet:KNOWN_AFTER_APPLY}}"}]
    assert (stacks.buckets(), stacks.groups()) == (set(), set())
    with pytest.raises(ClientError, match="Stack with id it does not exist"):
        stacks.cloudformation.update_stack(StackName="it", TemplateBody=TEMPLATE)
    stacks.cloudformation.delete_stack(StackName="it")
    stacks.wait("stack_delete_complete", "it")


def test_change_set_describes_each_change(stacks) -> None:
    stacks.create("it", TEMPLATE)
    text = TEMPLATE.replace("RetentionInDays: 7", "RetentionInDays: 14")
    text = text[: text.index("  Extra")] + "  More: {Type: AWS::S3::Bucket}\n"
    found = changes_of(stacks, text, Parameters=given(Name="new", Kind="fine"))
    assert {name: (each["Action"], each.get("Replacement")) for name, each in found.items()} == {
        "Data": ("Modify", "False"),
        "Group": ("Modify", "True"),
        "User": ("Modify", "False"),
        "More": ("Add", None),
        "Extra": ("Remove", None),
    }
    assert found["Extra"]["PolicyAction"] == "Retain"
    assert (found["Group"]["PhysicalResourceId"], found["Group"]["PolicyAction"]) == ("old", "ReplaceAndDelete")
    assert found["Group"]["Details"] == [
        {
            "Target": {
                "Attribute": "Properties",
                "Name": "LogGroupName",
                "RequiresRecreation": "Always",
                "Path": "/Properties/LogGroupName",
                "BeforeValue": "old",
                "AfterValue": "new",
                "AttributeChangeType": "Modify",
            },
            "Evaluation": "Static",
            "ChangeSource": "ParameterReference",
            "CausingEntity": "Name",
        },
        {
            "Target": {
                "Attribute": "Properties",
                "Name": "RetentionInDays",
                "RequiresRecreation": "Never",
                "Path": "/Properties/RetentionInDays",
                "BeforeValue": "7",
                "AfterValue": "14",
                "AttributeChangeType": "Modify",
            },
            "Evaluation": "Static",
            "ChangeSource": "DirectModification",
        },
    ]
    (tags,) = found["User"]["Details"]
    assert (found["User"]["Scope"], tags["Evaluation"], tags["CausingEntity"]) == (["Tags"], "Dynamic", "Group.Arn")
    # Without the values, only what is done to which property.
    plain = stacks.cloudformation.describe_change_set(StackName="it", ChangeSetName="set")["Changes"]
    assert "BeforeValue" not in str(plain)
    assert "Context" not in str(plain)
    assert stacks.groups() == {"old"}


def test_policies_and_metadata_are_changes_of_their_own(stacks) -> None:
    stacks.create("it", TEMPLATE)
    found = changes_of(stacks, TEMPLATE.replace("DeletionPolicy: Retain", "Metadata: {a: b}"))
    assert list(found) == ["Extra"]
    assert found["Extra"]["Scope"] == ["DeletionPolicy", "Metadata"]
    stacks.cloudformation.execute_change_set(StackName="it", ChangeSetName="set")
    stacks.wait("stack_update_complete", "it")
    detail = stacks.cloudformation.describe_stack_resource(StackName="it", LogicalResourceId="Extra")
    assert detail["StackResourceDetail"]["Metadata"] == '{"a": "b"}'
    stacks.cloudformation.delete_stack(StackName="it")
    stacks.wait("stack_delete_complete", "it")
    assert stacks.buckets() == set()


def test_failed_execution_is_recorded_on_the_change_set(stacks) -> None:
    stacks.create("it", TEMPLATE)
    made = stacks.cloudformation.create_change_set(
        StackName="it", ChangeSetName="set", TemplateBody=TEMPLATE, Parameters=given(Name="new", Kind="refused")
    )
    stacks.cloudformation.execute_change_set(ChangeSetName=made["Id"])
    assert stacks.settled("it")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    change_set = stacks.cloudformation.describe_change_set(ChangeSetName=made["Id"])
    assert change_set["ExecutionStatus"] == "EXECUTE_FAILED"
    errors = stacks.cloudformation.exceptions
    with pytest.raises(errors.InvalidChangeSetStatusException, match="EXECUTE_FAILED"):
        stacks.cloudformation.execute_change_set(ChangeSetName=made["Id"])


def test_change_set_can_be_deleted(stacks) -> None:
    stacks.create("it", TEMPLATE)
    changes_of(stacks, TEMPLATE, Parameters=given(Name="new"))
    template = stacks.cloudformation.get_template(StackName="it", ChangeSetName="set")["TemplateBody"]
    assert template == TEMPLATE
    stacks.cloudformation.delete_change_set(StackName="it", ChangeSetName="set")
    stacks.cloudformation.delete_change_set(StackName="it", ChangeSetName="set")
    with pytest.raises(stacks.cloudformation.exceptions.ChangeSetNotFoundException, match=r"ChangeSet \[set\]"):
        stacks.cloudformation.describe_change_set(StackName="it", ChangeSetName="set")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"StackName": "other"}, "Stack with id other does not exist"),
        ({"ChangeSetType": "CREATE"}, r"Stack \[it\] already exists and cannot be created again with the changeSet"),
        ({"ChangeSetType": "IMPORT"}, "does not support ChangeSetType 'IMPORT'"),
        ({"ImportExistingResources": True}, "does not support ImportExistingResources"),
        ({"OnStackFailure": "DELETE"}, "OnStackFailure DELETE is for change sets that create a stack"),
        (
            {"TemplateBody": TEMPLATE.replace("AWS::Logs::LogGroup", "AWS::S3::Bucket")},
            "modifies resource type .*Group",
        ),
    ],
)
def test_change_set_request_is_refused(stacks, members: dict[str, Any], message: str) -> None:
    stacks.create("it", TEMPLATE)
    request = {"StackName": "it", "ChangeSetName": "set", "TemplateBody": TEMPLATE, **members}
    with pytest.raises(ClientError, match=message):
        stacks.cloudformation.create_change_set(**request)


def test_messages_are_those_that_the_cli_looks_for(stacks) -> None:
    stacks.create("it", TEMPLATE)
    changes_of(stacks, TEMPLATE)
    change_set = stacks.cloudformation.describe_change_set(StackName="it", ChangeSetName="set")
    assert (change_set["Status"], change_set["StatusReason"]) == ("FAILED", NO_CHANGES)
    assert change_set["ExecutionStatus"] == "UNAVAILABLE"
