"""Operations that fail, and what becomes of what they did."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.waiting import wait_until

CREATION = """
Resources:
  First: {Type: AWS::S3::Bucket, Properties: {BucketName: first}}
  Second: {Type: AWS::Logs::LogGroup, DependsOn: First, Properties: {LogGroupName: second}}
  Third: {Type: AWS::S3::Bucket, DependsOn: Second, Properties: {Tags: [{Key: a, Value: refused}]}}
  Fourth: {Type: AWS::S3::Bucket, DependsOn: Third}
"""
UPDATE = """
Resources:
  Data: {Type: AWS::S3::Bucket, Properties: {BucketName: data, Tags: [{Key: a, Value: %s}]}}
  Group: {Type: AWS::Logs::LogGroup, DependsOn: Data, Properties: {LogGroupName: %s}}
  Last: {Type: AWS::S3::Bucket, DependsOn: %s, Properties: {BucketName: last, Tags: [{Key: b, Value: %s}]}}
"""
MORE = """
  More: {Type: AWS::S3::Bucket, DependsOn: Data, Properties: {BucketName: more}}
"""


def test_failed_creation_leaves_nothing(stacks) -> None:
    stacks.cloudformation.create_stack(StackName="it", TemplateBody=CREATION)
    assert stacks.settled("it")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert (stacks.buckets(), stacks.groups()) == (set(), set())
    assert stacks.statuses("it", "Second")[-2:] == ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"]
    assert stacks.statuses("it", "Third") == ["CREATE_IN_PROGRESS", "CREATE_FAILED"]
    assert stacks.statuses("it", "Fourth") == []
    events = stacks.cloudformation.describe_stack_events(StackName="it")["StackEvents"]
    reasons = {each["ResourceStatus"]: each.get("ResourceStatusReason", "") for each in events}
    assert reasons["CREATE_FAILED"] == "InvalidTag: this value is refused"
    assert "failed to create: [Third]. Rollback requested by user" in reasons["ROLLBACK_IN_PROGRESS"]
    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        stacks.cloudformation.update_stack(StackName="it", TemplateBody=UPDATE)
    stacks.cloudformation.delete_stack(StackName="it")
    stacks.wait("stack_delete_complete", "it")


def test_failed_creation_without_rollback_can_be_continued(stacks) -> None:
    stacks.cloudformation.create_stack(StackName="it", TemplateBody=CREATION, OnFailure="DO_NOTHING")
    stack = stacks.settled("it")
    assert (stack["StackStatus"], stack["StackStatusReason"]) == (
        "CREATE_FAILED",
        "The following resource(s) failed to create: [Third]. ",
    )
    assert stacks.buckets() == {"first"}
    stacks.update("it", CREATION.replace("refused", "fine"))
    assert len(stacks.buckets()) == 3


def test_failed_creation_can_delete_the_stack(stacks) -> None:
    stack_id = stacks.cloudformation.create_stack(StackName="it", TemplateBody=CREATION, OnFailure="DELETE")["StackId"]
    stacks.wait("stack_delete_complete", stack_id)
    assert stacks.buckets() == set()


@pytest.mark.parametrize(("policy", "kept"), [("Retain", {"first"}), ("RetainExceptOnCreate", set())])
def test_rollback_keeps_retained_resources(stacks, policy: str, kept: set[str]) -> None:
    text = CREATION.replace("BucketName: first}}", f"BucketName: first}}, DeletionPolicy: {policy}}}", 1)
    stacks.cloudformation.create_stack(StackName="it", TemplateBody=text)
    assert stacks.settled("it")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stacks.buckets() == kept


def test_failed_update_is_rolled_back(stacks) -> None:
    before = stacks.create("it", UPDATE % ("one", "old", "Group", "two"))
    # Data is changed, More made, Group replaced; then Last fails.
    text = UPDATE % ("new", "young", "[Group, More]", "refused") + MORE
    stacks.cloudformation.update_stack(StackName="it", TemplateBody=text)
    stack = stacks.settled("it")
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (stacks.buckets(), stacks.groups()) == ({"data", "last"}, {"old"})
    assert (stacks.tags("data"), stacks.tags("last")) == ({"a": "one"}, {"b": "two"})
    assert stacks.cloudformation.get_template(StackName="it")["TemplateBody"] == UPDATE % ("one", "old", "Group", "two")
    assert stack.get("Outputs") == before.get("Outputs")
    assert stacks.statuses("it", "it")[2:] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    ]
    found = stacks.cloudformation.describe_stack_resources(StackName="it")["StackResources"]
    assert {each["LogicalResourceId"] for each in found} == {"Data", "Group", "Last"}
    # From there, the next update is an ordinary one.
    stacks.update("it", UPDATE % ("new", "young", "[Group, More]", "fine") + MORE)
    assert (stacks.buckets(), stacks.groups()) == ({"data", "last", "more"}, {"young"})


def test_failed_update_without_rollback_can_be_finished(stacks) -> None:
    stacks.create("it", UPDATE % ("one", "old", "Group", "two"))
    text = UPDATE % ("new", "young", "Group", "refused")
    stacks.cloudformation.update_stack(StackName="it", TemplateBody=text, DisableRollback=True)
    assert stacks.settled("it")["StackStatus"] == "UPDATE_FAILED"
    assert stacks.groups() == {"old", "young"}
    # The next update brings Group back: the first one stays, and only the one in between goes.
    stacks.update("it", UPDATE % ("new", "newest", "Group", "fine"))
    assert stacks.groups() == {"newest"}
    assert stacks.tags("last") == {"b": "fine"}


def test_failed_rollback_can_be_continued(stacks) -> None:
    stacks.create("it", UPDATE % ("one", "old", "Group", "two"))
    stacks.group.gate.clear()
    text = UPDATE % ("new", "young", "Group", "refused")
    stacks.cloudformation.update_stack(StackName="it", TemplateBody=text)
    wait_until(lambda: "young" in stacks.groups())
    # Somebody takes the bucket away that the rollback has to set back.
    stacks.s3.delete_bucket(Bucket="data")
    stacks.group.gate.set()
    stack = stacks.settled("it")
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert stack["StackStatusReason"] == "The following resource(s) failed to update: [Data]. "
    with pytest.raises(ClientError, match="is in UPDATE_ROLLBACK_FAILED state and can not be updated"):
        stacks.cloudformation.update_stack(StackName="it", TemplateBody=text)
    stacks.s3.create_bucket(Bucket="data")
    stacks.cloudformation.continue_update_rollback(StackName="it")
    assert stacks.settled("it")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (stacks.tags("data"), stacks.groups()) == ({"a": "one"}, {"old"})
    with pytest.raises(ClientError, match="can not be rolled back"):
        stacks.cloudformation.continue_update_rollback(StackName="it")


def test_failed_deletion_can_be_repeated(stacks) -> None:
    stacks.create("it", UPDATE % ("one", "old", "Group", "two"))
    stacks.s3.put_object(Bucket="data", Key="a", Body=b"")
    stacks.cloudformation.delete_stack(StackName="it")
    stack = stacks.settled("it")
    assert stack["StackStatus"] == "DELETE_FAILED"
    assert stack["StackStatusReason"] == "The following resource(s) failed to delete: [Data]. "
    detail = stacks.cloudformation.describe_stack_resource(StackName="it", LogicalResourceId="Data")
    assert "BucketNotEmpty" in detail["StackResourceDetail"]["ResourceStatusReason"]
    assert (stacks.buckets(), stacks.groups()) == ({"data"}, set())
    stacks.cloudformation.delete_stack(StackName="it", RetainResources=["Data"])
    stacks.wait("stack_delete_complete", "it")
    assert stacks.buckets() == {"data"}


def test_retain_resources_requires_a_failed_deletion(stacks) -> None:
    stacks.create("it", UPDATE % ("one", "old", "Group", "two"))
    with pytest.raises(ClientError, match="RetainResources can only be specified for a stack in DELETE_FAILED"):
        stacks.cloudformation.delete_stack(StackName="it", RetainResources=["Data"])


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ("{Colour: red}", "'Colour' was unexpected"),
        ("{RetentionInDays: soon}", "'soon' is not of type 'integer'"),
        ("{RetentionInDays: 2}", "2 is not one of"),
        ("{Arn: mine}", "#/Arn: is read-only"),
        ("{Tags: [{Key: a, Colour: b}]}", "#/Tags/0"),
    ],
)
def test_property_outside_the_schema_fails_the_resource(stacks, properties: str, reason: str) -> None:
    text = f"Resources: {{Group: {{Type: AWS::Logs::LogGroup, Properties: {properties}}}}}"
    stacks.cloudformation.create_stack(StackName="it", TemplateBody=text, OnFailure="DO_NOTHING")
    assert stacks.settled("it")["StackStatus"] == "CREATE_FAILED"
    detail = stacks.cloudformation.describe_stack_resource(StackName="it", LogicalResourceId="Group")
    assert reason in detail["StackResourceDetail"]["ResourceStatusReason"]


def test_stack_in_progress_refuses_other_operations(stacks) -> None:
    stacks.group.gate.clear()
    text = UPDATE % ("one", "old", "Group", "two")
    stacks.cloudformation.create_stack(StackName="it", TemplateBody=text)
    with pytest.raises(ClientError, match="is in CREATE_IN_PROGRESS state and can not be updated"):
        stacks.cloudformation.update_stack(StackName="it", TemplateBody=UPDATE % ("a", "b", "Group", "c"))
    with pytest.raises(ClientError, match="is in CREATE_IN_PROGRESS state and can not be deleted"):
        stacks.cloudformation.delete_stack(StackName="it")
    stacks.group.gate.set()
    stacks.wait("stack_create_complete", "it")


def test_failure_without_rollback_can_be_rolled_back_later(stacks) -> None:
    client = stacks.cloudformation
    stacks.create("it", UPDATE % ("one", "old", "Group", "two"))
    with pytest.raises(ClientError, match="is in CREATE_COMPLETE state and can not be rolled back"):
        client.rollback_stack(StackName="it")
    text = UPDATE % ("new", "young", "Group", "refused")
    client.update_stack(StackName="it", TemplateBody=text, DisableRollback=True)
    assert stacks.settled("it")["StackStatus"] == "UPDATE_FAILED"
    client.rollback_stack(StackName="it")
    assert stacks.settled("it")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (stacks.tags("data"), stacks.groups()) == ({"a": "one"}, {"old"})

    client.create_stack(StackName="new", TemplateBody=CREATION, DisableRollback=True)
    assert stacks.settled("new")["StackStatus"] == "CREATE_FAILED"
    client.rollback_stack(StackName="new")
    assert stacks.settled("new")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stacks.buckets() == {"data", "last"}


def test_failed_rollback_of_a_creation_names_what_is_left(stacks) -> None:
    stacks.group.gate.clear()
    stacks.cloudformation.create_stack(StackName="it", TemplateBody=CREATION)
    wait_until(lambda: "second" in stacks.groups())
    stacks.s3.put_object(Bucket="first", Key="a", Body=b"")
    stacks.group.gate.set()
    stack = stacks.settled("it")
    assert stack["StackStatus"] == "ROLLBACK_FAILED"
    assert stack["StackStatusReason"] == "The following resource(s) failed to delete: [First]. "
    stacks.s3.delete_object(Bucket="first", Key="a")
    stacks.cloudformation.delete_stack(StackName="it")
    stacks.wait("stack_delete_complete", "it")
    assert stacks.buckets() == set()


def test_deletion_of_an_unfinished_update_deletes_what_it_replaced(stacks) -> None:
    stacks.create("it", UPDATE % ("one", "old", "Group", "two"))
    text = UPDATE % ("new", "young", "Group", "refused")
    stacks.cloudformation.update_stack(StackName="it", TemplateBody=text, DisableRollback=True)
    stacks.settled("it")
    assert stacks.groups() == {"old", "young"}
    stacks.cloudformation.delete_stack(StackName="it")
    stacks.wait("stack_delete_complete", "it")
    assert (stacks.buckets(), stacks.groups()) == (set(), set())


def test_update_to_invalid_properties_changes_nothing(stacks) -> None:
    text = "Resources: {Group: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: mine, RetentionInDays: %s}}}"
    stacks.create("it", text % 7)
    stacks.group.seen.clear()
    stacks.cloudformation.update_stack(StackName="it", TemplateBody=text % "soon")
    assert stacks.settled("it")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.group.seen == []
    stacks.update("it", text % 14)
    assert [each["RetentionInDays"] for each in stacks.group.seen] == [14]
