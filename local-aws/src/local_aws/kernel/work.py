"""What the server does in the background has one life cycle: it is started, asked, stopped, and recovered.

A `Loop` repeats one piece of work, a `Schedule` handles keys when they are due, and `Work` runs something long per key.
Each ends within `LAST_SECONDS` of `stop`. What a killed server left unfinished is for the owner's ``recover``, which
ends it with `SERVER_STOPPED`.
"""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

LAST_SECONDS = 5.0
"""How long `stop` waits for work under way."""
SERVER_STOPPED = "the local_aws server stopped before this ended"
"""Why something failed that ran when the server was stopped or killed."""
HOUR = 3600.0
"""Seconds between two rounds of housekeeping."""

_log = logging.getLogger(__name__)


class Loop:
    """A thread that repeats a piece of work: when it is asked for, and when the seconds that a round returns are over.

    Parameters
    ----------
    work
        One round. It returns the seconds until the next round, or None to wait until one is asked for; what it
        raises is logged, and it is tried again at the next occasion.
    gather_seconds
        How long a round waits for more to do before it starts.
    pause_seconds
        How long at least between two rounds.
    retry_seconds
        How long after a round that raised the next one starts; None to wait until one is asked for.
    finishes
        Whether `stop` does a last round.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], float | None],
        *,
        gather_seconds: float = 0.0,
        pause_seconds: float = 0.0,
        retry_seconds: float | None = None,
        finishes: bool = True,
    ) -> None:
        self._name = name
        self._work = work
        self._gather_seconds = gather_seconds
        self._pause_seconds = pause_seconds
        self._retry_seconds = retry_seconds
        self._finishes = finishes
        self._asked = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def is_stopping(self) -> bool:
        """True once `stop` was called."""
        return self._stopping.is_set()

    def start(self, *, asked: bool = False) -> None:
        """Start the thread; a round that was asked for already is done now."""
        if asked:
            self._asked.set()
        self._thread.start()

    def ask(self) -> None:
        """Ask for a round, and return at once."""
        self._asked.set()

    def stop(self) -> None:
        """End after the round under way, and after a last one where the loop finishes its work."""
        self._stopping.set()
        self._asked.set()
        join([self._thread])

    def _run(self) -> None:
        seconds: float | None = None
        while True:
            self._asked.wait(seconds)
            self._stopping.wait(self._gather_seconds)
            self._asked.clear()
            is_last = self._stopping.is_set()
            if is_last and not self._finishes:
                return
            try:
                seconds = self._work()
            except Exception:  # noqa: BLE001 (the boundary of the thread: a failed round must not end it)
                _log.exception("a round of %s failed", self._name)
                seconds = self._retry_seconds
            if is_last:
                return
            self._stopping.wait(self._pause_seconds)


class Schedule:
    """Keys that are handled when they are due, by a few threads.

    Parameters
    ----------
    handle
        Handles one key; what it raises is logged. It may put the key back with `put`.
    """

    def __init__(self, name: str, handle: Callable[[str], None], threads: int = 4) -> None:
        self._name = name
        self._handle = handle
        self._most_threads = threads
        self._due: list[tuple[float, str]] = []
        self._changed = threading.Condition()
        self._is_stopping = False
        self._threads: list[threading.Thread] = []

    def put(self, key: str, seconds: float = 0.0) -> None:
        """Handle a key after some seconds."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, key))
            if len(self._threads) < min(self._most_threads, len(self._due)) and not self._is_stopping:
                thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify()

    def stop(self) -> None:
        """Handle nothing more; the keys that wait are their owner's to recover."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        join(self._threads)

    def _run(self) -> None:
        while (key := self._next()) is not None:
            try:
                self._handle(key)
            except Exception:  # noqa: BLE001 (the boundary of the thread: one key must not end it)
                _log.exception("%s: %s is left until the next start", self._name, key)

    def _next(self) -> str | None:
        with self._changed:
            while not self._is_stopping:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[1]
                self._changed.wait(wait)
        return None


@dataclass(frozen=True)
class Running:
    """Work under way."""

    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when a user asked for its end."""
    done: threading.Event = field(default_factory=threading.Event)
    """Set when it has ended and its record says how."""


_Run = Callable[[Running], Callable[[], None] | None]


class Work:
    """Work that runs in a thread per key; what is not running has ended, and its record says how."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._running: dict[str, Running] = {}
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def start(self, key: str, work: _Run, admit: Callable[[], None] = lambda: None) -> Running:
        """Run ``work(running)`` in a thread; what it returns, if anything, is called after its end was announced.

        `admit` is called first, in this thread, while nobody else can start the same key: what it raises is raised
        here, and nothing is started.

        Raises
        ------
        KeyError
            If that key runs already.
        """
        with self._lock:
            if key in self._running:
                raise KeyError(key)
            running = self._running[key] = Running()
        try:
            admit()
        except BaseException:
            self._end(key)
            raise
        thread = threading.Thread(target=self._run, args=(key, work), name=f"{self._name} {key}", daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()
        return running

    def find(self, key: str) -> Running | None:
        """Return the work of a key that runs, or None."""
        with self._lock:
            return self._running.get(key)

    def wait(self, key: str, seconds: float | None = None) -> bool:
        """Wait until a key has ended; False when it still runs after `seconds`."""
        running = self.find(key)
        return running is None or running.done.wait(seconds)

    def stop(self) -> None:
        """Wait for the work under way, whose processes have been ended."""
        with self._lock:
            threads = list(self._threads)
        join(threads)

    def _run(self, key: str, work: _Run) -> None:
        afterwards = None
        try:
            afterwards = work(self._running[key])
        except Exception:  # noqa: BLE001 (the boundary of the thread; the owner's work ends its own record)
            _log.exception("%s %s", self._name, key)
        finally:
            self._end(key)
        try:
            if afterwards is not None:
                afterwards()
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _end(self, key: str) -> None:
        with self._lock:
            running = self._running.pop(key)
        running.done.set()


def join(threads: Iterable[threading.Thread]) -> None:
    """Wait `LAST_SECONDS` at most, in all, for the ends of threads."""
    deadline = time.monotonic() + LAST_SECONDS
    for thread in threads:
        if thread.ident is not None and thread is not threading.current_thread():
            thread.join(max(0.0, deadline - time.monotonic()))
