"""How large the body of a request may be."""

from __future__ import annotations

from wsgiref.types import WSGIEnvironment

from local_aws.kernel.errors import AwsError

_MEGABYTE = 1 << 20
_PIECE_BYTES = 1 << 16
_DEFAULT = 5 * _MEGABYTE
_LIMITS = {
    "cloudformation": _MEGABYTE,  # a template has 51,200 bytes, a form up to three for each
    "iam": _MEGABYTE,
    "lambda": 70_167_211,  # a package of 50 MB as text: AWS's own figure
    "logs": 10 * _MEGABYTE,  # a batch has 1 MB, JSON up to six bytes for each
    "monitoring": _MEGABYTE,
    "s3": 4 * _MEGABYTE,  # of XML, e.g. the 10,000 parts of an upload
    "sagemaker": 25 * _MEGABYTE,  # InvokeEndpoint's
    "sns": 2 * _MEGABYTE,
    "sqs": 3 * _MEGABYTE,
    "sts": _MEGABYTE,
}
"""Bytes, by signing name."""


def read_body(environ: WSGIEnvironment, service: str) -> bytes:
    """Read a request's whole body; one that is larger than the service takes raises `AwsError`."""
    limit = body_limit(service)
    announced = environ.get("CONTENT_LENGTH", "")
    if announced.isdecimal() and int(announced) > limit:
        raise too_large(service)
    pieces: list[bytes] = []
    size = 0
    while piece := environ["wsgi.input"].read(_PIECE_BYTES):
        size += len(piece)
        if size > limit:
            raise too_large(service)
        pieces.append(piece)
    return b"".join(pieces)


def body_limit(service: str) -> int:
    """Return the most bytes that a service takes."""
    return _LIMITS.get(service, _DEFAULT)


def too_large(service: str) -> AwsError:
    """Return the service's error for a body that is too large."""
    message = f"the request body has more than {body_limit(service)} bytes"
    if service == "s3":
        return AwsError("MaxMessageLengthExceeded", f"Your request was too big: {message}")
    code = "RequestEntityTooLargeException" if service == "lambda" else "RequestEntityTooLarge"
    return AwsError(code, message, 413)
