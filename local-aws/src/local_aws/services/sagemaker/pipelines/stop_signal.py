"""The request to stop an execution, as its steps see it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class StopSignal:
    """A stop that can be requested once, and calls back when it is."""

    def __init__(self) -> None:
        self._requested = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    @property
    def requested(self) -> bool:
        """True once the stop has been requested."""
        return self._requested.is_set()

    def request(self) -> None:
        """Request the stop; a second request does nothing."""
        with self._lock:
            if self._requested.is_set():
                return
            self._requested.set()
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback()

    def wait(self, seconds: float) -> bool:
        """Sleep until the request at the latest; True when it came."""
        return self._requested.wait(seconds)

    @contextmanager
    def calling(self, callback: Callable[[], None]) -> Iterator[None]:
        """Call back on a request during the block, or at once if it came before."""
        with self._lock:
            late = self._requested.is_set()
            self._callbacks.append(callback)
        if late:
            callback()
        try:
            yield
        finally:
            with self._lock:
                self._callbacks.remove(callback)
