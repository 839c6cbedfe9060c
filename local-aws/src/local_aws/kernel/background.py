"""Work that is done in the background soon after it is asked for, and once more at the end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

_LAST_ROUND_SECONDS = 5.0
_log = logging.getLogger(__name__)


class Background:
    """A thread that does a piece of work.

    Parameters
    ----------
    name
        The thread's name, for the log.
    work
        One round of the work; what it raises is logged, and the next round may do better.
    gather_seconds
        How long a round waits for more to do before it begins.
    """

    def __init__(self, name: str, work: Callable[[], None], gather_seconds: float = 0.0) -> None:
        self._name = name
        self._work = work
        self._gather_seconds = gather_seconds
        self._some = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def is_stopping(self) -> bool:
        """True once the last round may have been done."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Begin; a round that was asked for before is done now."""
        self._thread.start()

    def ask(self) -> None:
        """Ask for a round; returns at once."""
        self._some.set()

    def stop(self) -> None:
        """Do a last round, and end within seconds."""
        self._stopping.set()
        self._some.set()
        if self._thread.is_alive():
            self._thread.join(_LAST_ROUND_SECONDS)

    def _run(self) -> None:
        is_last = False
        while not is_last:
            self._some.wait()
            self._stopping.wait(self._gather_seconds)
            self._some.clear()
            is_last = self._stopping.is_set()
            try:
                self._work()
            except Exception:  # noqa: BLE001 (the boundary of the thread: a round that fails must not end it)
                _log.exception("a round of %s failed", self._name)
