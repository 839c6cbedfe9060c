"""Looks at what running jobs use, and ends those that use more than they may."""

from __future__ import annotations

import logging
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from local_aws.kernel.limits import MB
from local_aws.kernel.processes import usage

_log = logging.getLogger(__name__)
_MEMORY_SECONDS = 0.2 if sys.platform == "linux" else 1.0
_LONGEST_PAUSE_SECONDS = 1.0
_DISK_SECONDS = 1.0
_SHARE = 20
"""What takes long to look at is looked at less often: for a twentieth of the time, processes each second at least."""
_LAST_LOOK_SECONDS = 5.0
_LEAST_FREE_BYTES = 100 * MB
"""Room on the disk that jobs leave: the server's own state has to be stored."""


class Watched(Protocol):
    """A job as the watchdog sees it."""

    @property
    def pid(self) -> int:
        """The leader of its process group."""

    @property
    def folder(self) -> Path:
        """Where it works."""

    @property
    def memory_bytes(self) -> int:
        """What its processes may use."""

    @property
    def disk_bytes(self) -> int:
        """What its folder may hold."""

    def breach(self, reason: str, processes: Iterable[int]) -> None:
        """End its group and those of its processes that have left it, for that reason."""


class Watchdog:
    """A thread that looks at the jobs of a runner."""

    def __init__(self, jobs: Callable[[], Iterable[Watched]]) -> None:
        self._jobs = jobs
        self._due: dict[int, float] = {}
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="job watchdog", daemon=True)
        self._thread.start()

    def look(self) -> None:
        """Begin to look, when a job has been started."""
        self._wake.set()

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        self._wake.set()
        self._thread.join(_LAST_LOOK_SECONDS)

    def _run(self) -> None:
        while True:
            self._wake.wait()
            if self._closed.is_set():
                return
            self._wake.clear()
            jobs = list(self._jobs())
            if not jobs:
                self._due.clear()
                continue
            pause = _MEMORY_SECONDS
            try:
                begun = time.monotonic()
                running = usage.processes()
                pause = min(max(pause, _SHARE * (time.monotonic() - begun)), _LONGEST_PAUSE_SECONDS)
                self._look_at(jobs, running)
            except Exception:  # noqa: BLE001 (the boundary of the thread: the next look may do better)
                _log.exception("a look at the running jobs failed")
            self._wake.set()
            self._closed.wait(pause)

    def _look_at(self, jobs: list[Watched], running: list[usage.Process]) -> None:
        for job in jobs:
            group = usage.members(job.pid, running)
            reason = _memory_reason(job, group) or self._disk_reason(job)
            if reason:
                job.breach(reason, [process.pid for process in group])

    def _disk_reason(self, job: Watched) -> str | None:
        begun = time.monotonic()
        if begun < self._due.get(job.pid, 0.0):
            return None
        used = usage.folder_size(job.folder)
        ended = time.monotonic()
        self._due[job.pid] = ended + max(_DISK_SECONDS, _SHARE * (ended - begun))
        if used > job.disk_bytes:
            return (
                f"No space left on device: the job's folder holds {used // MB} MB, and its limit is "
                f"{job.disk_bytes // MB} MB"
            )
        free = shutil.disk_usage(job.folder).free
        if free < _LEAST_FREE_BYTES < used:
            return f"No space left on device: {free // MB} MB are free on the disk of {job.folder}; make room"
        return None


def _memory_reason(job: Watched, group: list[usage.Process]) -> str | None:
    # Resident memory is quick to read; only what looks like too much is counted exactly.
    if sum(process.memory for process in group) <= job.memory_bytes:
        return None
    used = usage.memory(group)
    if used <= job.memory_bytes:
        return None
    return f"OutOfMemory: the job's processes use {used // MB} MB, and its limit is {job.memory_bytes // MB} MB"
