"""The exception that a command ends with."""

from __future__ import annotations


class CommandError(RuntimeError):
    """Raised when a command cannot continue.

    Attributes
    ----------
    step
        What failed, such as a job, a pipeline step or a query.
    reason
        Why, and what to do.
    log
        Where to read more, or the end of a log; empty when there is none.
    """

    def __init__(self, step: str, reason: str, log: str = "") -> None:
        super().__init__(f"{step}: {reason}")
        self.step = step
        self.reason = reason
        self.log = log
