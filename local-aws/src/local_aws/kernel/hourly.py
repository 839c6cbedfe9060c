"""Housekeeping: work that is done when the server starts, and every hour."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

_log = logging.getLogger(__name__)
_SECONDS_BETWEEN = 3600
_LAST_ROUND_SECONDS = 5


class Hourly:
    """A thread that does a piece of work every hour.

    Parameters
    ----------
    name
        The thread's name, for the log.
    work
        One round of the work.
    """

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self._name = name
        self._work = work
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start with a first round."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the round under way."""
        self._stopped.set()
        self._thread.join(_LAST_ROUND_SECONDS)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._work()
            except Exception:  # noqa: BLE001 (the boundary of the thread: the next round may do better)
                _log.exception("%s failed; it is tried again in an hour", self._name)
            self._stopped.wait(_SECONDS_BETWEEN)
