"""Glue job runs: StartJobRun, GetJobRun, GetJobRuns, BatchStopJobRun, and the work behind them."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator

from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import acting_as, role_arn
from local_aws.kernel.records import Record, now, public
from local_aws.kernel.work import SERVER_STOPPED, Work
from local_aws.services.glue.attempts import OVERRIDDEN, automatic_retry, fired_run, manual_retry, new_run
from local_aws.services.glue.errors import invalid
from local_aws.services.glue.events import job_run_ended
from local_aws.services.glue.firing import Firing
from local_aws.services.glue.job_arguments import check_arguments
from local_aws.services.glue.job_records import JobRecords, check_capacity
from local_aws.services.glue.script_run import ScriptRun

KIND = "glue-job-run"

_log = logging.getLogger(__name__)
_ACTIVE = ("STARTING", "RUNNING", "STOPPING")
_BEFORE: dict[str, tuple[str, ...]] = {
    "RUNNING": ("STARTING",),
    "STOPPING": ("STARTING", "RUNNING"),
    **dict.fromkeys(("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED"), _ACTIVE),
}
"""The states from which each state is reached."""

_STOP_POLL_SECONDS = 0.05


class JobRuns:
    """The runs of every job."""

    def __init__(self, context: Context, jobs: JobRecords) -> None:
        self._context = context
        self._jobs = jobs
        self._admission = threading.Lock()
        self._runs = Collection(context.records, KIND, _missing, _retried)
        self._work = Work("glue job run")
        self._listeners: list[Callable[[Record], None]] = []

    def listen(self, listener: Callable[[Record], None]) -> None:
        """Add a listener that is called with each run of a trigger that has ended, retries included."""
        self._listeners.append(listener)

    def start(self, request: Request) -> Answer:
        """Serve StartJobRun."""
        job = self._job_of(request)
        if "JobRunId" in request:
            other = [member for member in ("Arguments", *OVERRIDDEN) if member in request]
            if other:
                raise invalid(
                    f"local_aws does not support {', '.join(other)} beside JobRunId: a run is retried as it was"
                )
            retried = self._find(job["Name"], request["JobRunId"])
            return {"JobRunId": self._admit(job, manual_retry(retried))["Id"]}
        return {"JobRunId": self._admit(job, new_run(job, request, f"jr_{secrets.token_hex(32)}"))["Id"]}

    def start_fired(self, request: Request, firing: Firing) -> None:
        """Start a run for a trigger."""
        job = self._job_of(request)
        self._admit(job, fired_run(job, request, firing))

    def get(self, request: Request) -> Answer:
        """Serve GetJobRun."""
        self._jobs.find(request["JobName"])
        return {"JobRun": public(self._find(request["JobName"], request["RunId"]))}

    def get_all(self, request: Request) -> Answer:
        """Serve GetJobRuns, the newest first."""
        self._jobs.find(request["JobName"])
        return {"JobRuns": map(public, self._of_job(request["JobName"], newest_first=True))}

    def batch_stop(self, request: Request) -> Answer:
        """Serve BatchStopJobRun: the runs end in the background."""
        name = request["JobName"]
        stopping, errors = [], []
        for run_id in request["JobRunIds"]:
            try:
                self._request_stop(name, run_id)
            except AwsError as error:
                detail = {"ErrorCode": error.code, "ErrorMessage": error.message}
                errors.append({"JobName": name, "JobRunId": run_id, "ErrorDetail": detail})
            else:
                stopping.append({"JobName": name, "JobRunId": run_id})
        return {"SuccessfulSubmissions": stopping, "Errors": errors}

    def of_chain(self, chain: str) -> list[Record]:
        """Return the runs that the triggers of a chain started, with their retries, the oldest first."""
        return self._runs.list({"_chain": chain})

    def recover(self) -> None:
        """Fail what was running when the server died."""
        for run in self._runs.list():
            if run["JobRunState"] in _ACTIVE:
                self._transition(run["Id"], "FAILED", SERVER_STOPPED)

    def stop(self) -> None:
        """Wait until the runs, whose processes have been ended, are recorded."""
        self._work.stop()

    def _job_of(self, request: Request) -> Record:
        """Return the job that a request wants to run."""
        try:
            job = self._jobs.find(request["JobName"])
        except AwsError as error:
            raise AwsError(
                error.code, f"Failed to start job run due to missing metadata: {error.message}", error.status
            ) from None
        check_capacity(request)
        check_arguments(request.get("Arguments", {}))
        return job

    def _find(self, job_name: str, run_id: str) -> Record:
        run = self._runs.find(run_id)
        if run is None or run["JobName"] != job_name:
            raise AwsError("EntityNotFoundException", f"Job Run with id: {run_id} not found for job {job_name}.")
        return run

    def _of_job(self, name: str, *, newest_first: bool = False) -> Iterator[Record]:
        return self._runs.each({"JobName": name}, newest_first=newest_first)

    def _admit(self, job: Record, run: Record) -> Record:
        """Record a new run and start it, within the job's number of concurrent runs."""
        started = now()
        full = {
            "PredecessorRuns": [],
            **run,
            "JobName": job["Name"],
            "JobMode": job["JobMode"],
            "JobRunState": "STARTING",
            "StartedOn": started,
            "LastModifiedOn": started,
            "ExecutionTime": 0,
            "LogGroupName": "/aws-glue/jobs",
        }
        with self._admission:
            active = sum(other["JobRunState"] in _ACTIVE for other in self._of_job(job["Name"]))
            if active >= job["ExecutionProperty"].get("MaxConcurrentRuns", 1):
                raise AwsError("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {job['Name']}")
            self._runs.add(full["Id"], full)
        self._work.start(full["Id"], lambda running: self._run(job, full))
        return full

    def _run(self, job: Record, run: Record) -> None:
        """Run a run to its end, then start its retry, or what waits for its end."""
        ended = self._ended(job, run)
        if ended.get("ErrorMessage") == SERVER_STOPPED:
            return
        if ended["JobRunState"] == "FAILED" and ended["Attempt"] < job["MaxRetries"]:
            try:
                self._admit(job, automatic_retry(ended))
            except AwsError as error:
                _log.warning("no retry of job run %s: %s", ended["Id"], error)
            else:
                return
        if "_chain" in ended:
            for listener in self._listeners:
                listener(ended)

    def _ended(self, job: Record, run: Record) -> Record:
        """Run the script; return the run's record in its final state."""
        run_id, role = run["Id"], role_arn(job["Role"])
        try:
            with acting_as(role):
                script = ScriptRun.prepare(self._context, job, run)
            if self._transition(run_id, "RUNNING")["JobRunState"] == "STOPPING":
                return self._transition(run_id, "STOPPED")
            with acting_as(role):
                end = script.run()
        except AwsError as error:
            return self._transition(run_id, "FAILED", error.reason)
        except Exception as error:  # noqa: BLE001 (the boundary: the run must come to an end)
            _log.exception("job run %s", run_id)
            return self._transition(run_id, "FAILED", f"local_aws could not run the job: {error!r}")
        if end.state == "STOPPED" and self._find(job["Name"], run_id)["JobRunState"] != "STOPPING":
            return self._transition(run_id, "FAILED", SERVER_STOPPED)
        return self._transition(run_id, end.state, end.error_message)

    def _request_stop(self, job_name: str, run_id: str) -> None:
        self._find(job_name, run_id)
        run = self._transition(run_id, "STOPPING")
        if run["JobRunState"] != "STOPPING":
            raise invalid(f"Job Run {run_id} has ended: {run['JobRunState']}")
        threading.Thread(target=self._stop, args=(run_id,), name=f"stop {run_id}", daemon=True).start()

    def _stop(self, run_id: str) -> None:
        """End a run's process; it may be about to start."""
        while (run := self._runs.find(run_id)) and run["JobRunState"] == "STOPPING":
            if self._context.jobs.stop(ScriptRun.job_id(run_id)):
                return
            time.sleep(_STOP_POLL_SECONDS)

    def _transition(self, run_id: str, state: str, reason: str | None = None) -> Record:
        """Move a run to a new state, the only place where states change, and return the run.

        A run that is stopping does not become one that runs, and one that has ended stays as it ended.
        """
        ends = False

        def change(run: Record) -> None:
            nonlocal ends
            if run["JobRunState"] not in _BEFORE[state]:
                return
            changed = now()
            ends = state not in _ACTIVE
            run["JobRunState"] = state
            run["LastModifiedOn"] = changed
            if state == "RUNNING":
                run["_running_since"] = changed
            if ends:
                run["CompletedOn"] = changed
                run["ExecutionTime"] = round((changed - run.get("_running_since", changed)).total_seconds())
            if reason:
                run["ErrorMessage"] = reason

        with self._context.records.together():
            run = self._runs.change(run_id, change)
            if ends:
                self._context.announce(job_run_ended(run))
        return run


def _missing(run_id: str) -> AwsError:
    return AwsError("EntityNotFoundException", f"Job Run with id: {run_id} not found.")


def _retried(run_id: str) -> AwsError:
    return invalid(f"Job run {run_id} has been retried already")
