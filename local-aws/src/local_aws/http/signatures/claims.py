"""What a request says about its signature; none of it is trusted before the signature has been verified."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import unquote
from wsgiref.types import WSGIEnvironment

from local_aws.http.signatures.refusals import Family, family_of, family_of_unsigned, refusal, unsigned
from local_aws.kernel.errors import AwsError

TIMESTAMP = "%Y%m%dT%H%M%SZ"
MAX_PRESIGNED_SECONDS = 7 * 24 * 3600
_V4 = "AWS4-HMAC-SHA256"
_SCOPE = re.compile(r"([A-Za-z0-9_]{1,128})/(\d{8})/([a-z0-9-]{1,64})/([a-z0-9.-]{1,64})/aws4_request", re.ASCII)
_HEADER_PART = re.compile(r"(Credential|SignedHeaders|Signature)=([^,\s]+)", re.ASCII)
_MAX_EPOCH = 1 << 40
_UNSUPPORTED = (
    "local_aws does not support {}: sign with Signature Version 4 (AWS4-HMAC-SHA256), or presign with version 2 or 4"
)


@dataclass(frozen=True)
class Claim:
    """A signature as the request states it.

    Key, date, region and service are the credential scope; one of version 2 has a key only.
    """

    version: Literal["2", "4"]
    """Version 2 is S3's of presigned URLs."""
    is_presigned: bool
    """Whether it is in the query rather than in a header."""
    key_id: str
    service: str
    """S3, if the version is 2."""
    signature: str
    token: str
    """The session token, ``""`` if there is none."""
    signed_at: datetime
    """When it was signed; when it expires if the version is 2."""
    expires_at: datetime | None = None
    """When a presigned URL ends."""
    date: str = ""
    """As ``YYYYMMDD``."""
    region: str = ""
    signed_headers: tuple[str, ...] = ()
    """Names in lower case, in the request's order."""

    @property
    def scope(self) -> str:
        """The credential scope without the key."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"

    @property
    def timestamp(self) -> str:
        """When it was signed, as Signature Version 4 writes it."""
        return self.signed_at.strftime(TIMESTAMP)


def claim_of(environ: WSGIEnvironment) -> Claim:
    """Read the signature that a request states.

    Raises
    ------
    AwsError
        If there is none, several, or one that is not complete or of an algorithm that is not supported.
    """
    parameters = _Parameters(environ)
    authorization = environ.get("HTTP_AUTHORIZATION", "").strip()
    ways = [bool(authorization), "X-Amz-Algorithm" in parameters, "AWSAccessKeyId" in parameters]
    if sum(ways) > 1:
        raise AwsError("InvalidArgument", "Only one auth mechanism allowed: a header, or parameters of one version")
    if authorization:
        return _in_header(authorization, environ)
    if "X-Amz-Algorithm" in parameters:
        return _in_query(parameters)
    if "AWSAccessKeyId" in parameters:
        return _version_2(parameters)
    raise unsigned(environ)


def stated_family(environ: WSGIEnvironment) -> Family:
    """Return the family of the service that a request says it is for, to give its error the right shape."""
    try:
        return family_of(claim_of(environ).service)
    except AwsError:
        return family_of_unsigned(environ)


class _Parameters:
    """The parameters of a query, decoded; asked for one that is there twice, it refuses."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        pairs = (pair.partition("=") for pair in environ.get("QUERY_STRING", "").split("&"))
        self._pairs = [(unquote(name), unquote(value)) for name, _, value in pairs]

    def __contains__(self, name: str) -> bool:
        return any(name == each for each, _ in self._pairs)

    def get(self, name: str) -> str:
        values = [value for each, value in self._pairs if each == name]
        if len(values) > 1:
            raise AwsError("AuthorizationQueryParametersError", f"the query has {name} more than once")
        return values[0] if values else ""


def _in_header(authorization: str, environ: WSGIEnvironment) -> Claim:
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != _V4:
        raise _unsupported(algorithm)
    parts = dict(_HEADER_PART.findall(rest))
    scope = _SCOPE.fullmatch(parts.get("Credential", ""))
    service = scope[4] if scope else ""
    if scope is None or len(parts) != 3:
        message = "the Authorization header must have Credential=<key>/<date>/<region>/<service>/aws4_request, "
        raise refusal("incomplete", message + "SignedHeaders and Signature", service or _service_in(rest))
    stated = environ.get("HTTP_X_AMZ_DATE")
    signed_at = _moment(stated, _timestamp) if stated else _moment(environ.get("HTTP_DATE", ""), _http_date)
    if signed_at is None:
        raise refusal("incomplete", "a signed request must have a valid Date or X-Amz-Date header", service)
    return _version_4(scope, parts["SignedHeaders"], parts["Signature"], environ, signed_at)


