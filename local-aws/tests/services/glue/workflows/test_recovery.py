"""A workflow run outlives its server: what was running has failed, and the run goes on from there or ends."""

from __future__ import annotations

from pathlib import Path

from local_aws.kernel.records import Record
from local_aws.services import glue
from tests.conftest import running
from tests.services.glue.workflows.conftest import Flow, counted, crawl_ended, job_ended, job_runs, nodes
from tests.waiting import wait_until


def test_the_jobs_of_a_run_fail_with_the_server_and_their_triggers_fire_once(tmp_path: Path) -> None:
    with running(tmp_path / "data", (glue.build,)) as server:
        flow = Flow(server, "flow", tmp_path)
        first, on_success, on_failure = flow.job("first", flow.wait_for_gate), flow.job("after"), flow.job("failed")
        flow.workflow()
        flow.start_trigger("start", {"JobName": first})
        flow.conditional("success", [job_ended(first)], {"JobName": on_success})
        flow.conditional("failure", [job_ended(first, "FAILED")], {"JobName": on_failure})
        run_id = flow.glue.start_workflow_run(Name="flow")["RunId"]
        wait_until(lambda: job_runs(flow.shown(run_id), first)[0]["JobRunState"] == "RUNNING")

    for _ in range(2):
        with running(tmp_path / "data", (glue.build,)) as server:
            flow.server, flow.glue = server, server.client("glue")
            run = flow.ended(run_id)
            assert (run["Status"], counted(run)) == ("COMPLETED", {"Total": 3, "Succeeded": 1, "Failed": 1})
            assert "server stopped" in job_runs(run, first)[0]["ErrorMessage"]
            assert len(job_runs(run, on_failure)) == 1
            assert job_runs(run, on_success) == []


def test_what_ended_or_never_started_while_the_server_died_is_found_at_start(tmp_path: Path) -> None:
    """The records are those of a server killed between two steps."""
    with running(tmp_path / "data", (glue.build,)) as server:
        flow = Flow(server, "flow", tmp_path)
        first, second, crawler = flow.job("first"), flow.job("second"), flow.crawler("crawler")
        flow.workflow()
        flow.start_trigger("start", {"JobName": first}, {"CrawlerName": crawler})
        flow.conditional("next", [job_ended(first), crawl_ended(crawler)], {"JobName": second})
        run_id = flow.run()["WorkflowRunId"]
        chain = server.context.records.get("glue-chain", run_id)
        assert chain is not None
        started = chain["Actions"]

        def forget(chain: Record) -> None:
            del chain["CompletedOn"]
            chain["Status"] = "RUNNING"
            chain["Fired"] = [f"{flow.name}-start"]
            chain["Actions"] = [{**action, "State": "RUNNING"} for action in started[:2]]

        server.context.records.update("glue-chain", run_id, forget)
        never: Record = {"Id": "wr_never", "Status": "STOPPING", "Fired": [], "Workflow": "flow", "Triggers": []}
        lost = {**started[0], "Id": "jr_lost", "State": "RUNNING"}
        never |= {"Actions": [lost], "Properties": {}, "StartedOn": lost["StartedOn"]}
        server.context.records.insert("glue-chain", "wr_never", never)

    with running(tmp_path / "data", (glue.build,)) as server:
        flow.server, flow.glue = server, server.client("glue")
        run = flow.ended(run_id)
        assert (run["Status"], counted(run)) == ("COMPLETED", {"Total": 3, "Succeeded": 3})
        assert nodes(run)[crawler]["CrawlerDetails"]["Crawls"][0]["State"] == "SUCCEEDED"
        lost_run = flow.shown("wr_never")
        assert (lost_run["Status"], lost_run["Statistics"]["ErroredActions"]) == ("STOPPED", 1)
