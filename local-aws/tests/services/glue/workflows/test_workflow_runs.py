"""Runs of workflows: what starts what, how a run ends, and what its graph says."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.services.glue.workflows.conftest import (
    FAIL,
    Flow,
    counted,
    crawl_ended,
    job_ended,
    job_runs,
    nodes,
)
from tests.waiting import wait_until


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def test_jobs_and_crawlers_follow_one_another(flow: Flow) -> None:
    report = flow.gate.with_name("argv.json")
    imports = [flow.job("income"), flow.job("parks")]
    prep = flow.job("prep", f"import json, sys\njson.dump(sys.argv[1:], open({str(report)!r}, 'w'))")
    raw, processed = flow.crawler("raw"), flow.crawler("processed")
    flow.workflow(DefaultRunProperties={"a": "1", "b": "2"})
    start = flow.start_trigger("start", *({"JobName": name} for name in imports))
    imported = flow.conditional("imported", [job_ended(name) for name in imports], {"CrawlerName": raw})
    crawled = flow.conditional(
        "raw-crawled", [crawl_ended(raw)], {"JobName": prep, "Arguments": {"--DAY": "x"}, "Timeout": 5}
    )
    prepared = flow.conditional("prepared", [job_ended(prep)], {"CrawlerName": processed})

    run = flow.run(RunProperties={"b": "3"})

    assert (run["Status"], counted(run)) == ("COMPLETED", {"Total": 5, "Succeeded": 5})
    assert run["WorkflowRunProperties"] == {"a": "1", "b": "3"}
    found = nodes(run)
    kinds = {name: node["Type"] for name, node in found.items()}
    assert kinds == {
        **dict.fromkeys((start, imported, crawled, prepared), "TRIGGER"),
        **dict.fromkeys((*imports, prep), "JOB"),
        **dict.fromkeys((raw, processed), "CRAWLER"),
    }
    names = {node["UniqueId"]: name for name, node in found.items()}
    edges = {(names[edge["SourceId"]], names[edge["DestinationId"]]) for edge in run["Graph"]["Edges"]}
    assert edges == {
        *((start, name) for name in imports),
        *((name, imported) for name in imports),
        (imported, raw),
        (raw, crawled),
        (crawled, prep),
        (prep, prepared),
        (prepared, processed),
    }
    (crawl,) = found[raw]["CrawlerDetails"]["Crawls"]
    (prep_run,) = job_runs(run, prep)
    first_runs = [job_runs(run, name)[0] for name in imports]
    assert crawl["State"] == "SUCCEEDED"
    assert (crawl["LogGroup"], crawl["LogStream"]) == ("/aws-glue/crawlers", raw)
    assert max(first["CompletedOn"] for first in first_runs) <= crawl["StartedOn"] <= crawl["CompletedOn"]
    assert crawl["CompletedOn"] <= prep_run["StartedOn"]
    assert run["StartedOn"] <= first_runs[0]["StartedOn"] and run["CompletedOn"] >= prep_run["CompletedOn"]

    of_workflow = {"--WORKFLOW_NAME": flow.name, "--WORKFLOW_RUN_ID": run["WorkflowRunId"]}
    assert prep_run == flow.glue.get_job_run(JobName=prep, RunId=prep_run["Id"])["JobRun"]
    assert prep_run["Arguments"] == {"--DAY": "x", **of_workflow}
    assert (prep_run["TriggerName"], prep_run["Timeout"]) == (crawled, 5)
    words = json.loads(report.read_text())
    assert of_workflow.items() <= dict(zip(words[::2], words[1::2], strict=True)).items()


def test_predecessors_are_the_job_runs_that_a_trigger_waited_for(flow: Flow) -> None:
    first, second, last = flow.job("first"), flow.job("second"), flow.job("last")
    flow.workflow()
    flow.start_trigger("start", {"JobName": first}, {"JobName": second})
    flow.conditional("both", [job_ended(first), job_ended(second)], {"JobName": last})

    run = flow.run()

    expected = [{"JobName": name, "RunId": job_runs(run, name)[0]["Id"]} for name in (first, second)]
    assert job_runs(run, last)[0]["PredecessorRuns"] == expected


def test_a_failing_job_stops_the_chain_and_its_run_is_completed(flow: Flow) -> None:
    good, bad, after = flow.job("good"), flow.job("bad", FAIL), flow.job("after")
    flow.workflow()
    flow.start_trigger("start", {"JobName": good}, {"JobName": bad})
    flow.conditional("both", [job_ended(good), job_ended(bad)], {"JobName": after})

    run = flow.run()

    assert (run["Status"], counted(run)) == ("COMPLETED", {"Total": 3, "Succeeded": 1, "Failed": 1})
    assert job_runs(run, after) == []
    assert flow.glue.get_job_runs(JobName=after)["JobRuns"] == []


def test_any_fires_once_for_whichever_comes_first(flow: Flow) -> None:
    good, bad, after = flow.job("good"), flow.job("bad", FAIL), flow.job("after")
    flow.workflow()
    flow.start_trigger("start", {"JobName": good}, {"JobName": bad})
    flow.conditional("any", [job_ended(good), job_ended(bad, "FAILED")], {"JobName": after}, Logical="ANY")

    run = flow.run()

    assert counted(run) == {"Total": 3, "Succeeded": 2, "Failed": 1}
    assert len(job_runs(run, after)) == 1


def test_a_retried_job_counts_by_its_last_attempt(flow: Flow) -> None:
    script = (
        f"import pathlib\ngate = pathlib.Path({str(flow.gate)!r})\nif not gate.exists():\n    gate.touch()\n    {FAIL}"
    )
    flaky, on_failure, on_success = flow.job("flaky", script, MaxRetries=1), flow.job("failed"), flow.job("after")
    flow.workflow()
    flow.start_trigger("start", {"JobName": flaky})
    flow.conditional("failure", [job_ended(flaky, "FAILED")], {"JobName": on_failure})
    flow.conditional("success", [job_ended(flaky)], {"JobName": on_success})

    run = flow.run()

    assert counted(run) == {"Total": 3, "Succeeded": 2}
    attempts = job_runs(run, flaky)
    assert [(attempt["JobRunState"], attempt["Attempt"]) for attempt in attempts] == [("FAILED", 0), ("SUCCEEDED", 1)]
    assert [attempt["TriggerName"] for attempt in attempts] == [f"{flow.name}-start"] * 2
    assert job_runs(run, on_success)[0]["PredecessorRuns"] == [{"JobName": flaky, "RunId": attempts[1]["Id"]}]


def test_a_job_that_cannot_start_is_an_error_of_the_run(flow: Flow) -> None:
    busy, after = flow.job("busy", flow.wait_for_gate), flow.job("after")
    flow.workflow()
    flow.start_trigger("start", {"JobName": busy})
    flow.conditional("next", [job_ended(busy)], {"JobName": after})
    by_hand = flow.glue.start_job_run(JobName=busy)["JobRunId"]

    run = flow.run()
    flow.gate.touch()
    wait_until(lambda: flow.glue.get_job_run(JobName=busy, RunId=by_hand)["JobRun"]["JobRunState"] == "SUCCEEDED")

    assert (run["Status"], counted(run)) == ("COMPLETED", {"Total": 2, "Errored": 1})
    (never,) = job_runs(run, busy)
    assert never["JobRunState"] == "ERROR"
    assert never["ErrorMessage"] == f"Concurrent runs exceeded for {busy}"
    assert job_runs(flow.shown(run["WorkflowRunId"]), after) == []


def test_a_crawl_by_hand_is_not_one_of_the_run(flow: Flow) -> None:
    crawler, after = flow.crawler("crawler"), flow.job("after")
    flow.workflow()
    flow.start_trigger("start", {"CrawlerName": crawler})
    flow.conditional("next", [crawl_ended(crawler)], {"JobName": after})
    flow.server.context.records.update("glue-crawler", crawler, lambda record: record.update(State="RUNNING"))

    run = flow.run()

    assert (run["Status"], counted(run)) == ("COMPLETED", {"Total": 2, "Errored": 1})
    (crawl,) = nodes(run)[crawler]["CrawlerDetails"]["Crawls"]
    assert crawl["State"] == "ERROR"
    assert "already started" in crawl["ErrorMessage"]

    flow.server.context.records.update("glue-crawler", crawler, lambda record: record.update(State="READY"))
    flow.glue.start_crawler(Name=crawler)
    wait_until(lambda: "LastCrawl" in flow.glue.get_crawler(Name=crawler)["Crawler"])
    assert flow.glue.get_job_runs(JobName=after)["JobRuns"] == []
    assert flow.run()["Statistics"]["SucceededActions"] == 2


def test_only_an_activated_trigger_fires(flow: Flow) -> None:
    first, after = flow.job("first"), flow.job("after")
    flow.workflow()
    flow.start_trigger("start", {"JobName": first})
    trigger = flow.conditional("next", [job_ended(first)], {"JobName": after}, StartOnCreation=False)

    assert counted(flow.run()) == {"Total": 2, "Succeeded": 1}
    flow.glue.start_trigger(Name=trigger)
    assert counted(flow.run()) == {"Total": 2, "Succeeded": 2}
    flow.glue.stop_trigger(Name=trigger)
    assert counted(flow.run()) == {"Total": 2, "Succeeded": 1}


def test_a_run_is_stopped_with_what_it_has_running(flow: Flow) -> None:
    first, after = flow.job("first", flow.wait_for_gate), flow.job("after")
    flow.workflow(MaxConcurrentRuns=1)
    flow.start_trigger("start", {"JobName": first})
    flow.conditional("next", [job_ended(first, "STOPPED")], {"JobName": after})
    run_id = flow.glue.start_workflow_run(Name=flow.name)["RunId"]
    assert counted(flow.shown(run_id)) == {"Total": 2, "Running": 1}
    with pytest.raises(ClientError) as caught:
        flow.glue.start_workflow_run(Name=flow.name)
    assert code_of(caught) == "ConcurrentRunsExceededException"

    flow.glue.stop_workflow_run(Name=flow.name, RunId=run_id)

    run = flow.ended(run_id)
    assert (run["Status"], counted(run)) == ("STOPPED", {"Total": 2, "Stopped": 1})
    assert job_runs(run, after) == []
    with pytest.raises(ClientError) as caught:
        flow.glue.stop_workflow_run(Name=flow.name, RunId=run_id)
    assert code_of(caught) == "IllegalWorkflowStateException"


def test_properties_of_a_run_can_be_added_and_overridden(flow: Flow) -> None:
    flow.workflow(DefaultRunProperties={"a": "1"})
    flow.start_trigger("start", {"JobName": flow.job("first")})
    run_id = flow.run()["WorkflowRunId"]
    place = {"Name": flow.name, "RunId": run_id}

    flow.glue.put_workflow_run_properties(**place, RunProperties={"a": "2", "b": "3"})

    assert flow.glue.get_workflow_run_properties(**place)["RunProperties"] == {"a": "2", "b": "3"}
    assert flow.shown(run_id)["WorkflowRunProperties"] == {"a": "2", "b": "3"}
    with pytest.raises(ClientError) as caught:
        flow.glue.get_workflow_run_properties(Name=flow.name, RunId="wr_none")
    assert code_of(caught) == "EntityNotFoundException"


def test_runs_are_listed_newest_first_and_keep_the_graph_they_ran(flow: Flow) -> None:
    first, other = flow.job("first"), flow.job("other")
    flow.workflow()
    start = flow.start_trigger("start", {"JobName": first})
    old = flow.run()["WorkflowRunId"]
    flow.glue.update_trigger(Name=start, TriggerUpdate={"Actions": [{"JobName": other}]})
    new = flow.run()["WorkflowRunId"]

    page = flow.glue.get_workflow_runs(Name=flow.name, MaxResults=1, IncludeGraph=True)
    rest = flow.glue.get_workflow_runs(Name=flow.name, NextToken=page["NextToken"], IncludeGraph=True)

    assert [run["WorkflowRunId"] for run in page["Runs"]] == [new]
    assert [run["WorkflowRunId"] for run in rest["Runs"]] == [old]
    assert first in nodes(rest["Runs"][0]) and other in nodes(page["Runs"][0])
    workflow = flow.glue.get_workflow(Name=flow.name)["Workflow"]
    assert workflow["LastRun"]["WorkflowRunId"] == new


def test_a_workflow_without_a_start_trigger_does_not_start(flow: Flow) -> None:
    flow.workflow()

    with pytest.raises(ClientError, match="no start trigger") as caught:
        flow.glue.start_workflow_run(Name=flow.name)

    assert code_of(caught) == "InvalidInputException"


def test_deleting_a_workflow_leaves_jobs_and_crawlers(flow: Flow) -> None:
    first, after = flow.job("first", flow.wait_for_gate), flow.job("after")
    flow.workflow()
    flow.start_trigger("start", {"JobName": first})
    flow.conditional("next", [job_ended(first)], {"JobName": after})
    flow.glue.start_workflow_run(Name=flow.name)

    flow.glue.delete_workflow(Name=flow.name)
    flow.glue.delete_workflow(Name=flow.name)
    flow.gate.touch()

    wait_until(lambda: flow.glue.get_job_runs(JobName=first)["JobRuns"][0]["JobRunState"] == "SUCCEEDED")
    assert not [name for name in flow.glue.list_triggers()["TriggerNames"] if name.startswith(flow.name)]
    assert flow.glue.get_job_runs(JobName=after)["JobRuns"] == []
    flow.workflow()
    assert flow.glue.get_workflow_runs(Name=flow.name)["Runs"] == []
