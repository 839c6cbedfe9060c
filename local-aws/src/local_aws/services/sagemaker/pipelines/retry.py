"""Retry policies of steps, as the developer guide's "Retry Policy for Pipeline Steps" describes them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from local_aws.kernel.errors import AwsError
from local_aws.services.sagemaker.pipelines.errors import DefinitionError

SERVICE_FAULT = "Step.SERVICE_FAULT"
THROTTLING = "Step.THROTTLING"
JOB_INTERNAL_ERROR = "SageMaker.JOB_INTERNAL_ERROR"
CAPACITY_ERROR = "SageMaker.CAPACITY_ERROR"
RESOURCE_LIMIT = "SageMaker.RESOURCE_LIMIT"

_EXCEPTION_TYPES = (SERVICE_FAULT, THROTTLING, JOB_INTERNAL_ERROR, CAPACITY_ERROR, RESOURCE_LIMIT)
_MEMBERS = frozenset({"ExceptionType", "IntervalSeconds", "BackoffRate", "MaxAttempts", "ExpireAfterMin"})
_DEFAULT_ATTEMPTS = 5
_MAX_ATTEMPTS = 20
_MAX_MINUTES = 14_400

_THROTTLING_CODES = frozenset({"Throttling", "ThrottlingException", "TooManyRequestsException"})
_JOB_FAILURES = {
    "InternalServerError": JOB_INTERNAL_ERROR,
    "CapacityError": CAPACITY_ERROR,
    "InsufficientCapacityError": CAPACITY_ERROR,
    "ResourceLimitExceeded": RESOURCE_LIMIT,
}
"""The exception type of a job by the first word of its ``FailureReason``."""


@dataclass(frozen=True)
class RetryPolicy:
    """One retry policy."""

    exception_types: frozenset[str]
    interval_seconds: float = 1.0
    backoff_rate: float = 2.0
    max_attempts: int | None = _DEFAULT_ATTEMPTS
    """The maximum number of retries; None when time limits them."""
    expire_after_minutes: int | None = None
    """After the step's start; None when the number of retries is limited."""


class Retries:
    """Counts the retries of one step; the first policy that names a failure's exception type applies to it."""

    def __init__(self, policies: tuple[RetryPolicy, ...]) -> None:
        self._policies = policies
        self._used = [0] * len(policies)

    def delay(self, exception_type: str | None, elapsed_seconds: float) -> float | None:
        """Return the seconds to wait before the next attempt, or None when there is none."""
        for index, policy in enumerate(self._policies):
            if exception_type in policy.exception_types:
                used = self._used[index]
                if policy.max_attempts is not None and used >= policy.max_attempts:
                    return None
                if policy.expire_after_minutes is not None and elapsed_seconds >= policy.expire_after_minutes * 60:
                    return None
                self._used[index] = used + 1
                return policy.interval_seconds * policy.backoff_rate**used
        return None


def parse_policies(nodes: Any) -> tuple[RetryPolicy, ...]:
    """Read a step's ``RetryPolicies``."""
    if not isinstance(nodes, list) or not all(isinstance(node, dict) for node in nodes):
        raise DefinitionError("RetryPolicies is a list of objects")
    return tuple(_parse_policy(node) for node in nodes)


def classify_error(error: AwsError) -> str | None:
    """Return the exception type of a call that was refused; None when it is the caller's fault."""
    if error.code in _THROTTLING_CODES:
        return THROTTLING
    if error.code == "ResourceLimitExceeded":
        return RESOURCE_LIMIT
    return SERVICE_FAULT if error.status >= 500 and error.status != 501 else None


def classify_job_failure(reason: str) -> str | None:
    """Return the exception type of a job that failed; None when its own code is at fault."""
    return _JOB_FAILURES.get(reason.partition(":")[0].strip())


def _parse_policy(node: dict[str, Any]) -> RetryPolicy:
    if unknown := node.keys() - _MEMBERS:
        raise DefinitionError(f"a retry policy has no member {', '.join(sorted(unknown))}")
    types = node.get("ExceptionType")
    if not isinstance(types, list) or not types or not set(types) <= set(_EXCEPTION_TYPES):
        raise DefinitionError(
            f"ExceptionType {types!r} of a retry policy is not a list of {', '.join(_EXCEPTION_TYPES)}"
        )
    if "MaxAttempts" in node and "ExpireAfterMin" in node:
        raise DefinitionError("a retry policy takes MaxAttempts or ExpireAfterMin, not both")
    minutes = node.get("ExpireAfterMin")
    attempts = node.get("MaxAttempts", None if minutes is not None else _DEFAULT_ATTEMPTS)
    return RetryPolicy(
        frozenset(types),
        _number("IntervalSeconds", node.get("IntervalSeconds", 1)),
        _number("BackoffRate", node.get("BackoffRate", 2)),
        None if attempts is None else int(_number("MaxAttempts", attempts, _MAX_ATTEMPTS)),
        None if minutes is None else int(_number("ExpireAfterMin", minutes, _MAX_MINUTES)),
    )


def _number(member: str, value: Any, maximum: float = math.inf) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= maximum:
        raise DefinitionError(f"{member} {value!r} of a retry policy is not a number from 0 to {maximum}")
    return float(value)
