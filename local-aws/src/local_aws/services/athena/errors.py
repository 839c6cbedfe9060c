"""Why a request or a query cannot be served, in the words and categories of Athena."""

from __future__ import annotations

from typing import Any, Final, Literal

from local_aws.kernel.errors import AwsError

FailureKind = Literal["user", "data", "ddl", "timeout", "engine", "output"]

# (ErrorCategory, ErrorType) as in Athena's error catalog; category 1 is the system's fault, 2 the user's.
_CATALOG: Final[dict[FailureKind, tuple[int, int]]] = {
    "user": (2, 1000),
    "data": (2, 1001),
    "ddl": (2, 1003),
    "timeout": (2, 206),
    "engine": (1, 200),
    "output": (2, 401),
}


class MalformedQueryError(ValueError):
    """Raised when a query text is not SQL that Athena accepts: StartQueryExecution refuses it."""


class QueryFailedError(Exception):
    """Raised when a well-formed query cannot be run; its execution ends as FAILED.

    Parameters
    ----------
    code
        Athena's name of the error, e.g. ``"TABLE_NOT_FOUND"``; with the message it is the StateChangeReason.
    kind
        Who is at fault.
    """

    def __init__(self, code: str, message: str, kind: FailureKind = "user") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.kind: FailureKind = kind

    @property
    def document(self) -> dict[str, Any]:
        """Its parameters by name, as they travel from the query worker."""
        return {"code": self.code, "message": self.message, "kind": self.kind}

    @property
    def athena_error(self) -> dict[str, object]:
        """The AthenaError structure of the execution's status."""
        category, error_type = _CATALOG[self.kind]
        return {
            "ErrorCategory": category,
            "ErrorType": error_type,
            "Retryable": False,
            "ErrorMessage": str(self),
        }


def invalid_request(message: str) -> AwsError:
    """Return the error of Athena's API for nearly everything."""
    return AwsError("InvalidRequestException", message)


def not_supported(what: str) -> QueryFailedError:
    """Return the failure of a statement that Athena would run and local_aws does not."""
    return QueryFailedError("NOT_SUPPORTED", f"local_aws does not support {what}")


def internal_error(message: str) -> QueryFailedError:
    """Return the failure of a query that is not at fault itself."""
    return QueryFailedError("GENERIC_INTERNAL_ERROR", message, "engine")


def stack_overflow() -> QueryFailedError:
    """Return the failure of a statement that is nested too deeply."""
    return QueryFailedError("STACK_OVERFLOW", "statement is too large (stack overflow during analysis)")


def exhausted(detail: str) -> QueryFailedError:
    """Return the failure of a query that needs more memory or disk space than it is allowed."""
    return QueryFailedError(
        "EXCEEDED_MEMORY_LIMIT",
        f"Query exhausted resources at this scale factor{f' ({detail})' if detail else ''}: read, join or collect less "
        "at once, or allow more with LOCAL_AWS_QUERY_MEMORY_MB and LOCAL_AWS_QUERY_DISK_MB",
        "engine",
    )


def place(sql: str, offset: int) -> str:
    """Return where an offset of a query is, as Athena writes it, e.g. ``"line 1:8"``."""
    before = sql[:offset]
    return f"line {before.count(chr(10)) + 1}:{offset - (before.rfind(chr(10)) + 1) + 1}"
