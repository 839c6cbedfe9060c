"""Runs jobs and servers as child processes, and keeps track of them."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

from local_aws.kernel.limits import Limits
from local_aws.kernel.principals import acting_as, principal, session_name
from local_aws.kernel.processes.child import Child, Outcome
from local_aws.kernel.processes.command import Command
from local_aws.kernel.processes.container import ContainerFolder
from local_aws.kernel.processes.isolation import Isolation, find_isolation
from local_aws.kernel.processes.job_log import Events, JobLog
from local_aws.kernel.processes.python_environment import describe_interpreter, make_environment, packages_of
from local_aws.kernel.processes.watchdog import Watchdog

_LAST_LINES_SECONDS = 5.0
_PLAIN_NAME = re.compile(r"[\w\[\]$@+= -][\w\[\]$@+=. -]{0,149}", re.ASCII)
_SHOWN_CHARACTERS = 40


class RunnerClosedError(RuntimeError):
    """Raised when a job is to be started while the server is stopping."""


class JobRunner:
    """Starts, watches and stops child processes.

    Parameters
    ----------
    hidden
        The folder that jobs in a root of their own do not see: the server's state; `root` if left out.
    put_log_events
        Sends ``(group, stream, [(epoch milliseconds, line), ...], whether the log has begun)`` to CloudWatch Logs.
    """

    def __init__(
        self,
        root: Path,
        environment: Mapping[str, str],
        put_log_events: Callable[[str, str, Events, bool], None],
        limits: Limits | None = None,
        hidden: Path | None = None,
    ) -> None:
        self._root = root
        self._hidden = hidden or root
        root.mkdir(parents=True, exist_ok=True)
        self.limits = limits or Limits.of_machine(root)
        # No child of an earlier server is left, but what it listened on may be.
        shutil.rmtree(self._sockets, ignore_errors=True)
        self._environment = dict(environment)
        self._put_log_events = put_log_events
        self._children: dict[str, Child] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._watchdog = Watchdog(self._running)

    def folder(self, kind: str, name: str) -> Path:
        """Create and return the job folder ``<root>/<kind>/<name>``.

        A name may have parts, ``function/request``. A part that is not a plain file name, such as ``..``, which
        some services allow, is escaped, so that no name leads out of the root.
        """
        path = self._root.joinpath(kind, *map(_file_name, name.split("/")))
        path.mkdir(parents=True, exist_ok=True)
        return path

    @cached_property
    def isolation(self) -> Isolation:
        """Whether containers have a root of their own; `StartError` says that they should and cannot."""
        return find_isolation(self._root)

    def container(self, kind: str, name: str) -> ContainerFolder:
        """Create and return the file system of a job that stands for a container, in its job folder."""
        return ContainerFolder(self.folder(kind, name), own_root=self.isolation.own_root)

    def new_socket(self) -> Path:
        """Return a short path for the Unix socket of a child, in a new folder that only the server's user can reach."""
        folder = self._sockets / secrets.token_hex(4)
        folder.mkdir(mode=0o700, parents=True)
        return folder / "s"

    @property
    def _sockets(self) -> Path:
        return self._root / "sockets"

    def open_log(self, folder: Path, group: str, stream: str, *, begun: bool = False) -> JobLog:
        """Open the log of a job: ``log.txt`` in its folder, and a stream in CloudWatch Logs.

        The stream is written as whoever opens the log: on AWS it is the job's role that must be allowed to. Once it has
        `begun`, it is not made again: who deletes a log group does not get it back with a job's last lines.
        """
        owner, session = principal(), session_name()

        def send(events: Events) -> None:
            nonlocal begun
            with acting_as(owner, session):
                self._put_log_events(group, stream, events, begun)
            begun = True

        return JobLog(folder / "log.txt", send, self.limits.job_log)

    def start(self, command: Command, on_line: Callable[[str], None] | None = None) -> Child:
        """Start a child, e.g. a model server, and return at once.

        Parameters
        ----------
        on_line
            Called with each log line, from the thread that reads the log.

        Raises
        ------
        RunnerClosedError
            If the runner is closed.
        RuntimeError
            If the job id is running already.
        OSError
            If the process cannot be started.
        """
        if command.container is None:
            (command.folder / "tmp").mkdir(exist_ok=True)
        else:
            describe_interpreter(command.interpreter)  # takes a process, once: not under the lock
        full = dataclasses.replace(
            command,
            environment={**self._environment, **command.environment},
            notes=(*command.notes, *(self.isolation.notes() if command.container else ())),
            memory_bytes=min(command.memory_bytes or self.limits.job_memory, self.limits.job_memory),
            disk_bytes=min(command.disk_bytes or self.limits.job_disk, self.limits.job_disk),
        )
        log = self.open_log(command.folder, command.log_group, command.log_stream, begun=command.log_begun)
        with self._lock:
            if self._closed:
                raise RunnerClosedError("the server is stopping and starts no more jobs")
            if command.job_id in self._children and self._children[command.job_id].running:
                raise RuntimeError(f"job {command.job_id} is already running")
            if command.container is not None:
                # Only here: the job that is running may be this one, in the same container.
                _renew_environment(command.container.environment, command)
            child = Child(full, log, on_line, self._hidden)
            self._children[command.job_id] = child
        self._watchdog.look()
        return child

    def run(
        self,
        command: Command,
        on_line: Callable[[str], None] | None = None,
        attend: Callable[[Child], None] | None = None,
    ) -> Outcome:
        """Run a child to its end; see `start`.

        Parameters
        ----------
        attend
            Called once the child runs, to serve it before its end is waited for; if it raises, the child is stopped.
        """
        child = self.start(command, on_line)
        try:
            if attend is not None:
                _attend(child, attend)
            return child.wait()
        finally:
            with self._lock:
                self._children.pop(command.job_id, None)

    def stop(self, job_id: str) -> bool:
        """End a running job; False when it does not run."""
        with self._lock:
            child = self._children.get(job_id)
        if child is None or not child.running:
            return False
        child.stop()
        return True

    def close(self) -> None:
        """End every child and start no more."""
        with self._lock:
            self._closed = True
            children = list(self._children.values())
        for child in children:
            child.begin_stop()
        for child in children:
            child.stop()
        # Nobody else waits for the logs of servers, such as those of endpoints.
        deadline = time.monotonic() + _LAST_LINES_SECONDS
        for child in children:
            child.join_log(max(0.0, deadline - time.monotonic()))
        self._watchdog.close()

    def _running(self) -> list[Child]:
        with self._lock:
            return [child for child in self._children.values() if child.running]


def _renew_environment(folder: Path, command: Command) -> None:
    """Make the Python environment of a container, anew for each of its commands."""
    shutil.rmtree(folder, ignore_errors=True)
    beneath = packages_of(command.beneath[0], command.interpreter) if command.beneath else None
    make_environment(folder, command.interpreter, beneath)


def _attend(child: Child, attend: Callable[[Child], None]) -> None:
    try:
        attend(child)
    except BaseException:
        child.stop()
        child.wait()
        raise


def _file_name(part: str) -> str:
    """Return a part of a job's name as the name of a folder: itself, or its start and a digest."""
    if _PLAIN_NAME.fullmatch(part):
        return part
    digest = hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{re.sub(r'[^A-Za-z0-9]+', '_', part)[:_SHOWN_CHARACTERS]}~{digest}"
