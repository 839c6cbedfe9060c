"""Whether a request is let in, and as whom: the signature decides."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from wsgiref.types import WSGIEnvironment

from botocore.auth import HmacV1QueryAuth

from local_aws.http.body_limits import read_body
from local_aws.http.browsers import refuse_pages
from local_aws.http.signatures.body_checks import UNSIGNED, BodyCheck, body_check
from local_aws.http.signatures.claims import Claim, claim_of
from local_aws.http.signatures.refusals import Reason, refusal
from local_aws.http.signatures.signers import Signer, amz_headers, header, request_target, same
from local_aws.kernel.context import Settings
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import Credentials, Session

_MAX_SKEW = timedelta(minutes=15)
_CONTENT_HASH = "x-amz-content-sha256"
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method."
)
_OTHER_KEY = (
    'this folder has another key: run eval again, as in eval "$(playgrounds up)"; {} is not a key of this local_aws'
)

_SIGNED_BY_VERSION_2 = frozenset(HmacV1QueryAuth.QSAOfInterest)
_OF_VERSION_2 = frozenset({"AWSAccessKeyId", "Signature", "Expires", "content-md5", "content-type"})
_LISTING = frozenset(
    {
        *("prefix", "delimiter", "marker", "max-keys", "encoding-type", "list-type", "start-after", "fetch-owner"),
        *("continuation-token", "key-marker", "upload-id-marker", "max-uploads", "max-parts", "part-number-marker"),
        "x-id",
    }
)
"""Parameters of S3 that select what is listed, not what is done; version 2 does not sign them."""


@dataclass(frozen=True)
class Identity:
    """Who makes a request, for which service and region it was signed, and how its body is verified."""

    service: str
    region: str
    """Empty if the signature has none."""
    session: Session | None = None
    """The role's session; None for the user."""
    body_check: BodyCheck = field(default_factory=BodyCheck)
    """Verifies a body that has not been read yet."""


class Gate:
    """Lets requests in that are signed with a key of the data folder."""

    def __init__(self, settings: Settings, credentials: Credentials) -> None:
        self._settings = settings
        self._credentials = credentials

    def admit(self, environ: WSGIEnvironment) -> Identity:
        """Return who makes a request; to another service than S3 its body is read, and put back for the next reader.

        Raises
        ------
        AwsError
            If a web page may have made the request, or its signature is not right.
        """
        is_navigation = refuse_pages(environ, self._settings.port)
        claim = claim_of(environ)
        if is_navigation and not claim.is_presigned:
            raise AwsError("AccessDenied", "a browser may only open presigned URLs", 403)
        is_user = same(self._settings.keys.user_key_id, claim.key_id)
        session = None if is_user else self._session(claim)
        if not is_user and session is None:
            return self._stranger(claim, environ, is_navigation)
        self._check_time(claim)
        _check_coverage(claim, environ)
        signer = Signer(claim, self._settings.keys.secret(claim.key_id))
        check = BodyCheck()
        if claim.service != "s3":
            payload_hash = hashlib.sha256(_body(environ, claim.service)).hexdigest()
            if header(environ, _CONTENT_HASH) not in (None, payload_hash):
                raise refusal("mismatch", _MISMATCH, claim.service)
        else:
            payload_hash = UNSIGNED if claim.is_presigned else header(environ, _CONTENT_HASH) or ""
            if not payload_hash:
                raise AwsError("InvalidRequest", f"Missing required header for this request: {_CONTENT_HASH}")
            check = body_check(claim, signer, header(environ, _CONTENT_HASH) or UNSIGNED)
        if not signer.matches(environ, payload_hash):
            raise refusal("mismatch", _MISMATCH, claim.service)
        # Last, so that a session which signs as another is told that it does not have the secret.
        self._check_token(claim, session)
        return Identity(claim.service, claim.region, session, check)

    def _session(self, claim: Claim) -> Session | None:
        try:
            return self._credentials.session_of(claim.key_id)
        except AwsError as error:
            raise refusal("expired token", error.message, claim.service) from None

    def _stranger(self, claim: Claim, environ: WSGIEnvironment, is_navigation: bool) -> Identity:
        """Take a key that is not the folder's for the user's, if the server was started so; nothing is verified."""
        if not self._settings.takes_any_key or is_navigation:
            raise refusal("unknown key", _OTHER_KEY.format(claim.key_id[:128]), claim.service)
        if claim.service != "s3":
            _body(environ, claim.service)
        return Identity(claim.service, claim.region)

    def _check_token(self, claim: Claim, session: Session | None) -> None:
        expected = "" if session is None else self._settings.keys.session_token(claim.key_id)
        if not same(expected, claim.token):
            raise refusal("wrong token", "The security token included in the request is invalid.", claim.service)

    def _check_time(self, claim: Claim) -> None:
        now = datetime.now(UTC)
        if claim.expires_at is not None:
            if now > claim.expires_at:
                raise refusal("expired", "Request has expired", claim.service)
            if claim.version == "4" and claim.signed_at > now + _MAX_SKEW:
                raise refusal("expired", "Request is not valid yet", claim.service)
        elif abs(now - claim.signed_at) > _MAX_SKEW:
            message = "The difference between the request time and the current time is too large: signed at "
            raise refusal("clock", f"{message}{claim.timestamp}, now {now:%Y%m%dT%H%M%SZ}", claim.service)


def _check_coverage(claim: Claim, environ: WSGIEnvironment) -> None:
    """Refuse what has an effect and is not signed: headers, and with version 2 parameters of the query."""
    if claim.version == "2":
        names = [pair.partition("=")[0] for pair in request_target(environ).partition("?")[2].split("&")]
        taken = _SIGNED_BY_VERSION_2 | _OF_VERSION_2 | _LISTING
        loose = [name for name in names if name not in taken and not name.startswith("x-amz-")]
        _refuse_loose("parameters", "unsigned query", loose, claim)
        return
    loose = [name for name in ("host", *amz_headers(environ)) if name not in claim.signed_headers]
    _refuse_loose("headers", "unsigned header", loose, claim)


def _refuse_loose(what: str, reason: Reason, names: list[str], claim: Claim) -> None:
    if names:
        message = f"There were {what} present in the request which were not signed: {', '.join(names)[:200]}"
        raise refusal(reason, message, claim.service)


def _body(environ: WSGIEnvironment, service: str) -> bytes:
    """Read a body within the service's limit, and put it back for whoever reads next."""
    body = read_body(environ, service)
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    return body
