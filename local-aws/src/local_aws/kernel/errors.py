"""The exceptions that become an AWS error answer, or the reason why the server does not start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class AwsError(Exception):
    """Raised when a request cannot be served; the front turns it into the service's error shape.

    Parameters
    ----------
    code
        The error code clients match on, e.g. ``"ValidationException"``.
    members
        Further members of the error's shape, e.g. ``OriginalStatusCode`` of a ``ModelError``.
    """

    def __init__(self, code: str, message: str, status: int = 400, members: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = dict(members or {})

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    @property
    def reason(self) -> str:
        """The message as the reason why a job has failed, with the bucket that S3's own words leave out."""
        bucket = self.members.get("BucketName")
        return self.message if bucket is None else f"{self.message}: {bucket}"


class StartError(RuntimeError):
    """Raised when the server cannot start: its text says what stands in the way, and what to do about it."""


def not_implemented(service: str, operation: str) -> AwsError:
    """Return the error for an operation that the server does not really do."""
    return AwsError(
        "NotImplemented",
        f"local_aws does not support {service}:{operation}. docs/local-aws.md lists the operations that it supports.",
        status=501,
    )
