"""The errors that are the caller's fault, as Lambda writes them."""

from __future__ import annotations

from local_aws.kernel.errors import AwsError


def user_error(code: str, message: str, status: int) -> AwsError:
    """Return an error of the type ``User``."""
    return AwsError(code, message, status, {"Type": "User"})


def invalid(message: str) -> AwsError:
    """Return the error for a parameter that Lambda refuses."""
    return user_error("InvalidParameterValueException", message, 400)


def not_found(message: str) -> AwsError:
    """Return the error for a function, or a part of one, that does not exist."""
    return user_error("ResourceNotFoundException", message, 404)


def conflict(message: str) -> AwsError:
    """Return the error for what exists already."""
    return user_error("ResourceConflictException", message, 409)
