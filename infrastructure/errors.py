"""The one exception of this package."""

from __future__ import annotations


class DeploymentError(RuntimeError):
    """Raised when a deployment cannot be brought up to date, checked or removed.

    Parameters
    ----------
    subject
        What it is about, e.g. a stack.
    reason
        Why, and what to do.
    """

    def __init__(self, subject: str, reason: str) -> None:
        super().__init__(f"{subject}: {reason}")
        self.subject = subject
        self.reason = reason
