"""EventBridge's errors."""

from __future__ import annotations

from local_aws.kernel.errors import AwsError


def invalid(message: str) -> AwsError:
    """Return the error for what EventBridge refuses, be it a request or a state."""
    return AwsError("ValidationException", message)
