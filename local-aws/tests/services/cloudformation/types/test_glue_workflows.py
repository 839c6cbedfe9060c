"""Workflows and triggers of Glue."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.services.cloudformation.types.documents import trust

ACCOUNT = "123456789012"


def test_workflow_and_triggers_are_created_updated_and_deleted(server, resource) -> None:
    glue, workflow, trigger = server.client("glue"), resource("AWS::Glue::Workflow"), resource("AWS::Glue::Trigger")
    role = resource("AWS::IAM::Role")
    role.create(RoleName="glue", AssumeRolePolicyDocument=trust("glue"))
    for name in ("first", "second"):
        resource("AWS::Glue::Job").create(
            Name=name,
            Role=role.made.attributes["Arn"],
            Command={"Name": "glueetl", "ScriptLocation": "s3://code/script.py"},
            GlueVersion="5.1",
        )
    workflow.create(Name="workflow", Description="first", DefaultRunProperties={"a": "b"}, Tags={"a": "b"})
    workflow.update(Name="workflow", Description="second", Tags={"c": "d"})
    found = glue.get_workflow(Name="workflow")["Workflow"]
    assert (found["Description"], found.get("DefaultRunProperties", {})) == ("second", {})
    tags = glue.get_tags(ResourceArn=f"arn:aws:glue:us-east-1:{ACCOUNT}:workflow/workflow")["Tags"]
    assert tags == {"c": "d"}

    def conditional(*actions: str) -> dict:
        condition = {"LogicalOperator": "EQUALS", "JobName": "first", "State": "SUCCEEDED"}
        return {
            "Name": "trigger",
            "WorkflowName": "workflow",
            "Type": "CONDITIONAL",
            "StartOnCreation": True,
            "Predicate": {"Logical": "AND", "Conditions": [condition]},
            "Actions": [{"JobName": action} for action in actions],
        }

    trigger.create(**conditional("second"), Description="d")
    found = glue.get_trigger(Name="trigger")["Trigger"]
    assert (found["State"], found["WorkflowName"]) == ("ACTIVATED", "workflow")
    trigger.update(**conditional("first", "second"))
    found = glue.get_trigger(Name="trigger")["Trigger"]
    assert [action["JobName"] for action in found["Actions"]] == ["first", "second"]
    assert (found["State"], found.get("Description", "")) == ("ACTIVATED", "")
    trigger.update(**(conditional("second") | {"StartOnCreation": False}))
    assert glue.get_trigger(Name="trigger")["Trigger"]["State"] == "DEACTIVATED"
    trigger.delete()
    workflow.delete()
    with pytest.raises(ClientError, match="EntityNotFound"):
        glue.get_workflow(Name="workflow")
