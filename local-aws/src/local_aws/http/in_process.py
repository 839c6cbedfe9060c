"""boto3 clients whose requests go straight into a WSGI application, without a socket."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from werkzeug.test import EnvironBuilder, run_wsgi_app

from local_aws.http.signatures.gate import Identity

Application = Callable[..., Iterable[bytes]]

IN_PROCESS = "local_aws.in_process"
"""Name in a request's environment, which no HTTP header can set, of the identity that makes a request in this process.

Such requests are not signed.
"""
_one_at_a_time = threading.Lock()
"""A session may not make two clients at once."""


class _RawBody(BytesIO):
    """What botocore reads an answer's body from."""

    def stream(self, amt: int = 1 << 16, decode_content: bool | None = None) -> Iterable[bytes]:
        """Return the body in pieces."""
        while piece := self.read(amt):
            yield piece


def in_process_client(service: str, application: Application, endpoint_url: str, region: str) -> Any:
    """Make a boto3 client that calls `application` in this process."""
    with _one_at_a_time:
        client = _session().client(
            service,
            endpoint_url=endpoint_url,
            region_name=region,
            config=Config(retries={"total_max_attempts": 1}, signature_version=UNSIGNED),
        )
    identity = Identity(client.meta.service_model.signing_name, region)

    def send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        headers = {name: _text(value) for name, value in request.headers.items()}
        builder = EnvironBuilder(request.url, method=request.method, headers=headers, data=_bytes(request.body))
        environ = {**builder.get_environ(), IN_PROCESS: identity}
        body, status, answer_headers = run_wsgi_app(application, environ, buffered=True)
        return AWSResponse(request.url, int(status.split()[0]), answer_headers, _RawBody(b"".join(body)))

    client.meta.events.register("before-send.*.*", send)
    return client


@functools.cache
def _session() -> boto3.session.Session:
    """Return the session of all clients: each one would read the endpoints of all regions anew."""
    return boto3.session.Session()


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return bytes(body if isinstance(body, bytes | bytearray) else body.read())
