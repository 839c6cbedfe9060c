"""The errors for a request whose signature is not accepted, in the codes of its service."""

from __future__ import annotations

from typing import Literal
from wsgiref.types import WSGIEnvironment

from local_aws.kernel.errors import AwsError

Family = Literal["s3", "json", "query"]
"""Services whose errors have the same codes and shape."""
Reason = Literal[
    "missing",
    "incomplete",
    "incomplete query",
    "unknown key",
    "wrong token",
    "expired token",
    "mismatch",
    "clock",
    "expired",
    "unsigned header",
    "unsigned query",
    "body",
]

_QUERY_SERVICES = frozenset({"cloudformation", "iam", "sns", "sts"})
_REST_JSON_SERVICES = frozenset({"lambda"})

# Recorded by users of AWS, for each family: a JSON service answers 400, a REST one 403.
_CODES: dict[Reason, tuple[tuple[str, int], str, tuple[str, int]]] = {
    "missing": (("AccessDenied", 403), "MissingAuthenticationTokenException", ("MissingAuthenticationToken", 403)),
    "incomplete": (("AuthorizationHeaderMalformed", 400), "IncompleteSignatureException", ("IncompleteSignature", 400)),
    "incomplete query": (
        ("AuthorizationQueryParametersError", 400),
        "IncompleteSignatureException",
        ("IncompleteSignature", 400),
    ),
    "unknown key": (("InvalidAccessKeyId", 403), "UnrecognizedClientException", ("InvalidClientTokenId", 403)),
    "wrong token": (("InvalidToken", 400), "UnrecognizedClientException", ("InvalidClientTokenId", 403)),
    "expired token": (("ExpiredToken", 400), "ExpiredTokenException", ("ExpiredToken", 403)),
    "mismatch": (("SignatureDoesNotMatch", 403), "InvalidSignatureException", ("SignatureDoesNotMatch", 403)),
    "clock": (("RequestTimeTooSkewed", 403), "InvalidSignatureException", ("SignatureDoesNotMatch", 403)),
    "expired": (("AccessDenied", 403), "InvalidSignatureException", ("SignatureDoesNotMatch", 403)),
    "unsigned header": (("AccessDenied", 403), "InvalidSignatureException", ("SignatureDoesNotMatch", 403)),
    "unsigned query": (("AccessDenied", 403), "InvalidSignatureException", ("SignatureDoesNotMatch", 403)),
    "body": (("XAmzContentSHA256Mismatch", 400), "InvalidSignatureException", ("SignatureDoesNotMatch", 403)),
}


def family_of(signing_name: str) -> Family:
    """Return the family of the service that a credential scope names."""
    if signing_name.startswith("s3"):
        return "s3"
    return "query" if signing_name in _QUERY_SERVICES else "json"


def family_of_unsigned(environ: WSGIEnvironment) -> Family:
    """Guess the family of a request that names no service."""
    content_type = environ.get("CONTENT_TYPE", "")
    if content_type.startswith("application/x-www-form-urlencoded"):
        return "query"
    if "json" in content_type or "HTTP_X_AMZ_TARGET" in environ:
        return "json"
    return "s3"


def refusal(reason: Reason, message: str, signing_name: str) -> AwsError:
    """Return the error that a service gives for a signature that it does not take."""
    return _refusal(reason, message, family_of(signing_name), is_rest=signing_name in _REST_JSON_SERVICES)


def unsigned(environ: WSGIEnvironment) -> AwsError:
    """Return the error for a request that is not signed at all."""
    message = "Missing Authentication Token: the request is not signed"
    return _refusal("missing", message, family_of_unsigned(environ), is_rest=False, status=403)


def _refusal(reason: Reason, message: str, family: Family, *, is_rest: bool, status: int | None = None) -> AwsError:
    s3, json_code, query = _CODES[reason]
    code, usual = {"s3": s3, "query": query, "json": (json_code, 403 if is_rest else 400)}[family]
    return AwsError(code, message, status or usual)
