"""What processing, training and transform jobs have in common: they are created, run, watched, stopped and listed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Literal

from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.limits import MB
from local_aws.kernel.principals import acting_as
from local_aws.kernel.processes.child import Command, Outcome
from local_aws.kernel.records import Record, now
from local_aws.services.sagemaker.job_board import JobBoard, Ticket
from local_aws.services.sagemaker.resources import Resources

_log = logging.getLogger(__name__)
_REASON_CHARACTERS = 1024
_STOP_AGAIN_SECONDS = 0.1

SESSION = "SageMaker"
"""The session in which a job's process has the job's role."""
KILLED = "InternalServerError: the server ended while this ran; create it again under another name"


class JobFailedError(Exception):
    """Raised by a job's work when the job has failed; its text becomes the job's ``FailureReason``."""


class JobStoppedError(Exception):
    """Raised by a job's work when it ended early because somebody stopped the job."""


@dataclass(frozen=True)
class Ending:
    """How a job came to its end.

    Parameters
    ----------
    members
        Further members of the record, e.g. ``ExitMessage``.
    secondary
        The final secondary status of a training job where it is not `status`.
    """

    status: Literal["Completed", "Failed", "Stopped"]
    members: Mapping[str, Any] = field(default_factory=dict)
    secondary: str | None = None


class JobDesk:
    """Runs the jobs of one kind, each in a thread of its own.

    Parameters
    ----------
    work
        Does a job; gets its record and ticket. `JobFailedError` and `AwsError` fail the job with their text,
        `JobStoppedError` stops it.
    """

    def __init__(
        self,
        context: Context,
        board: JobBoard,
        resources: Resources,
        work: Callable[[Record, Ticket], Ending],
        note: Callable[[Record, str], None] = lambda record, status: None,
        role: Callable[[Record], str] = itemgetter("RoleArn"),
    ) -> None:
        self._context = context
        self._board = board
        self._resources = resources
        self._work = work
        self._note = note
        self._role = role
        self._kind = resources.kind

    def job_id(self, name: str) -> str:
        """Return the id under which the job runner knows a job."""
        return f"{self._kind.resource}/{name}"

    def create(self, request: Request) -> Answer:
        """Record a job that has been found valid, start it and give its ARN."""
        record = {key: value for key, value in request.items() if key != "Tags"}
        record[self._kind.status_key] = "InProgress"
        record["LastModifiedTime"] = now()
        self._note(record, "Starting")
        name = record[self._kind.name_key]
        try:
            ticket = self._board.begin(self._kind.resource, name)
        except KeyError:
            raise self._resources.taken(name) from None
        try:
            arn = self._resources.add(record, request.get("Tags", ()))
        except AwsError:
            self._board.finish(self._kind.resource, name)
            raise
        threading.Thread(target=self._run, args=(name, ticket), name=self.job_id(name), daemon=True).start()
        return {self._kind.arn_key: arn}

    def stop(self, request: Request) -> Answer:
        """Ask for the end of a running job; it is ``Stopping`` until its processes have ended.

        Raises
        ------
        AwsError
            ``ValidationException`` for a job that does not run.
        """
        name = request[self._kind.name_key]

        def mark(record: Record) -> None:
            if record[self._kind.status_key] not in ("InProgress", "Stopping"):
                raise AwsError(
                    "ValidationException",
                    f"The request was rejected because the {self._kind.resource.replace('-', ' ')} is in status "
                    f"{record[self._kind.status_key]}.",
                )
            self._set_status(record, "Stopping")

        self._resources.change(name, mark)
        ticket = self._board.find(self._kind.resource, name)
        if ticket is not None:
            ticket.stopping.set()
            threading.Thread(target=self._end_processes, args=(name, ticket), daemon=True).start()
        return {}

    def recover(self) -> None:
        """Fail the jobs that a killed server left running."""
        for record in self._resources.all():
            if record[self._kind.status_key] in ("InProgress", "Stopping"):
                self._settle(record[self._kind.name_key], _failed(KILLED))

    def update(self, name: str, status: str | None = None, **members: Any) -> None:
        """Change members of a running job's record, and note a secondary status if one is given."""

        def change(record: Record) -> None:
            record.update(members)
            record["LastModifiedTime"] = now()
            if status is not None:
                self._note(record, status)

        self._resources.change(name, change)

    def run(self, command: Command, ticket: Ticket, on_line: Callable[[str], None] | None = None) -> Outcome:
        """Run a job's process to its end.

        Raises
        ------
        JobStoppedError
            If the job was stopped before the process started.
        JobFailedError
            If the process cannot be started, or ended because the server stops.
        """
        if ticket.stopping.is_set():
            raise JobStoppedError
        try:
            outcome = self._context.jobs.run(command, on_line)
        except (OSError, RuntimeError) as error:
            raise JobFailedError(f"ClientError: {command.arguments[0]} cannot be started: {error}") from error
        if outcome.end == "stopped" and not ticket.stopping.is_set():
            raise JobFailedError(KILLED)
        return outcome

    def _run(self, name: str, ticket: Ticket) -> None:
        try:
            record = self._resources.get(name)
            with acting_as(self._role(record), SESSION):
                ending = self._work(record, ticket)
        except JobStoppedError:
            ending = Ending("Stopped")
        except JobFailedError as error:
            ending = _failed(str(error))
        except AwsError as error:
            ending = _failed(f"ClientError: {error.message}")
        except Exception as error:  # noqa: BLE001 (the boundary: the job must come to an end)
            _log.exception("%s %s", self._kind.resource, name)
            ending = _failed(f"InternalServerError: {type(error).__name__}: {error}")
        try:
            self._settle(name, ending)
        finally:
            self._board.finish(self._kind.resource, name)

    def _settle(self, name: str, ending: Ending) -> None:
        def change(record: Record) -> None:
            record.update(ending.members)
            record[self._kind.end_time_key] = now()
            self._set_status(record, ending.status, ending.secondary)

        self._resources.change(name, change)

    def _set_status(self, record: Record, status: str, secondary: str | None = None) -> None:
        record[self._kind.status_key] = status
        record["LastModifiedTime"] = now()
        self._note(record, secondary or status)

    def _end_processes(self, name: str, ticket: Ticket) -> None:
        """End the job's process; again and again, for it may be just about to start."""
        while not ticket.done.is_set():
            self._context.jobs.stop(self.job_id(name))
            ticket.done.wait(_STOP_AGAIN_SECONDS)


def clip(reason: str, reserve: int = 0) -> str:
    """Cut a reason to the length that the API allows, less `reserve` characters."""
    return reason[: _REASON_CHARACTERS - reserve]


def volume_bytes(resources: Record) -> int | None:
    """Return the size of the volume that a job asks for, where it stands for the job folder's bound; None without."""
    size = resources.get("VolumeSizeInGB")
    return None if size is None else size * 1024 * MB


def _failed(reason: str) -> Ending:
    return Ending("Failed", {"FailureReason": clip(reason)})
