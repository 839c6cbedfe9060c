"""The log of one job: a file beside the job, and batches to CloudWatch Logs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from local_aws.kernel.limits import MB

Events = list[tuple[int, str]]

_FLUSH_SECONDS = 1.0
_BATCH_LINES = 1000
_BATCH_CHARACTERS = 700_000
"""With what UTF-8 and JSON add, a batch of PutLogEvents, which is 1 MB."""
_MESSAGE_CHARACTERS = 250_000
"""CloudWatch Logs takes events up to 256 KB."""


class JobLog:
    """Writes lines to disk at once and sends them on in batches.

    Parameters
    ----------
    send
        Takes a batch of (epoch milliseconds, line).
    most_bytes
        How large the file may become; the last line says that the rest is not kept.
    """

    def __init__(self, path: Path, send: Callable[[Events], None], most_bytes: int) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._send = send
        self._most_bytes = most_bytes
        self._room = most_bytes - self._file.tell()
        self._pending: Events = []
        self._pending_characters = 0
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
        """Add a line, while there is room."""
        if self._room <= 0:
            return
        self._room -= len(line.encode("utf-8", "replace")) + 1
        if self._room <= 0:
            line = (
                f"local_aws: the log has reached {self._most_bytes // MB} MB and ends here; what follows is not kept "
                "(LOCAL_AWS_JOB_LOG_MB allows more)"
            )
        self._file.write(line + "\n")
        with self._lock:
            # CloudWatch refuses empty messages; a blank keeps the line.
            message = line[:_MESSAGE_CHARACTERS] or " "
            self._pending.append((int(time.time() * 1000), message))
            self._pending_characters += len(message)
            full = len(self._pending) >= _BATCH_LINES or self._pending_characters >= _BATCH_CHARACTERS
        if full:
            self._flush()

    def _flush_regularly(self) -> None:
        while not self._closed.wait(_FLUSH_SECONDS):
            self._flush()

    def _flush(self) -> None:
        self._file.flush()
        with self._lock:
            batch, self._pending, self._pending_characters = self._pending, [], 0
        if batch:
            self._send(batch)
