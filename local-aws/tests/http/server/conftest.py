"""A WSGI application of a test's own, served on a free port."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from local_aws.http.server.bridge import Application
from local_aws.http.server.server import HttpServer


class Client:
    """A raw connection: sends bytes, reads answers."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self._file = self.socket.makefile("rb")

    def send(self, *pieces: bytes) -> None:
        """Send pieces, one after the other."""
        for piece in pieces:
            self.socket.sendall(piece)

    def head(self) -> tuple[int, dict[str, str]]:
        """Read an answer's status and headers; 0 if there is none."""
        line = self._file.readline()
        headers = {}
        while (header := self._file.readline().strip()) != b"":
            name, _, value = header.decode().partition(":")
            headers[name.lower()] = value.strip()
        return (int(line.split()[1]) if line else 0), headers

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Read an answer whose length is announced."""
        status, headers = self.head()
        return status, headers, self._file.read(int(headers.get("content-length", 0)))

    def rest(self) -> bytes:
        """Read until the server closes."""
        return self._file.read()

    def close(self) -> None:
        """Close the connection."""
        self._file.close()
        self.socket.close()


class Served:
    """A server that is up, and connections to it."""

    def __init__(self, server: HttpServer) -> None:
        self.server = server
        self.port = server.port
        self._clients: list[Client] = []

    def connect(self) -> Client:
        """Open a connection, which ends with the server."""
        self._clients.append(Client(self.port))
        return self._clients[-1]

    def ask(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send a request on a connection of its own; return the answer."""
        client = self.connect()
        client.send(request)
        return client.answer()

    def close(self) -> None:
        """Close what `connect` opened."""
        for client in self._clients:
            client.close()


@contextmanager
def serving(application: Application) -> Iterator[Served]:
    """Serve an application for the time of the block."""
    server = HttpServer(0, application)
    thread = threading.Thread(target=server.serve)
    thread.start()
    served = Served(server)
    try:
        yield served
    finally:
        served.close()
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def serve() -> Callable[[Application], AbstractContextManager[Served]]:
    """Yield `serving`: ``with serve(application) as served``."""
    return serving
