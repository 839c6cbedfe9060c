"""Which jobs run at the moment: who must wait for one or stop one looks here, without polling."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Ticket:
    """One running job.

    Parameters
    ----------
    stopping
        Set when somebody asked for its end.
    done
        Set when its record has its final status.
    """

    stopping: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)


class JobBoard:
    """The running jobs by kind and name.

    Kinds are ``"processing-job"``, ``"training-job"``, ``"transform-job"``, ``"automl-job"`` and ``"endpoint"`` (while
    it is being created, updated or deleted). What is not on the board has come to its end: its record says how.
    """

    def __init__(self) -> None:
        self._tickets: dict[tuple[str, str], Ticket] = {}
        self._lock = threading.Lock()

    def begin(self, kind: str, name: str) -> Ticket:
        """Put a job on the board.

        Raises
        ------
        KeyError
            If that job is on it already.
        """
        with self._lock:
            if (kind, name) in self._tickets:
                raise KeyError(f"{kind} {name}")
            ticket = self._tickets[kind, name] = Ticket()
        return ticket

    def find(self, kind: str, name: str) -> Ticket | None:
        """Return the ticket of a running job, or None."""
        with self._lock:
            return self._tickets.get((kind, name))

    def finish(self, kind: str, name: str) -> None:
        """Take a job off the board, after its record has its final status, and wake who waits for it."""
        with self._lock:
            ticket = self._tickets.pop((kind, name))
        ticket.done.set()

    def wait(self, kind: str, name: str, timeout_seconds: float | None = None) -> bool:
        """Wait until a job has come to its end.

        Returns
        -------
        bool
            False when it still runs after `timeout_seconds`.
        """
        ticket = self.find(kind, name)
        return ticket is None or ticket.done.wait(timeout_seconds)

    def drain(self, timeout_seconds: float) -> bool:
        """Wait until no job runs, e.g. before the records are closed; False when some still do."""
        deadline = time.monotonic() + timeout_seconds
        with self._lock:
            tickets = list(self._tickets.values())
        return all(ticket.done.wait(max(0.0, deadline - time.monotonic())) for ticket in tickets)
