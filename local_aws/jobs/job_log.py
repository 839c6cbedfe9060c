"""The log of one job: a file beside the job, and batches to CloudWatch Logs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

Events = list[tuple[int, str]]

_FLUSH_SECONDS = 1.0
_BATCH_LINES = 1000
_MESSAGE_CHARACTERS = 250_000
"""CloudWatch Logs takes events up to 256 KB."""


class JobLog:
    """Writes lines to disk at once and sends them on in batches.

    Parameters
    ----------
    path
        The log file; appended to.
    send
        Takes a batch of (epoch milliseconds, line).
    """

    def __init__(self, path: Path, send: Callable[[Events], None]) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._send = send
        self._pending: Events = []
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._flusher = threading.Thread(target=self._flush_regularly, name=f"flush {path}", daemon=True)

    def __enter__(self) -> JobLog:
        self._flusher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._flusher.join()
        self._flush()
        self._file.close()

    def write(self, line: str) -> None:
        """Add one line."""
        self._file.write(line + "\n")
        with self._lock:
            # CloudWatch refuses empty messages; a blank keeps the line.
            self._pending.append((int(time.time() * 1000), line[:_MESSAGE_CHARACTERS] or " "))
            full = len(self._pending) >= _BATCH_LINES
        if full:
            self._flush()

    def _flush_regularly(self) -> None:
        while not self._closed.wait(_FLUSH_SECONDS):
            self._flush()

    def _flush(self) -> None:
        self._file.flush()
        with self._lock:
            batch, self._pending = self._pending, []
        if batch:
            self._send(batch)
