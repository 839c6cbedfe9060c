"""The errors of definitions, values and steps."""

from __future__ import annotations

from local_aws.kernel.errors import AwsError


class DefinitionError(Exception):
    """Raised when a pipeline definition cannot be run; the message says where and why."""


class ReferenceTypeError(DefinitionError):
    """Raised when a parameter's value cannot stand where the definition refers to it; the message is AWS's."""


class NoValueError(Exception):
    """Raised when an expression has no value of a usable type in this execution."""


class StepFailedError(Exception):
    """Raised when a step failed, for a reason that may be empty.

    A retry policy can name its exception type, e.g. ``SageMaker.JOB_INTERNAL_ERROR``; without one it is not retried.
    """

    def __init__(self, reason: str, exception_type: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.exception_type = exception_type


class StepStoppedError(Exception):
    """Raised when a step ended because it, or the execution, was stopped."""


class StepSuspendedError(Exception):
    """Raised when a step waits for somebody else and the server ends: the next server goes on waiting."""


class CallRefusedError(AwsError):
    """Raised when an operation that a step calls, e.g. ``"sagemaker:CreateModel"``, refuses."""

    def __init__(self, operation: str, error: AwsError) -> None:
        super().__init__(error.code, error.message, error.status)
        self.operation = operation

    @property
    def reason(self) -> str:
        """The reason of the step that fails by it."""
        return f"ClientError: Failed to invoke {self.operation}. Error Details: {self.message}"
