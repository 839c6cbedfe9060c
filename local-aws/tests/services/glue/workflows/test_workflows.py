"""Workflow definitions."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.services.glue.workflows.conftest import Flow, job_ended, nodes


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def test_a_definition_is_kept_and_updated_member_by_member(flow: Flow) -> None:
    flow.workflow(Description="old", DefaultRunProperties={"a": "1"})
    flow.glue.update_workflow(Name=flow.name, Description="new", MaxConcurrentRuns=2)

    workflow = flow.glue.get_workflow(Name=flow.name)["Workflow"]

    assert (workflow["Description"], workflow["MaxConcurrentRuns"]) == ("new", 2)
    assert workflow["DefaultRunProperties"] == {"a": "1"}
    assert workflow["LastModifiedOn"] >= workflow["CreatedOn"]
    assert not {"Graph", "LastRun"} & workflow.keys()
    assert flow.name in flow.glue.list_workflows()["Workflows"]
    batch = flow.glue.batch_get_workflows(Names=[flow.name, "no-such-workflow"])
    assert (batch["Workflows"], batch["MissingWorkflows"]) == ([workflow], ["no-such-workflow"])
    with pytest.raises(ClientError) as caught:
        flow.glue.create_workflow(Name=flow.name)
    assert code_of(caught) == "AlreadyExistsException"
    with pytest.raises(ClientError, match="MaxConcurrentRuns must be 1 or more"):
        flow.glue.update_workflow(Name=flow.name, MaxConcurrentRuns=0)


def test_the_graph_of_a_definition_has_no_runs(flow: Flow) -> None:
    first, after = flow.job("first"), flow.job("after")
    flow.workflow()
    flow.start_trigger("start", {"JobName": first})
    following = flow.conditional("next", [job_ended(first)], {"JobName": after})

    workflow = flow.glue.get_workflow(Name=flow.name, IncludeGraph=True)["Workflow"]

    found = nodes(workflow)
    assert found[following]["TriggerDetails"]["Trigger"] == flow.glue.get_trigger(Name=following)["Trigger"]
    assert "JobDetails" not in found[first]
    assert len({node["UniqueId"] for node in found.values()}) == len(found) == 4
    run = flow.run()
    assert {name: node["UniqueId"] for name, node in nodes(run).items()} == {
        name: node["UniqueId"] for name, node in found.items()
    }


def test_tags(flow: Flow) -> None:
    arn = f"arn:aws:glue:us-east-1:123456789012:workflow/{flow.name}"
    flow.workflow(Tags={"Stack": "one"})

    assert flow.glue.get_tags(ResourceArn=arn)["Tags"] == {"Stack": "one"}
    flow.glue.untag_resource(ResourceArn=arn, TagsToRemove=["Stack"])
    assert flow.glue.get_tags(ResourceArn=arn)["Tags"] == {}


def test_what_is_not_there_is_not_found(flow: Flow) -> None:
    for call, members in (
        (flow.glue.get_workflow, {}),
        (flow.glue.update_workflow, {}),
        (flow.glue.start_workflow_run, {}),
        (flow.glue.get_workflow_runs, {}),
        (flow.glue.get_workflow_run, {"RunId": "wr_1"}),
        (flow.glue.stop_workflow_run, {"RunId": "wr_1"}),
    ):
        with pytest.raises(ClientError) as caught:
            call(Name="no-such-workflow", **members)
        assert code_of(caught) == "EntityNotFoundException"
