"""The scripts as Glue imports them, a loopback web server that publishes feeds, and a loopback S3."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest

from tests.waiting import wait_until

SCRIPTS = Path(__file__).parents[2] / "glue_scripts"
sys.path.insert(0, str(SCRIPTS))


@dataclass(frozen=True)
class Reply:
    """One answer of the feed server; a body longer than what is sent is cut off."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    sent: int | None = None
    delay: float = 0.0


class FeedServer:
    """Publishes each path's replies in turn, the last one for ever, and remembers what was asked for."""

    def __init__(self) -> None:
        self.replies: dict[str, list[Reply]] = {}
        self.requests: list[tuple[str, str]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.requests.append((self.command, self.path))
                replies = server.replies.get(self.path, [Reply(status=404)])
                reply = replies.pop(0) if len(replies) > 1 and self.command == "GET" else replies[0]
                time.sleep(reply.delay)
                self.send_response(reply.status)
                for name, value in ({"Content-Length": str(len(reply.body))} | reply.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(reply.body[: reply.sent])

            do_HEAD = do_GET  # noqa: N815 (http.server's name)

            def log_message(self, format: str, *args: Any) -> None:
                """Keep the test output clean."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()

    def publish(self, path: str, *replies: Reply) -> str:
        """Answer a path with replies and give its URL."""
        self.replies[path] = list(replies)
        return f"http://127.0.0.1:{self._http.server_port}{path}"

    def downloads(self) -> int:
        """Number of GET requests so far."""
        return sum(method == "GET" for method, _ in self.requests)

    def stop(self) -> None:
        """Release the port."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def feed_server() -> Iterator[FeedServer]:
    server = FeedServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def s3_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of moto's S3 in a process of its own: within this one, other tests put moto's objects elsewhere."""
    log = tmp_path_factory.mktemp("moto") / "log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:

        def started() -> re.Match[str] | None:
            assert process.poll() is None, log.read_text()
            return re.search(r"Running on (http://\S+)", log.read_text())

        yield wait_until(started)[1]
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def bucket(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name of an empty bucket that boto3 reaches as the scripts do, through ``AWS_ENDPOINT_URL``."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    name = f"raw-{uuid4().hex}"
    boto3.client("s3").create_bucket(Bucket=name)
    return name
