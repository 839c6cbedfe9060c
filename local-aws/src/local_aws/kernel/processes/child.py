"""A child process: how it ends, and the process itself.

Each child is started under `lifeline`, which leads its own process group and ends that group when this process
goes away, however it goes. The child gets a clean environment: what it needs and nothing of the caller's.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from local_aws.kernel.limits import MB
from local_aws.kernel.processes.command import Command, arguments_of, environment_of, places_of
from local_aws.kernel.processes.job_log import JobLog
from local_aws.kernel.processes.output import read_output, split_lines

End = Literal["finished", "timed-out", "stopped"]

_LIFELINE = Path(__file__).with_name("lifeline.py")
_TAIL_LINES = 60
_TAIL_CHARACTERS = 4096
"""What the tail keeps of a line."""
_REMEDY = "LOCAL_AWS_JOB_MEMORY_MB and LOCAL_AWS_JOB_DISK_MB set the limits of jobs"
_KILLED = 128 + signal.SIGKILL
_NOT_TO_BE_ENDED = (ProcessLookupError, PermissionError)
"""What ends a process raises when it has ended, or has become another user's, by sudo for example."""
_LEAST_SLACK = 1024 * MB
"""Between the memory that a job may use and what one process may ask for: threads' stacks and reserves count there."""


@dataclass(frozen=True)
class Outcome:
    """How a child ended."""

    exit_code: int
    """Its exit code; negative for a signal. 137, as of a container that is killed, when it went past a limit."""
    end: End
    tail: tuple[str, ...]
    seconds: float
    breach: str = ""
    """Which limit it went past, and was ended for; empty if none."""

    @property
    def succeeded(self) -> bool:
        """True when it finished by itself with exit code 0."""
        return self.end == "finished" and self.exit_code == 0


class Child:
    """A running child process.

    Parameters
    ----------
    hidden
        The folder that a child in a root of its own does not see.
    """

    def __init__(self, command: Command, log: JobLog, on_line: Callable[[str], None] | None, hidden: Path) -> None:
        self.command = command
        self.folder = command.folder
        self.memory_bytes = command.memory_bytes or 0
        self.disk_bytes = command.disk_bytes or 0
        self._breach = ""
        self._lock = threading.Lock()
        self._end: End = "finished"
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._log = log
        self._on_line = on_line
        self._started = time.monotonic()
        self._lifeline_read, self._lifeline_write = os.pipe()
        try:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", str(_LIFELINE), str(self._lifeline_read)),
                    str(self.memory_bytes + max(self.memory_bytes // 4, _LEAST_SLACK)),
                    str(self.disk_bytes),
                    *(*places_of(command, hidden), "--", *arguments_of(command)),
                ],
                cwd=command.working_directory or (command.container.root if command.container else command.folder),
                env=environment_of(command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(self._lifeline_read,),
                start_new_session=True,
            )
        except OSError:
            os.close(self._lifeline_write)
            raise
        finally:
            os.close(self._lifeline_read)
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stdout,), name=f"log {command.job_id}", daemon=True
        )
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process that leads its group."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """True until the process has ended."""
        return self._process.poll() is None

    @property
    def tail(self) -> tuple[str, ...]:
        """The last log lines so far."""
        return tuple(self._tail)

    @property
    def seconds_left(self) -> float | None:
        """What is left of the command's timeout, 0 when it is over; None without one."""
        if self.command.timeout_seconds is None:
            return None
        return max(0.0, self._started + self.command.timeout_seconds - time.monotonic())

    def wait(self) -> Outcome:
        """Wait for the end, within the command's timeout; the log is complete when this returns."""
        try:
            self._process.wait(self.seconds_left)
        except subprocess.TimeoutExpired:
            self._kill("timed-out")
        exit_code = self._process.wait()
        self._end_stragglers()
        self._reader.join()
        self._release()
        if self._breach:
            exit_code = _KILLED
        return Outcome(exit_code, self._end, self.tail, time.monotonic() - self._started, self._breach)

    def breach(self, reason: str, processes: Iterable[int]) -> None:
        """End the process group and these processes at once, because they went past a limit."""
        with self._lock:
            if self._breach or self._end != "finished" or not self.running:
                return
            self._breach = reason
        self._end_stragglers()
        for process in processes:
            with contextlib.suppress(*_NOT_TO_BE_ENDED):
                os.kill(process, signal.SIGKILL)

    def stop(self) -> None:
        """End the whole process group; a child that has ended is left alone."""
        if self.running:
            self._kill("stopped")

    def begin_stop(self) -> None:
        """Ask the process group to end, without waiting for it."""
        if self.running:
            self._end = "stopped"
            self._release()

    def join_log(self, seconds: float) -> None:
        """Wait until the log of a child that has ended is written, for so long at most."""
        self._reader.join(seconds)

    def _kill(self, end: End) -> None:
        self._end = end
        self._release()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)

    def _end_stragglers(self) -> None:
        """End what the command left running in its group: it would hold the log open."""
        with contextlib.suppress(*_NOT_TO_BE_ENDED):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _release(self) -> None:
        """Close the lifeline: what is left of the process group ends."""
        with self._lock:
            descriptor, self._lifeline_write = self._lifeline_write, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _read(self, stream: IO[bytes]) -> None:
        with self._log, stream:
            for note in self.command.notes:
                self._log.write(f"local_aws: {note}")
            for line in split_lines(read_output(stream, lambda: not self.running)):
                self._tail.append(line[:_TAIL_CHARACTERS])
                self._log.write(line)
                if self._on_line is not None:
                    self._on_line(line)


def failure_reason(outcome: Outcome, limit: int = 1024) -> str:
    """Return why a job failed: how it ended and the tail of its log, within `limit` characters."""
    if outcome.end == "timed-out":
        head = f"the job ran out of time after {outcome.seconds:.0f} s"
    elif outcome.end == "stopped":
        head = "the job was stopped"
    elif outcome.breach:
        head = f"{outcome.breach} ({_REMEDY}), exit code: {outcome.exit_code}"
    else:
        head = f"exit code {outcome.exit_code}"
    text = "\n".join(outcome.tail).strip()
    room = limit - len(head) - 2
    return f"{head}: {text[-room:]}" if text else head
