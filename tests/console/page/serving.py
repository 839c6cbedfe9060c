"""The page's server in a thread, and plain HTTP requests to it."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import uvicorn

from console.page.app import build_app
from console.page.deployment import Deployment
from console.page.documents import Tickets
from infrastructure.names import Names
from tests.waiting import wait_until

ACCOUNT = "123456789012"
TOKEN = "a-token-of-the-tests"


@dataclass(frozen=True)
class Reply:
    """What the server answered."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Page:
    """A server of the page that runs."""

    port: int
    session: boto3.session.Session
    deployment: Deployment
    tickets: Tickets

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        return f"{self.origin}/#token={TOKEN}"

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """Send a request with these headers and no others."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    @property
    def own_headers(self) -> dict[str, str]:
        """What the page itself sends."""
        return {"Host": f"127.0.0.1:{self.port}", "Origin": self.origin, "Authorization": f"Bearer {TOKEN}"}

    def get(self, path: str) -> Reply:
        return self.send("GET", path, self.own_headers)

    def post(self, path: str, **given: Any) -> Reply:
        return self.send("POST", path, self.own_headers, json.dumps(given).encode())


@contextmanager
def page_of(environment: Mapping[str, str], prefix: str = "") -> Iterator[Page]:
    """Serve the page of a deployment on the AWS that an environment points at, which is this process's own, too."""
    session = boto3.session.Session(
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name="us-east-1",
    )
    deployment = Deployment(session, Names(prefix, ACCOUNT, "us-east-1"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        app = build_app(deployment, f"http://127.0.0.1:{port}", TOKEN)
        # As the command serves it: a connection that a client has left half read does not hold the end up.
        config = uvicorn.Config(app, log_level="warning", access_log=False, ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            wait_until(lambda: server.started)
            yield Page(port, session, deployment, app.state.tickets)
        finally:
            server.should_exit = True
            thread.join()
