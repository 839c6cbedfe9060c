"""The errors of an invocation, each with the HTTP status of the XGBoost container."""

from __future__ import annotations


class InvocationError(Exception):
    """The base class; its text is the body of the answer."""

    status = 500


class UnsupportedPayloadError(InvocationError):
    """Raised when the container cannot read the payload's type or content."""

    status = 415


class NotAcceptableError(InvocationError):
    """Raised when the request accepts only types that the container does not write."""

    status = 406


class BadPayloadError(InvocationError):
    """Raised when the payload is readable and the model cannot score it, e.g. for its number of columns."""

    status = 400


class EncodingError(InvocationError):
    """Raised when the container cannot write the scores in the type that it was asked for."""
