"""The exception of this package."""

from __future__ import annotations


class DeploymentError(RuntimeError):
    """Raised when a deployment cannot be updated, checked or removed; the reason says what to do."""

    def __init__(self, subject: str, reason: str) -> None:
        super().__init__(f"{subject}: {reason}")
        self.subject = subject
        self.reason = reason
