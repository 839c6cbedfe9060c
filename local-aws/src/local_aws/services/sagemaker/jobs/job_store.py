"""What every kind of job has in common: jobs are created, run in a thread each, watched, stopped, listed, recovered."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from local_aws.contracts.operations import Operation
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.limits import MB
from local_aws.kernel.principals import acting_as
from local_aws.kernel.processes.child import Outcome
from local_aws.kernel.processes.command import Command
from local_aws.kernel.processes.runner import RunnerClosedError
from local_aws.kernel.records import Record, now
from local_aws.kernel.work import Running, Work
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.images.environments import ImageEnvironments, SubstituteError
from local_aws.services.sagemaker.images.resolution import Image, Images
from local_aws.services.sagemaker.jobs.endings import (
    STOPPED_WITH_SERVER,
    Ending,
    JobFailedError,
    JobInterruptedError,
    JobStoppedError,
    failed,
)
from local_aws.services.sagemaker.resources import Kind, Resources
from local_aws.services.sagemaker.tags import Tags
from local_aws.services.service_quotas.quotas import Quotas

_log = logging.getLogger(__name__)
_STOP_AGAIN_SECONDS = 0.1
_UNDER_WAY = ("InProgress", "Stopping")

SESSION = "SageMaker"
"""The session in which a job's process has the job's role."""


class JobStore(ABC):
    """The jobs of one kind.

    Parameters
    ----------
    work
        The work under way, shared with who waits for jobs; see `job_id` for its keys.
    """

    kind: ClassVar[Kind]
    honoured: ClassVar[tuple[str, ...]]
    """The members of the Create request that are honoured."""
    values: ClassVar[Mapping[str, tuple[object, ...]]] = {}
    """The values that are honoured, by member of the Create request."""
    use: ClassVar[str] = ""
    """What the quotas of the kind's instances call it; empty for a kind whose instances SageMaker chooses."""
    instances: ClassVar[tuple[str, ...]] = ()
    """The members, one within the other, that hold ``InstanceType`` and ``InstanceCount``."""

    def __init__(self, context: Context, work: Work, tags: Tags) -> None:
        self._context = context
        self._work = work
        self._images = Images.of(context.settings)
        self._environments = ImageEnvironments(context.settings.environments)
        self._resources = Resources(context, tags, self.kind)
        self._quotas = Quotas.of_environment()

    def operations(self) -> dict[str, Operation]:
        """Return the contract of the kind's operations."""
        return {
            **self._resources.table(self.create, self.honoured, self.values),
            f"Stop{self.kind.member}": Operation(self.stop),
        }

    @abstractmethod
    def validate(self, request: Request) -> None:
        """Raise ``ValidationException`` for a request that cannot be served here."""

    @abstractmethod
    def run(self, record: Record, running: Running) -> Ending:
        """Do a job as its role.

        `JobFailedError` and `AwsError` fail the job with their text, `JobStoppedError` stops it.
        """

    def note_status(self, record: Record, status: str) -> None:  # noqa: B027 (most kinds have one status only)
        """Note a new status or secondary status in the record, inside the change of the record."""

    def quota_use(self, record: Record) -> str:
        """Return what the quotas of a job's instances call their use."""
        return self.use

    def starts_again(self, record: Record) -> bool:
        """Return whether a job that the end of a server has interrupted runs again at the next start."""
        return False

    def role(self, record: Record) -> str:
        """Return the role that a job reads, writes and logs as."""
        return str(record["RoleArn"])

    def job_id(self, name: str) -> str:
        """Return the key of a job's work, and of its process in the job runner."""
        return f"{self.kind.resource}/{name}"

    def record(self, name: str) -> Record:
        """Return a copy of a job's record, or raise the error for a name without one."""
        return self._resources.get(name)

    def create(self, request: Request) -> Answer:
        """Serve the Create operation."""
        self.validate(request)
        record = dict(request)
        record[self.kind.status_key] = "InProgress"
        record["LastModifiedTime"] = now()
        self.note_status(record, "Starting")
        name = record[self.kind.name_key]
        arn = self._resources.arn(name)
        try:
            self._work.start(
                self.job_id(name),
                lambda running: self._run(name, running),
                admit=lambda: self._add(record),
            )
        except KeyError:
            raise self.kind.taken_error(arn) from None
        return {self.kind.arn_key: arn}

    def stop(self, request: Request) -> Answer:
        """Serve the Stop operation: the job is ``Stopping`` until its processes have ended."""
        name = request[self.kind.name_key]

        def mark(record: Record) -> None:
            if record[self.kind.status_key] not in _UNDER_WAY:
                raise invalid(
                    f"The request was rejected because the {self.kind.resource.replace('-', ' ')} is in status "
                    f"{record[self.kind.status_key]}."
                )
            self._set_status(record, "Stopping")

        self._resources.change(name, mark)
        running = self._work.find(self.job_id(name))
        if running is not None:
            running.stopping.set()
            threading.Thread(target=self._end_processes, args=(name, running), daemon=True).start()
        return {}

    def recover(self) -> None:
        """Fail the jobs that an earlier server left running, or start them again."""
        for record in self._resources.list():
            if record[self.kind.status_key] in _UNDER_WAY:
                name = record[self.kind.name_key]
                if self.starts_again(record):
                    self._start_again(name)
                else:
                    self._settle(name, failed(STOPPED_WITH_SERVER))

    def _start_again(self, name: str) -> None:
        for status in ("Interrupted", "Starting"):
            self.update(name, status)
        self._work.start(self.job_id(name), lambda running: self._run(name, running))

    def update(self, name: str, status: str | None = None, **members: Any) -> None:
        """Change members of a running job's record, and note a secondary status if one is given."""

        def change(record: Record) -> None:
            record.update(members)
            record["LastModifiedTime"] = now()
            if status is not None:
                self.note_status(record, status)

        self._resources.change(name, change)

    def run_process(self, command: Command, running: Running, on_line: Callable[[str], None] | None = None) -> Outcome:
        """Run a job's process to its end.

        Raises
        ------
        JobStoppedError
            If the job was stopped before the process started.
        JobFailedError
            If the process cannot be started.
        JobInterruptedError
            If the process ended because the server stops.
        """
        if running.stopping.is_set():
            raise JobStoppedError
        try:
            outcome = self._context.jobs.run(command, on_line)
        except RunnerClosedError:
            raise JobInterruptedError(STOPPED_WITH_SERVER) from None
        except (OSError, RuntimeError) as error:
            raise JobFailedError(f"ClientError: {command.arguments[0]} cannot be started: {error}") from error
        if outcome.end == "stopped" and not running.stopping.is_set():
            raise JobInterruptedError(STOPPED_WITH_SERVER)
        return outcome

    def with_own_versions(self, image: Image, command: Command, running: Running) -> tuple[Image, Command]:
        """Return an image and a job's command with the image's own library versions; see `ImageEnvironments.apply`.

        Raises
        ------
        JobStoppedError
            If the job was stopped meanwhile.
        JobFailedError
            If other versions would stand for them, and must not.
        """

        def run(command: Command) -> Outcome:
            outcome = self.run_process(command, running)
            if outcome.end == "stopped":
                raise JobStoppedError
            return outcome

        try:
            return self._environments.apply(image, command, run)
        except SubstituteError as error:
            raise JobFailedError(str(error)) from error

    def _add(self, record: Record) -> None:
        with self._context.records.together():
            if self.use:
                cluster = self._cluster(record)
                instance_type = cluster.get("InstanceType")
                count = cluster.get("InstanceCount", 1)
                use = self.quota_use(record)
                self._quotas.require(use, instance_type, count, lambda: self._in_use(use, instance_type))
            self._resources.create(record)

    def _cluster(self, record: Record) -> Record:
        """Return the instances that a job asks for."""
        cluster = record
        for member in self.instances:
            cluster = cluster.get(member, {})
        return cluster

    def _in_use(self, use: str, instance_type: str | None) -> int:
        """Count the instances of a type that jobs of this kind have in this use."""
        running = (job for job in self._resources.list() if job[self.kind.status_key] in _UNDER_WAY)
        clusters = (self._cluster(job) for job in running if self.quota_use(job) == use)
        return sum(each.get("InstanceCount", 1) for each in clusters if each.get("InstanceType") == instance_type)

    def _run(self, name: str, running: Running) -> None:
        try:
            record = self._resources.get(name)
            with acting_as(self.role(record), SESSION):
                ending = self.run(record, running)
        except JobStoppedError:
            ending = Ending("Stopped")
        except JobInterruptedError as error:
            if self.starts_again(record):
                return
            ending = failed(str(error))
        except JobFailedError as error:
            ending = failed(str(error))
        except AwsError as error:
            ending = failed(f"ClientError: {error.reason}")
        except Exception as error:  # noqa: BLE001 (the boundary: the job must come to an end)
            _log.exception("%s", self.job_id(name))
            ending = failed(f"InternalServerError: {type(error).__name__}: {error}")
        self._settle(name, ending)

    def _settle(self, name: str, ending: Ending) -> None:
        def change(record: Record) -> None:
            record.update(ending.members)
            record[self.kind.end_time_key] = now()
            self._set_status(record, ending.status, ending.secondary)

        self._resources.change(name, change)

    def _set_status(self, record: Record, status: str, secondary: str | None = None) -> None:
        record[self.kind.status_key] = status
        record["LastModifiedTime"] = now()
        self.note_status(record, secondary or status)

    def _end_processes(self, name: str, running: Running) -> None:
        """End the job's process; again and again, for it may be just about to start."""
        while not running.done.is_set():
            self._context.jobs.stop(self.job_id(name))
            running.done.wait(_STOP_AGAIN_SECONDS)


def volume_bytes(resources: Record) -> int | None:
    """Return the size of the volume that a job asks for, where it stands for the job folder's bound; None without."""
    size = resources.get("VolumeSizeInGB")
    return None if size is None else size * 1024 * MB
