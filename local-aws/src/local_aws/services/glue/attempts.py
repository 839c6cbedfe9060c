"""The record of a job run before it is admitted: a first attempt, or the next one of a run that failed."""

from __future__ import annotations

from local_aws.kernel.context import Request
from local_aws.kernel.records import Record, selected
from local_aws.services.glue.firing import Firing

OVERRIDDEN = ("Timeout", "WorkerType", "NumberOfWorkers", "AllocatedCapacity", "MaxCapacity", "ExecutionClass")
"""What StartJobRun may say otherwise than the job does."""

_FROM_JOB = (*OVERRIDDEN, "GlueVersion")
_FROM_TRIGGER = ("TriggerName", "PredecessorRuns", "_chain")


def first_attempt(run_id: str) -> str:
    """Return the id of the run that a run is a retry of; of a first attempt, its own."""
    return run_id.partition("_attempt_")[0]


def new_run(job: Record, request: Request, run_id: str) -> Record:
    """Return a run that StartJobRun asks for."""
    taken = {key: source[key] for source in (job, request) for key in _FROM_JOB if key in source}
    return {"Id": run_id, "Attempt": 0, "Arguments": request.get("Arguments", {}), **taken}


def fired_run(job: Record, request: Request, firing: Firing) -> Record:
    """Return a run that a trigger starts."""
    origin = {"TriggerName": firing.trigger, "PredecessorRuns": list(firing.predecessors), "_chain": firing.chain}
    return {**new_run(job, request, firing.id), **origin}


def manual_retry(run: Record) -> Record:
    """Return the next attempt of a run that somebody asks for; no trigger started it."""
    return _next_attempt(run, ("Arguments", *_FROM_JOB))


def automatic_retry(run: Record) -> Record:
    """Return the next attempt of a run within the job's MaxRetries, in place of the run."""
    return _next_attempt(run, ("Arguments", *_FROM_JOB, *_FROM_TRIGGER))


def _next_attempt(run: Record, members: tuple[str, ...]) -> Record:
    attempt = run["Attempt"] + 1
    taken = selected(run, members)
    run_id = f"{first_attempt(run['Id'])}_attempt_{attempt}"
    return {**taken, "Id": run_id, "Attempt": attempt, "PreviousRunId": run["Id"]}
