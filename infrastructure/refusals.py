"""How AWS's services report that a resource does not exist, and that the caller may not ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

_CODES = frozenset(
    {
        *("ResourceNotFound", "ResourceNotFoundException", "EntityNotFoundException", "NoSuchEntity"),
        *("NoSuchBucket", "404", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
    }
)
_CODES_WITH_MESSAGES = frozenset({"ValidationException", "InvalidRequestException"})
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"})
_MESSAGES = ("could not find", "does not exist", "is not found")


def is_not_found(error: ClientError) -> bool:
    """Return whether AWS reports that a resource does not exist; SageMaker and Athena have no error code for that."""
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    return code in _CODES or (code in _CODES_WITH_MESSAGES and any(text in message.lower() for text in _MESSAGES))


@contextmanager
def missing_is_fine() -> Iterator[None]:
    """End the block where AWS reports that a resource does not exist."""
    try:
        yield
    except ClientError as error:
        if not is_not_found(error):
            raise


def is_denied(error: Exception) -> bool:
    """Return whether AWS refuses a call because the caller lacks the permission; HEAD requests have the status only."""
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in _DENIED
