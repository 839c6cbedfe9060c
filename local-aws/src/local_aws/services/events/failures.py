"""Deliveries that failed: whether to try again, and the words that EventBridge has for why."""

from __future__ import annotations

from dataclasses import dataclass

from local_aws.kernel.errors import AwsError

_NO_PERMISSIONS = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "NotAuthorized"})
_NO_RESOURCE = frozenset(
    {"NotFound", "QueueDoesNotExist", "ResourceNotFound", "ResourceNotFoundException", "NoSuchEntity"}
)
_THROTTLING = frozenset(
    {
        *("RequestThrottled", "Throttled", "Throttling", "ThrottlingException", "TooManyRequestsException"),
        *("TooManyRequests", "EC2ThrottledException"),
    }
)
_LIMITS = frozenset({"LimitExceededException", "ResourceLimitExceeded"})
_COLLISIONS = frozenset({"ConflictException", "ResourceConflictException"})


@dataclass(frozen=True)
class Failure:
    """Why a try to deliver failed."""

    code: str
    """One of the codes that EventBridge writes into ``ERROR_CODE``."""
    message: str
    is_passing: bool


def failure_of(error: Exception) -> Failure:
    """Return what an error of a target means for the delivery.

    What the caller is to blame for stays wrong however often it is tried; what the target is to blame for, or is too
    busy for, may pass.
    """
    if not isinstance(error, AwsError):
        return Failure("INTERNAL_ERROR", f"{type(error).__name__}: {error}", True)
    if error.code in _THROTTLING or error.status == 429:
        return Failure("THROTTLING", str(error), True)
    if error.code in _LIMITS:
        return Failure("RESOURCE_LIMIT_EXCEEDED", str(error), True)
    if error.code in _COLLISIONS:
        return Failure("RESOURCE_MODIFICATION_COLLISION", str(error), True)
    if error.status >= 500 and error.code != "NotImplemented":
        return Failure("ERROR_FROM_TARGET", str(error), True)
    return Failure(_permanent_code(error), str(error), False)


def _permanent_code(error: AwsError) -> str:
    if error.code == "InvalidJson":
        return "INVALID_JSON"
    if error.code in _NO_PERMISSIONS:
        return "NO_PERMISSIONS"
    if error.code in _NO_RESOURCE:
        return "NO_RESOURCE"
    if error.code.startswith(("Invalid", "Validation")):
        return "INVALID_PARAMETER"
    return "SDK_CLIENT_ERROR"
