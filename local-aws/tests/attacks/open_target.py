"""A defenceless server: whatever comes from a page is done, and every page may read every answer.

It is the control of the attacks: what does not even succeed against it proves nothing against local_aws.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote_plus

from tests.attacks.deeds import SECRET_EVENTS

SCORE = "0.628"
SECRET = "the-secret-of-the-open-target"


class OpenTarget(ThreadingHTTPServer):
    """Does and records everything."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.done: list[str] = []

    @property
    def port(self) -> int:
        """Its TCP port."""
        return int(self.server_address[1])

    def did(self, name: str) -> bool:
        """Return whether a request with this name in it has been served."""
        return any(f"{name}\n" in request or f"{name}&" in request or f'{name}"' in request for request in self.done)


class _Handler(BaseHTTPRequestHandler):
    server: OpenTarget
    protocol_version = "HTTP/1.1"

    def do_OPTIONS(self) -> None:
        self._answer(b"", "text/plain")

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
        marks = body.replace("<", "\n").replace("\r", "\n").replace("=", "\n")
        self.server.done.append(
            f"{self.command} {unquote_plus(self.path)}&{marks}\n{unquote_plus(body)}\n".replace("?", "&")
        )
        if SECRET_EVENTS in self.path:
            self._answer(f"data: {SECRET}\n\n".encode(), "text/event-stream")
        else:
            self._answer(f'STOLEN = "{SECRET} SecretAccessKey {SCORE}";'.encode(), "text/javascript")

    do_POST = do_PUT = do_GET  # noqa: N815

    def log_message(self, *arguments: object) -> None:
        """Keep quiet."""

    def _answer(self, body: bytes, media_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", self.headers.get("Origin") or "*")
        self.send_header("Access-Control-Allow-Credentials", "true")
        self.send_header("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
        self.send_header("Access-Control-Allow-Headers", self.headers.get("Access-Control-Request-Headers") or "*")
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def open_target() -> Iterator[OpenTarget]:
    """Run one for the time of the block."""
    with OpenTarget() as target:
        threading.Thread(target=target.serve_forever, daemon=True).start()
        try:
            yield target
        finally:
            target.shutdown()
