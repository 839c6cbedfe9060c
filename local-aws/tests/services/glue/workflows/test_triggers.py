"""Trigger definitions, and triggers that belong to no workflow."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningServer
from tests.services.glue.workflows.conftest import FAIL, Flow, crawl_ended, job_ended
from tests.waiting import wait_until

ARN = "arn:aws:glue:us-east-1:123456789012:trigger/"


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def runs_of(flow: Flow, job: str) -> list[dict[str, Any]]:
    return flow.glue.get_job_runs(JobName=job)["JobRuns"]


def ended_runs(flow: Flow, job: str, number: int = 1) -> list[dict[str, Any]]:
    """Wait for the ends of a job's runs, and give them."""

    def ended() -> list[dict[str, Any]] | None:
        found = [run for run in runs_of(flow, job) if "CompletedOn" in run]
        return found if len(found) >= number else None

    return wait_until(ended)


def test_a_definition_is_kept_listed_and_found_by_tag_and_job(flow: Flow) -> None:
    first, after, crawler = flow.job("first"), flow.job("after"), flow.crawler("crawler")
    start = flow.start_trigger("start", {"JobName": first}, workflow=False, Tags={"team": flow.name})
    conditions = [job_ended(first)]
    actions: list[dict[str, Any]] = [
        {"JobName": after, "Arguments": {"--a": "1"}, "Timeout": 3},
        {"CrawlerName": crawler},
    ]
    following = flow.conditional("next", conditions, *actions, workflow=False, Description="what follows")

    trigger = flow.glue.get_trigger(Name=following)["Trigger"]
    assert trigger == {
        "Name": following,
        "Type": "CONDITIONAL",
        "State": "ACTIVATED",
        "Description": "what follows",
        "Actions": actions,
        "Predicate": {"Logical": "AND", "Conditions": conditions},
    }
    assert flow.glue.get_trigger(Name=start)["Trigger"]["State"] == "CREATED"
    assert trigger in flow.glue.get_triggers()["Triggers"]
    assert flow.glue.get_triggers(DependentJobName=after)["Triggers"] == [trigger]
    assert flow.glue.list_triggers(Tags={"team": flow.name})["TriggerNames"] == [start]
    batch = flow.glue.batch_get_triggers(TriggerNames=[following, "no-such-trigger"])
    assert (batch["Triggers"], batch["TriggersNotFound"]) == ([trigger], ["no-such-trigger"])

    flow.glue.tag_resource(ResourceArn=ARN + following, TagsToAdd={"team": "other"})
    assert flow.glue.get_tags(ResourceArn=ARN + following)["Tags"] == {"team": "other"}
    with pytest.raises(ClientError) as caught:
        flow.start_trigger("start", {"JobName": first}, workflow=False)
    assert code_of(caught) == "AlreadyExistsException"


def test_an_update_replaces_the_definition_but_not_its_place(flow: Flow) -> None:
    first, other = flow.job("first"), flow.job("other")
    flow.workflow()
    name = flow.start_trigger("start", {"JobName": first}, Description="old")

    updated = flow.glue.update_trigger(Name=name, TriggerUpdate={"Actions": [{"JobName": other}]})["Trigger"]

    assert updated == flow.glue.get_trigger(Name=name)["Trigger"]
    assert updated == {
        "Name": name,
        "Type": "ON_DEMAND",
        "State": "CREATED",
        "WorkflowName": flow.name,
        "Actions": [{"JobName": other}],
    }
    with pytest.raises(ClientError, match="Actions is empty"):
        flow.glue.update_trigger(Name=name, TriggerUpdate={"Description": "no actions"})
    assert flow.glue.get_trigger(Name=name)["Trigger"] == updated


