"""``playgrounds logs``: the log of a pipeline's step or of a Glue job, followed on request."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3

from console.errors import CommandError
from console.executions import Execution, describe_execution, find_execution, job_log
from console.polling import pause_after
from console.terminal import say
from infrastructure.names import Names
from infrastructure.refusals import missing_is_fine

_GLUE_GROUPS = ("/aws-glue/jobs/output", "/aws-glue/jobs/error")
_GLUE_RUNNING = frozenset({"STARTING", "RUNNING", "STOPPING", "WAITING"})


@dataclass(frozen=True)
class _Source:
    """Where the log of a step is, and whether more of it may come."""

    places: tuple[tuple[str, str], ...]
    runs: Callable[[], bool]


def logs(session: boto3.session.Session, names: Names, step: str, execution: str | None, *, follow: bool) -> None:
    """Print a log; with `follow` go on until the step has ended.

    Raises
    ------
    CommandError
        Neither the execution nor the workflow has such a step, or it has no log.
    """
    jobs = _glue_jobs(session.client("glue"), names)
    source = _glue_source(session, step) if step in jobs else _step_source(session, names, step, execution, jobs)
    since = 0
    seen: set[str] = set()
    newest = 0
    latest = time.monotonic()
    while True:
        # The state first: a step logs its last lines before it ends.
        runs = source.runs()
        for group, prefix in source.places:
            for event in _events(session, group, prefix, since):
                if event["eventId"] not in seen:
                    seen.add(event["eventId"])
                    latest = time.monotonic()
                    newest = max(newest, event["timestamp"])
                    say(event["message"])
        # Not later: events of the same millisecond may still come, and those before are seen.
        since = newest
        if not (follow and runs):
            break
        time.sleep(pause_after(time.monotonic() - latest))
    if not seen:
        group, prefix = source.places[0]
        reason = f"{group} has no stream {prefix}… yet" + ("; --follow waits for it" if runs else "")
        raise CommandError(f"log of {step}", reason)


def _glue_jobs(glue: Any, names: Names) -> tuple[str, ...]:
    """Return the jobs of the deployment's workflow."""
    try:
        graph = glue.get_workflow(Name=names.workflow, IncludeGraph=True)["Workflow"]["Graph"]
    except glue.exceptions.EntityNotFoundException:
        return ()
    return tuple(node["Name"] for node in graph["Nodes"] if node["Type"] == "JOB")


def _glue_source(session: boto3.session.Session, job: str) -> _Source:
    """Return the log of a Glue job's last run."""
    glue = session.client("glue")
    runs = glue.get_job_runs(JobName=job, MaxResults=1)["JobRuns"]
    if not runs:
        raise CommandError(f"Glue job {job}", "has not run: 'playgrounds run' runs it")
    run_id = runs[0]["Id"]

    def is_running() -> bool:
        state = glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]["JobRunState"]
        return state in _GLUE_RUNNING

    return _Source(tuple((group, run_id) for group in _GLUE_GROUPS), is_running)


def _step_source(
    session: boto3.session.Session, names: Names, step: str, name: str | None, glue_jobs: tuple[str, ...]
) -> _Source:
    """Return the log of a step's job."""
    arn = find_execution(session, names, name)
    execution = describe_execution(session, arn)
    if not execution.has(step):
        raise CommandError(f"step {step}", _no_such_step(execution, step, glue_jobs))
    place = job_log(session, execution, step)
    if place is None:
        raise CommandError(f"step {step}", f"runs no job with a log; it is {execution.step_status(step)}")
    return _Source(
        (place,), lambda: describe_execution(session, arn).step_status(step) in ("Starting", "Executing", "Stopping")
    )


def _no_such_step(execution: Execution, step: str, glue_jobs: tuple[str, ...]) -> str:
    known = [*(ran["StepName"] for ran in execution.steps), *glue_jobs]
    by_case = {name.lower(): name for name in known}
    alike = difflib.get_close_matches(step.lower(), by_case, n=1)
    question = f"did you mean {by_case[alike[0]]}? " if alike else ""
    return f"execution {execution.id} has not reached such a step; {question}It has {', '.join(known)}"


def _events(session: boto3.session.Session, group: str, prefix: str, since: int) -> Iterator[Any]:
    """Yield the events of the streams with a prefix, from a time in milliseconds on; none without the group."""
    pages = (
        session.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=group, logStreamNamePrefix=prefix, startTime=since)
    )
    with missing_is_fine():
        for page in pages:
            yield from page["events"]
