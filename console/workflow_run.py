"""A run of the Glue workflow, followed to its end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3

from console.errors import CommandError
from console.job_logs import log_tail
from console.polling import pause_after
from console.progress import Progress

_RUNNING = frozenset({"RUNNING", "STOPPING"})


@dataclass(frozen=True)
class Action:
    """A job run or a crawl of a workflow run: the state is empty before it starts, the seconds None until it ends."""

    kind: str
    name: str
    state: str
    seconds: float | None
    reason: str
    log_group: str
    log_stream: str


def run_workflow(session: boto3.session.Session, workflow: str, progress: Progress) -> datetime:
    """Start a run, or take up one in progress, and follow it to its end; return the time at which it started.

    Raises
    ------
    CommandError
        An action fails: with its reason and the end of its log. The actions after it have not run.
    """
    glue = session.client("glue")
    run_id = _start(glue, workflow, progress)
    reported: set[str] = set()
    latest = time.monotonic()
    while True:
        run = glue.get_workflow_run(Name=workflow, RunId=run_id, IncludeGraph=True)["Run"]
        actions = list(_actions(run["Graph"]["Nodes"]))
        for action in actions:
            if action.seconds is not None and action.name not in reported:
                reported.add(action.name)
                latest = time.monotonic()
                progress.done(action.name, action.state, action.seconds)
        if run["Status"] not in _RUNNING:
            break
        progress.waiting(", ".join(action.name for action in actions if action.state and action.seconds is None))
        time.sleep(pause_after(time.monotonic() - latest))
    for action in actions:
        if action.state != "SUCCEEDED" and action.state:
            log = log_tail(session, action.log_group, action.log_stream)
            raise CommandError(f"Glue {action.kind} {action.name}", action.reason or f"ended as {action.state}", log)
    missing = [action.name for action in actions if not action.state]
    if run["Status"] != "COMPLETED" or missing:
        reason = f"the run ended as {run['Status']}" + (f"; {', '.join(missing)} did not run" if missing else "")
        raise CommandError(f"Glue workflow {workflow}", run.get("ErrorMessage", reason))
    started: datetime = run["StartedOn"]
    return started


def _start(glue: Any, workflow: str, progress: Progress) -> str:
    """Start a run; if the workflow allows no more, return the running one, as after an interrupted command."""
    try:
        run_id: str = glue.start_workflow_run(Name=workflow)["RunId"]
    except glue.exceptions.EntityNotFoundException as error:
        raise CommandError(
            "run", f"workflow {workflow} does not exist: run 'playgrounds deploy' first, or check --prefix"
        ) from error
    except glue.exceptions.ConcurrentRunsExceededException as error:
        for run in glue.get_workflow_runs(Name=workflow).get("Runs", []):
            if run["Status"] in _RUNNING:
                progress.done("workflow run", f"{run['WorkflowRunId']} is running already: following it")
                return str(run["WorkflowRunId"])
        raise CommandError("run", f"{workflow} is at its limit of concurrent runs: repeat the command") from error
    return run_id


def _actions(nodes: list[Mapping[str, Any]]) -> Iterator[Action]:
    """Yield the last job run or crawl of each node."""
    for node in nodes:
        if node["Type"] == "JOB":
            run = _last(node.get("JobDetails", {}).get("JobRuns", []))
            place = ("/aws-glue/jobs/output", run.get("Id", ""))
            yield _action("job", node["Name"], run, "JobRunState", place)
        elif node["Type"] == "CRAWLER":
            crawl = _last(node.get("CrawlerDetails", {}).get("Crawls", []))
            place = (crawl.get("LogGroup", ""), crawl.get("LogStream", ""))
            yield _action("crawler", node["Name"], crawl, "State", place)


def _last(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return max(runs, key=lambda run: run["StartedOn"], default={})


def _action(kind: str, name: str, run: Mapping[str, Any], state: str, log: tuple[str, str]) -> Action:
    ended = run.get("CompletedOn")
    seconds = (ended - run["StartedOn"]).total_seconds() if ended else None
    return Action(kind, name, run.get(state, ""), seconds, run.get("ErrorMessage", ""), *log)