def test_deleting_is_idempotent(flow: Flow) -> None:
    name = flow.start_trigger("start", {"JobName": flow.job("first")}, workflow=False)
    flow.glue.delete_trigger(Name=name)
    flow.glue.delete_trigger(Name=name)

    for call in (flow.glue.get_trigger, flow.glue.start_trigger, flow.glue.stop_trigger):
        with pytest.raises(ClientError) as caught:
            call(Name=name)
        assert code_of(caught) == "EntityNotFoundException"


def test_states_of_a_conditional_trigger(flow: Flow) -> None:
    first = flow.job("first")
    name = flow.conditional("next", [job_ended(first)], {"JobName": first}, workflow=False, StartOnCreation=False)
    state = lambda: flow.glue.get_trigger(Name=name)["Trigger"]["State"]  # noqa: E731

    assert state() == "CREATED"
    flow.glue.start_trigger(Name=name)
    assert state() == "ACTIVATED"
    flow.glue.stop_trigger(Name=name)
    assert state() == "DEACTIVATED"


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"Type": "SCHEDULED", "Schedule": "cron(0 1 * * ? *)"}, "Type SCHEDULED .supported: ON_DEMAND, CONDITIONAL"),
        ({"Type": "EVENT"}, "Type EVENT"),
        ({"Schedule": "cron(0 1 * * ? *)"}, "Schedule is of no use"),
        ({"StartOnCreation": True}, "StartOnCreation is not supported for ON_DEMAND"),
        ({"Predicate": {"Conditions": [job_ended("j")]}}, "Predicate is not for ON_DEMAND"),
        ({"Type": "CONDITIONAL"}, "Predicate is required for CONDITIONAL"),
        ({"Type": "CONDITIONAL", "Predicate": {"Logical": "ANY"}}, "Conditions is empty"),
        ({"Type": "CONDITIONAL", "Predicate": {"Conditions": [job_ended("j")] * 2}}, "Logical is required"),
        ({"Type": "CONDITIONAL", "Predicate": {"Conditions": [job_ended("j", "RUNNING")]}}, "needs a State, one of"),
        ({"Type": "CONDITIONAL", "Predicate": {"Conditions": [crawl_ended("c", "ERROR")]}}, "needs a CrawlState"),
        ({"Type": "CONDITIONAL", "Predicate": {"Conditions": [{"State": "FAILED"}]}}, "a condition names either"),
        ({"Actions": []}, "Actions is empty"),
        ({"Actions": [{"Timeout": 5}]}, "an action names either a JobName or a CrawlerName"),
        ({"Actions": [{"CrawlerName": "c", "Timeout": 5}]}, "Timeout of an action is for jobs"),
        ({"Actions": [{"JobName": "j", "NotificationProperty": {"NotifyDelayAfter": 1}}]}, "NotificationProperty"),
        ({"Actions": [{"JobName": "j", "Arguments": {"--extra-jars": "s3://b/a.jar"}}]}, "--extra-jars"),
        ({"Actions": [{"CrawlerName": name} for name in "abc"]}, "at most 2 crawlers"),
    ],
)
def test_what_would_have_no_effect_is_refused(server: RunningServer, members: dict[str, Any], named: str) -> None:
    trigger = {"Name": "refused", "Type": "ON_DEMAND", "Actions": [{"JobName": "j"}], **members}
    with pytest.raises(ClientError, match=named) as caught:
        server.client("glue").create_trigger(**trigger)

    assert code_of(caught) == "InvalidInputException"


def test_what_a_trigger_names_must_be_there(flow: Flow) -> None:
    first = flow.job("first")
    with pytest.raises(ClientError) as caught:
        flow.start_trigger("start", {"JobName": "no-such-job"}, workflow=False)
    assert code_of(caught) == "EntityNotFoundException"
    with pytest.raises(ClientError) as caught:
        flow.conditional("next", [crawl_ended("no-such-crawler")], {"JobName": first}, workflow=False)
    assert code_of(caught) == "EntityNotFoundException"
    with pytest.raises(ClientError) as caught:
        flow.start_trigger("start", {"JobName": first})
    assert code_of(caught) == "EntityNotFoundException"


