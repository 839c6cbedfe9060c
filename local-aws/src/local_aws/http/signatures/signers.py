"""botocore's signers, used to sign a request again the way its sender has signed it."""

from __future__ import annotations

import hmac
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit
from wsgiref.types import WSGIEnvironment

from botocore.auth import HmacV1QueryAuth, S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials
from botocore.utils import normalize_url_path
from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY

from local_aws.http.signatures.claims import Claim

_STANDARD = ("content-md5", "content-type")
_PREFIX = "x-amz-"
_OUTSIDE_HTTP = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


class _SignedHeadersOnly:
    """Takes the request's headers as they are: they are those that were signed."""

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        return request.headers

    def payload(self, request: AWSRequest) -> str:
        return str(request.context["payload_hash"])


class _V4(_SignedHeadersOnly, SigV4Auth):
    pass


class _S3V4(_SignedHeadersOnly, S3SigV4Auth):
    pass


class _V2(HmacV1QueryAuth):
    def _get_date(self) -> str:
        return str(self._expires)


class Signer:
    """Signs what a claim says was signed, with the secret that it should have been signed with."""

    def __init__(self, claim: Claim, secret: str) -> None:
        self._claim = claim
        self._credentials = Credentials(claim.key_id, secret)
        kind = _S3V4 if claim.service == "s3" else _V4
        self._v4 = kind(self._credentials, claim.service, claim.region)

    def matches(self, environ: WSGIEnvironment, payload_hash: str) -> bool:
        """Return whether the claim's signature is right.

        Parameters
        ----------
        payload_hash
            What stands for the body in the canonical request.
        """
        path, _, query = request_target(environ).partition("?")
        if not path.startswith("/") or "#" in path + query:
            return False
        if self._claim.version == "2":
            return same(self._version_2(environ, path, query), self._claim.signature)
        if self._claim.service != "s3" and normalize_url_path(path) != path:
            # The normalized path is what is signed, but not what is served.
            return False
        return same(self._version_4(environ, path, query, payload_hash), self._claim.signature)

    def sign(self, string_to_sign: str) -> str:
        """Return the Signature Version 4 of a string, hexadecimal."""
        request = AWSRequest()
        request.context["timestamp"] = self._claim.timestamp
        return str(self._v4.signature(string_to_sign, request))

    def _version_4(self, environ: WSGIEnvironment, path: str, query: str, payload_hash: str) -> str:
        pairs = [_canonical_pair(pair) for pair in query.split("&") if pair and not _is_signature(pair)]
        request = AWSRequest(environ["REQUEST_METHOD"], f"http://{environ['HTTP_HOST']}{path}?{'&'.join(pairs)}")
        request.headers = HTTPHeaders()
        for name in self._claim.signed_headers:
            if (value := header(environ, name)) is not None:
                request.headers[name] = value
        request.context.update(timestamp=self._claim.timestamp, payload_hash=payload_hash)
        return self.sign(self._v4.string_to_sign(request, self._v4.canonical_request(request)))

    def _version_2(self, environ: WSGIEnvironment, path: str, query: str) -> str:
        headers = HTTPHeaders()
        # botocore moves such headers into the query; a header of the request takes precedence.
        for name, value in map(_decoded_pair, query.split("&")):
            if name.startswith(_PREFIX) or name in _STANDARD:
                headers[name] = value
        for name in (*_STANDARD, *amz_headers(environ)):
            if (value_sent := header(environ, name)) is not None:
                del headers[name]
                headers[name] = value_sent
        signer = _V2(self._credentials, int(self._claim.signed_at.timestamp()))
        url = urlsplit(f"http://{environ['HTTP_HOST']}{path}?{query}")
        return str(signer.sign_string(signer.canonical_string(environ["REQUEST_METHOD"], url, headers)))


def same(expected: str, stated: str) -> bool:
    """Compare two signatures in constant time."""
    return hmac.compare_digest(expected.encode(), stated.encode("utf-8", "surrogateescape"))


def request_target(environ: WSGIEnvironment) -> str:
    """Return path and query as they were received."""
    return str(environ.get("REQUEST_URI") or environ.get("RAW_URI", ""))


def header(environ: WSGIEnvironment, name: str) -> str | None:
    """Return a header's text; the bytes are UTF-8 or else, as botocore sends them, Latin-1."""
    key = _OUTSIDE_HTTP.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
    value = environ.get(key)
    if value is None:
        return None
    try:
        return str(value).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return str(value)


def amz_headers(environ: WSGIEnvironment) -> list[str]:
    """Return the names of the request's ``x-amz-`` headers, in lower case."""
    names = environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY]
    keys = [key for key in environ if key.startswith("HTTP_X_AMZ_")]
    return [names.get(key, key.removeprefix("HTTP_").replace("_", "-")).lower() for key in keys]


def _canonical_pair(pair: str) -> str:
    """Encode a parameter as it is signed, which some clients leave to the server; ``+`` has two meanings and stays."""
    name, _, value = pair.partition("=")
    return "=".join(part if "+" in part else quote(unquote_to_bytes(part), safe="-_.~") for part in (name, value))


def _decoded_pair(pair: str) -> tuple[str, str]:
    name, _, value = pair.partition("=")
    return unquote(name), unquote(value)


def _is_signature(pair: str) -> bool:
    return _decoded_pair(pair)[0] == "X-Amz-Signature"
