"""Runs Glue jobs and crawlers to their end."""

from __future__ import annotations

import time
from typing import Any

import boto3

from console.errors import CommandError
from console.job_logs import log_tail
from console.names import Names
from console.progress import Progress

_POLL_SECONDS = 0.2
_UNDER_WAY = frozenset({"STARTING", "RUNNING", "STOPPING", "WAITING"})


def run_glue(session: boto3.session.Session, names: Names, progress: Progress) -> None:
    """Import both feeds side by side, crawl them, join them and crawl the result: the lab's workflow.

    Raises
    ------
    CommandError
        At the first job or crawler that does not succeed.
    """
    _run_jobs(session, [names.named("import_income_data"), names.named("import_json_data")], progress)
    _run_crawler(session, names.named("crawl_raw_data"), progress)
    _run_jobs(session, [names.named("prep_data_for_ml")], progress)
    _run_crawler(session, names.named("crawl_processed_data"), progress)


def _run_jobs(session: boto3.session.Session, jobs: list[str], progress: Progress) -> None:
    glue = session.client("glue")
    runs = {job: glue.start_job_run(JobName=job)["JobRunId"] for job in jobs}
    while runs:
        for job, run_id in list(runs.items()):
            run = glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]
            state = run["JobRunState"]
            if state in _UNDER_WAY:
                continue
            if state != "SUCCEEDED":
                reason = run.get("ErrorMessage", f"the run ended as {state}")
                raise CommandError(f"Glue job {job}", reason, log_tail(session, "/aws-glue/jobs/output", run_id))
            del runs[job]
            progress.done(job, state, (run["CompletedOn"] - run["StartedOn"]).total_seconds())
        _wait(progress, runs)


def _run_crawler(session: boto3.session.Session, crawler: str, progress: Progress) -> None:
    glue = session.client("glue")
    glue.start_crawler(Name=crawler)
    started = time.monotonic()
    while (found := glue.get_crawler(Name=crawler)["Crawler"])["State"] != "READY":
        _wait(progress, [crawler])
    last = found["LastCrawl"]
    if last["Status"] != "SUCCEEDED":
        log = log_tail(session, last.get("LogGroup", "/aws-glue/crawlers"), last.get("LogStream", crawler))
        raise CommandError(f"Glue crawler {crawler}", last.get("ErrorMessage", last["Status"]), log)
    progress.done(crawler, last["Status"], time.monotonic() - started)


def _wait(progress: Progress, running: Any) -> None:
    progress.waiting(", ".join(running))
    time.sleep(_POLL_SECONDS)