def test_a_workflow_has_one_start_trigger(flow: Flow) -> None:
    first = flow.job("first")
    flow.workflow()
    flow.start_trigger("start", {"JobName": first})

    with pytest.raises(ClientError, match=f"a start trigger already: {flow.name}-start") as caught:
        flow.start_trigger("second", {"JobName": first})

    assert code_of(caught) == "InvalidInputException"


def test_starting_the_start_trigger_of_a_workflow_starts_a_run(flow: Flow) -> None:
    flow.workflow()
    name = flow.start_trigger("start", {"JobName": flow.job("first")})

    assert flow.glue.start_trigger(Name=name)["Name"] == name

    (run,) = flow.glue.get_workflow_runs(Name=flow.name)["Runs"]
    assert flow.ended(run["WorkflowRunId"])["Statistics"]["SucceededActions"] == 1
    with pytest.raises(ClientError, match="nothing to stop"):
        flow.glue.stop_trigger(Name=name)


def test_triggers_without_a_workflow_make_a_chain(flow: Flow) -> None:
    first, bad, crawler, last = flow.job("first"), flow.job("bad", FAIL), flow.crawler("crawler"), flow.job("last")
    start = flow.start_trigger("start", {"JobName": first}, {"JobName": bad}, workflow=False)
    conditions = [job_ended(first), job_ended(bad, "FAILED")]
    flow.conditional("crawl", conditions, {"CrawlerName": crawler}, workflow=False)
    crawled = flow.conditional("crawled", [crawl_ended(crawler)], {"JobName": last}, workflow=False)

    flow.glue.start_trigger(Name=start)

    (run,) = ended_runs(flow, last)
    assert run["TriggerName"] == crawled
    assert "--WORKFLOW_NAME" not in run["Arguments"]
    assert runs_of(flow, first)[0]["TriggerName"] == start
    open_chains = lambda: [c for c in flow.server.context.records.list("glue-chain") if c["Workflow"] is None]  # noqa: E731
    wait_until(lambda: open_chains() == [])


def test_what_is_started_by_hand_fires_no_trigger(flow: Flow) -> None:
    first, after = flow.job("first"), flow.job("after")
    start = flow.start_trigger("start", {"JobName": first}, workflow=False)
    flow.conditional("next", [job_ended(first)], {"JobName": after}, workflow=False)

    flow.glue.start_job_run(JobName=first)
    ended_runs(flow, first)
    flow.glue.start_trigger(Name=start)

    ended_runs(flow, first, 2)
    ended_runs(flow, after)
    assert len(runs_of(flow, after)) == 1


def test_a_workflow_fires_its_own_triggers_only(flow: Flow) -> None:
    first, inside, outside = flow.job("first"), flow.job("inside"), flow.job("outside")
    flow.workflow()
    flow.start_trigger("start", {"JobName": first})
    flow.conditional("inside", [job_ended(first)], {"JobName": inside})
    alone = flow.start_trigger("alone", {"JobName": first}, workflow=False)
    flow.conditional("outside", [job_ended(first)], {"JobName": outside}, workflow=False)

    assert flow.run()["Statistics"]["SucceededActions"] == 2
    assert runs_of(flow, outside) == []
    flow.glue.start_trigger(Name=alone)
    ended_runs(flow, outside)
    assert len(runs_of(flow, inside)) == 1


def test_a_trigger_that_can_start_nothing_says_why(flow: Flow) -> None:
    busy = flow.job("busy", flow.wait_for_gate)
    start = flow.start_trigger("start", {"JobName": busy}, workflow=False)
    flow.glue.start_trigger(Name=start)

    with pytest.raises(ClientError) as caught:
        flow.glue.start_trigger(Name=start)

    assert code_of(caught) == "ConcurrentRunsExceededException"
    flow.gate.touch()
    ended_runs(flow, busy)
