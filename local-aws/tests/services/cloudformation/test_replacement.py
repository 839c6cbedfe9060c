"""Resources that cannot be changed in place: the new one first, then the old one goes."""

from __future__ import annotations

TEMPLATE = """
Resources:
  Group:
    Type: AWS::Logs::LogGroup
    UpdateReplacePolicy: %s
    Properties: {LogGroupName: %s}
  User: {Type: AWS::S3::Bucket, Properties: {BucketName: user, Tags: [{Key: of, Value: !Ref Group}]}}
"""


def test_replaced_resource_is_deleted_after_the_new_one_is_in_use(stacks) -> None:
    stacks.create("it", TEMPLATE % ("Delete", "old"))
    stacks.update("it", TEMPLATE % ("Delete", "new"))
    assert stacks.groups() == {"new"}
    assert stacks.tags("user") == {"of": "new"}
    events = stacks.cloudformation.describe_stack_events(StackName="it")["StackEvents"]
    told = [
        (each["LogicalResourceId"], each["ResourceStatus"], each["PhysicalResourceId"])
        for each in reversed(events)
        if each["LogicalResourceId"] in ("Group", "User")
    ]
    assert told[-6:] == [
        ("Group", "UPDATE_IN_PROGRESS", "old"),
        ("Group", "UPDATE_COMPLETE", "new"),
        ("User", "UPDATE_IN_PROGRESS", "user"),
        ("User", "UPDATE_COMPLETE", "user"),
        ("Group", "DELETE_IN_PROGRESS", "old"),
        ("Group", "DELETE_COMPLETE", "old"),
    ]
    assert stacks.statuses("it", "it")[-3:] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]


def test_replaced_resource_stays_with_retain_policy(stacks) -> None:
    stacks.create("it", TEMPLATE % ("Retain", "old"))
    stacks.update("it", TEMPLATE % ("Retain", "new"))
    assert stacks.groups() == {"old", "new"}


def test_replacement_under_the_same_name_is_refused(stacks) -> None:
    text = "Resources: {Data: {Type: AWS::S3::Bucket, Properties: {%s}}}"
    stacks.create("it", text % "BucketName: mine")
    more = "BucketName: mine, ObjectLockEnabled: true, BucketNamespace: account-regional"
    stacks.cloudformation.update_stack(StackName="it", TemplateBody=text % more)
    assert stacks.settled("it")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    events = stacks.cloudformation.describe_stack_events(StackName="it")["StackEvents"]
    reasons = [each.get("ResourceStatusReason", "") for each in events if each["ResourceStatus"] == "UPDATE_FAILED"]
    assert "cannot update a stack when a custom-named resource requires replacing. Rename mine" in reasons[0]
    assert stacks.buckets() == {"mine"}


def test_unnamed_resource_is_replaced_under_another_name(stacks) -> None:
    text = "Resources: {Data: {Type: AWS::S3::Bucket, Properties: {%s}}}"
    stacks.create("it", text % "Tags: [{Key: a, Value: b}]")
    (old,) = stacks.buckets()
    stacks.update("it", text % "BucketName: named")
    assert stacks.buckets() == {"named"} != {old}


def test_dropped_resource_is_deleted(stacks) -> None:
    more = "  More: {Type: AWS::Logs::LogGroup, DependsOn: User, Properties: {LogGroupName: more}}\n"
    stacks.create("it", TEMPLATE % ("Delete", "old") + more)
    stacks.update("it", TEMPLATE % ("Delete", "old"))
    assert stacks.groups() == {"old"}
    assert stacks.statuses("it", "More")[-2:] == ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"]


def test_failed_cleanup_is_an_event_and_leaves_the_resource(stacks) -> None:
    text = "Resources: {Group: {Type: AWS::Logs::LogGroup}, %s: {Type: AWS::S3::Bucket, Properties: {BucketName: %s}}}"
    stacks.create("it", text % ("Data", "full"))
    stacks.s3.put_object(Bucket="full", Key="a", Body=b"")
    stacks.update("it", text % ("Data", "other"))
    assert stacks.buckets() == {"full", "other"}
    assert stacks.statuses("it", "Data")[-2:] == ["DELETE_IN_PROGRESS", "DELETE_FAILED"]
