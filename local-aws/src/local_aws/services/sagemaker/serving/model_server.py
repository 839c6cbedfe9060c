"""A model server process as the rest of the server sees it: start, invoke, stop."""

from __future__ import annotations

import contextvars
import http.client
import os
import queue
import shutil
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from local_aws.kernel.processes.child import Outcome, failure_reason
from local_aws.kernel.processes.command import FINDS_LOCAL_AWS, Command
from local_aws.kernel.processes.runner import JobRunner
from local_aws.services.sagemaker.serving.app import LISTENS

START_SECONDS = 60.0
PRIMARY = "primary"
"""What AWS calls a model's only container."""
INVOCATION_SECONDS = 60.0
"""SageMaker's bound on one invocation."""

_NOTICE_SECONDS = 0.5
_MAX_PATH_BYTES = 100
"""Fewer than the path of a socket may have on any system."""


class ModelServerError(Exception):
    """Raised when a model server cannot be started, or does not answer."""


@dataclass(frozen=True)
class Reply:
    """The model server's answer to an invocation; its content type is empty when it has none.

    Parameters
    ----------
    container
        Which of a model's containers has refused the invocation, as AWS's messages name it.
    """

    status: int
    content_type: str
    body: bytes
    container: str = PRIMARY


class UnixConnection(http.client.HTTPConnection):
    """A connection to the HTTP server that listens on a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=None)
        self._path = path

    def connect(self) -> None:
        """Connect, through the socket's folder when its path is too long."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        if len(os.fsencode(self._path)) <= _MAX_PATH_BYTES:
            self.sock.connect(str(self._path))
            return
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            self.sock.connect(f"/proc/self/fd/{folder}/{self._path.name}")
        finally:
            os.close(folder)


class ModelServer:
    """A running model server; one that does not answer ``/ping`` within a minute raises `ModelServerError`.

    Parameters
    ----------
    command
        What it runs in; its arguments are those of the model server program, beside the socket.
    """

    def __init__(self, jobs: JobRunner, command: Command) -> None:
        self._jobs = jobs
        self._job_id = command.job_id
        self._socket = jobs.new_socket()
        self._listens = False
        self._ended: Outcome | str | None = None
        self._changed = threading.Event()
        self._idle: queue.LifoQueue[UnixConnection] = queue.LifoQueue()
        program = ("python3", "-m", "local_aws.services.sagemaker.serving", "--socket", str(self._socket))
        command = replace(
            command,
            arguments=(*program, *command.arguments),
            shared=(self._socket.parent,),
            environment={**command.environment, **FINDS_LOCAL_AWS},
        )
        # In the caller's context: the log is written as whoever it names.
        run = contextvars.copy_context().run
        self._thread = threading.Thread(target=run, args=(self._run, command), name=command.job_id, daemon=True)
        self._thread.start()
        self._await_start()

    @property
    def running(self) -> bool:
        """True until the process has ended."""
        return self._ended is None

    def invoke(
        self,
        body: bytes,
        headers: Mapping[str, str],
        timeout_seconds: float = INVOCATION_SECONDS,
    ) -> Reply:
        """Send an invocation; a server that does not answer raises `ModelServerError`."""
        return self._request("POST", "/invocations", body, headers, timeout_seconds)

    def get(self, path: str) -> Reply:
        """Get ``/ping`` or ``/execution-parameters``; a server that does not answer raises `ModelServerError`."""
        return self._request("GET", path, None, {}, INVOCATION_SECONDS)

    def stop(self) -> None:
        """End the process and wait for its end."""
        while self._thread.is_alive():
            self._jobs.stop(self._job_id)
            self._thread.join(0.1)
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def _run(self, command: Command) -> None:
        try:
            self._ended = self._jobs.run(command, self._read)
        except (OSError, RuntimeError) as error:
            self._ended = str(error)
        finally:
            shutil.rmtree(self._socket.parent, ignore_errors=True)
            self._changed.set()

    def _read(self, line: str) -> None:
        if line == LISTENS:
            self._listens = True
            self._changed.set()

    def _await_start(self) -> None:
        self._changed.wait(START_SECONDS)
        if not self._listens or self._ended is not None:
            if self._ended is None:
                self.stop()
                raise ModelServerError(f"the model server did not start within {START_SECONDS:.0f} s")
            raise ModelServerError(f"the model server did not start: {_reason(self._ended)}")
        reply = self.get("/ping")
        if reply.status != http.client.OK:
            self.stop()
            raise ModelServerError(f"the model server answered /ping with {reply.status}: {reply.body.decode()}")

    def _request(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], timeout_seconds: float
    ) -> Reply:
        deadline = time.monotonic() + timeout_seconds
        while True:
            connection, fresh = self._connection()
            connection.timeout = timeout_seconds
            if connection.sock is not None:
                connection.sock.settimeout(timeout_seconds)
            try:
                connection.request(method, path, body, dict(headers))
                answer = connection.getresponse()
                reply = Reply(answer.status, answer.getheader("Content-Type", ""), answer.read())
            except TimeoutError as error:
                connection.close()
                raise ModelServerError(f"the model server did not answer within {timeout_seconds:.0f} s") from error
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                # The server may have closed a kept connection; only a fresh one shows whether it is up.
                if fresh or time.monotonic() > deadline:
                    # The end of a process that has just died is noticed some milliseconds later.
                    self._thread.join(_NOTICE_SECONDS)
                    reason = type(error).__name__ if self._ended is None else _reason(self._ended)
                    raise ModelServerError(f"the model server does not answer: {reason}") from error
                continue
            self._idle.put(connection)
            return reply

    def _connection(self) -> tuple[UnixConnection, bool]:
        try:
            return self._idle.get_nowait(), False
        except queue.Empty:
            return UnixConnection(self._socket), True


def _reason(ended: Outcome | str) -> str:
    return ended if isinstance(ended, str) else failure_reason(ended)
