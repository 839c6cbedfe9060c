"""The failures of an invocation that the XGBoost container answers with a status of their own."""

from __future__ import annotations


class InvocationError(Exception):
    """Base of them; `status` is the HTTP status, the text the answer's body."""

    status = 500


class UnsupportedPayloadError(InvocationError):
    """Raised when the payload is of no type, or has no content, that the container reads."""

    status = 415


class NotAcceptableError(InvocationError):
    """Raised when the answer is wanted in a type that the container does not write."""

    status = 406


class BadPayloadError(InvocationError):
    """Raised when the payload is readable and the model cannot score it, e.g. for its number of columns."""

    status = 400