def _version_4(
    scope: re.Match[str], signed_headers: str, signature: str, environ: Mapping[str, str], signed_at: datetime
) -> Claim:
    claim = Claim(
        version="4",
        is_presigned=False,
        key_id=scope[1],
        service=scope[4],
        signature=signature,
        token=environ.get("HTTP_X_AMZ_SECURITY_TOKEN", ""),
        signed_at=signed_at,
        date=scope[2],
        region=scope[3],
        signed_headers=tuple(signed_headers.lower().split(";")),
    )
    _check_date(claim, "incomplete")
    return claim


def _in_query(parameters: _Parameters) -> Claim:
    if (algorithm := parameters.get("X-Amz-Algorithm")) != _V4:
        raise _unsupported(algorithm)
    scope = _SCOPE.fullmatch(parameters.get("X-Amz-Credential"))
    service = scope[4] if scope else "s3"
    signed_at = _moment(parameters.get("X-Amz-Date"), _timestamp)
    seconds = parameters.get("X-Amz-Expires")
    signed_headers, signature = parameters.get("X-Amz-SignedHeaders"), parameters.get("X-Amz-Signature")
    if scope is None or signed_at is None or not (seconds and signed_headers and signature):
        message = "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
        message += "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
        raise refusal("incomplete query", message, service)
    if not re.fullmatch(r"\d{1,6}", seconds, re.ASCII) or not 1 <= int(seconds) <= MAX_PRESIGNED_SECONDS:
        message = f"X-Amz-Expires must be a number of seconds from 1 to {MAX_PRESIGNED_SECONDS}; got {seconds[:20]!r}"
        raise refusal("incomplete query", message, service)
    claim = Claim(
        version="4",
        is_presigned=True,
        key_id=scope[1],
        service=service,
        signature=signature,
        token=parameters.get("X-Amz-Security-Token"),
        signed_at=signed_at,
        expires_at=signed_at + timedelta(seconds=int(seconds)),
        date=scope[2],
        region=scope[3],
        signed_headers=tuple(signed_headers.lower().split(";")),
    )
    _check_date(claim, "incomplete query")
    return claim


def _version_2(parameters: _Parameters) -> Claim:
    seconds, signature = parameters.get("Expires"), parameters.get("Signature")
    if not (seconds and signature):
        message = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
        raise AwsError("AccessDenied", message, 403)
    if not re.fullmatch(r"\d{1,13}", seconds, re.ASCII) or int(seconds) > _MAX_EPOCH:
        raise AwsError("AccessDenied", "Invalid date (should be seconds since epoch): " + seconds[:20], 403)
    expires_at = datetime.fromtimestamp(min(int(seconds), 253_402_300_799), UTC)
    return Claim(
        version="2",
        is_presigned=True,
        key_id=parameters.get("AWSAccessKeyId"),
        service="s3",
        signature=signature,
        token=parameters.get("x-amz-security-token"),
        signed_at=expires_at,
        expires_at=expires_at,
    )


def _check_date(claim: Claim, reason: Literal["incomplete", "incomplete query"]) -> None:
    if claim.date != claim.timestamp[:8]:
        message = f"Invalid credential date {claim.date}. This date is not the same as X-Amz-Date: {claim.timestamp}."
        raise refusal(reason, message, claim.service)


def _unsupported(algorithm: str) -> AwsError:
    name = {
        "AWS4-ECDSA-P256-SHA256": "Signature Version 4A",
        "AWS": "the Authorization header of Signature Version 2",
    }.get(algorithm, f"the authorization {algorithm[:40]!r}")
    return AwsError("NotImplemented", _UNSUPPORTED.format(name), 501)


def _service_in(authorization: str) -> str:
    """Return what may be meant for the service's name in an incomplete scope."""
    credential = dict(_HEADER_PART.findall(authorization)).get("Credential", "").split("/")
    return credential[3] if len(credential) > 3 else "s3"


def _moment(text: str, parse: Callable[[str], datetime]) -> datetime | None:
    try:
        return parse(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _timestamp(text: str) -> datetime:
    return datetime.strptime(text, TIMESTAMP).replace(tzinfo=UTC)


def _http_date(text: str) -> datetime:
    return parsedate_to_datetime(text).astimezone(UTC)
