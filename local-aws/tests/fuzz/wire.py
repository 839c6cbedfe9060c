"""Signs raw requests and sends them as they are, whatever they are."""

from __future__ import annotations

import http.client
import json
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_XML_CODE = re.compile(rb"<Code>([^<]+)</Code>")
_REQUEST_SECONDS = 30.0


@dataclass(frozen=True)
class RawRequest:
    """A request as bytes go out: method, undecoded target, headers and body."""

    service: str
    operation: str
    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_cut: bool = False


@dataclass(frozen=True)
class RawAnswer:
    """What came back: a status of 0 if the connection was closed without an answer."""

    status: int
    code: str
    body: bytes
    seconds: float


def signed(request: RawRequest, environment: Mapping[str, str], signing_name: str) -> RawRequest:
    """Return the request with the headers that sign it for a service, with the keys of the environment."""
    keys = Credentials(
        environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], environment.get("AWS_SESSION_TOKEN")
    )
    url = environment["AWS_ENDPOINT_URL"]
    unsigned = AWSRequest(request.method, url + request.target, dict(request.headers), request.body)
    unsigned.context["payload_signing_enabled"] = True
    signer = S3SigV4Auth if signing_name == "s3" else SigV4Auth
    signer(keys, signing_name, environment.get("AWS_REGION", "us-east-1")).add_auth(unsigned)
    headers = {
        name: value.decode() if isinstance(value, bytes) else str(value) for name, value in unsigned.headers.items()
    }
    return replace(request, headers=headers)


def send(request: RawRequest, endpoint_url: str) -> RawAnswer:
    """Send a request on a connection of its own; if it is cut, end the connection in the middle of the body."""
    address = urlsplit(endpoint_url)
    lengths = {} if "Transfer-Encoding" in request.headers else {"Content-Length": str(len(request.body))}
    lines = [f"{request.method} {request.target} HTTP/1.1", f"Host: {address.netloc}"]
    lines += [f"{name}: {value}" for name, value in {**request.headers, **lengths}.items()]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
    started = time.monotonic()
    with socket.create_connection((address.hostname or "", address.port or 80), _REQUEST_SECONDS) as connection:
        try:
            if request.is_cut:
                connection.sendall(head + request.body[: len(request.body) // 2])
                return RawAnswer(0, "", b"", 0.0)
            connection.sendall(head + request.body)
            answer = http.client.HTTPResponse(connection, method=request.method)
            answer.begin()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            return RawAnswer(0, "", b"", time.monotonic() - started)
    seconds = time.monotonic() - started
    return RawAnswer(answer.status, _code(body, dict(answer.getheaders())), body, seconds)


def _code(body: bytes, headers: Mapping[str, str]) -> str:
    if found := _XML_CODE.search(body):
        return found[1].decode()
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        kind = json.loads(body).get("__type") or lower.get("x-amzn-errortype", "")
    except (ValueError, AttributeError, RecursionError):
        kind = lower.get("x-amzn-errortype", "")
    return str(kind).rpartition("#")[2].partition(":")[0]
