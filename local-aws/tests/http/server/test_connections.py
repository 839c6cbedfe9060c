"""No connection holds up another, and none holds more than it needs."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from local_aws.http.server.server import HttpServer, limits

GET = b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Waits:
    """An application whose ``/wait`` waits for an event; everything else answers at once."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.waiting = threading.Semaphore(0)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/wait":
            self.waiting.release()
            self.event.wait(20)
        environ["wsgi.input"].read()
        start_response("200 OK", [])
        return [b"ok"]


def seconds_of(served: Any, request: bytes = GET % b"short") -> float:
    started = time.perf_counter()
    assert served.ask(request)[0] == 200
    return time.perf_counter() - started


def test_idle_and_slow_connections_hold_up_nobody(serve: Any) -> None:
    with serve(Waits()) as served:
        for number in range(200):
            client = served.connect()
            if number % 4 == 1:
                client.send(b"GET / HT")
            elif number % 4 == 2:
                client.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
            elif number % 4 == 3:
                client.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")
        assert seconds_of(served) < 1
        assert sum(thread.name == "request" for thread in threading.enumerate()) <= 2


def test_slow_senders_of_large_bodies_hold_up_nobody(serve: Any) -> None:
    head = b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n\r\n"
    with serve(Waits()) as served:
        for _ in range(20):
            served.connect().send(head, b"x" * 1000)
        assert seconds_of(served) < 2


def test_requests_that_wait_hold_up_nobody(serve: Any) -> None:
    application = Waits()
    with serve(application) as served:
        clients = [served.connect() for _ in range(50)]
        for client in clients:
            client.send(GET % b"wait")
        for _ in clients:
            assert application.waiting.acquire(timeout=10)
        assert seconds_of(served) < 1
        application.event.set()
        assert all(client.answer()[2] == b"ok" for client in clients)


def test_requests_that_call_back_do_not_wait_for_each_other(serve: Any) -> None:
    ports: list[int] = []

    def nested(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        depth = int(environ["PATH_INFO"][1:])
        if depth:
            with socket.create_connection(("127.0.0.1", ports[0]), 20) as back:
                back.sendall(GET % str(depth - 1).encode())
                assert back.recv(100)
        start_response("200 OK", [])
        return [b"ok"]

    with serve(nested) as served:
        ports.append(served.port)
        clients = [served.connect() for _ in range(10)]
        for client in clients:
            client.send(GET % b"4")
        assert all(client.answer()[0] == 200 for client in clients)


def test_burst_of_new_connections_is_served_at_once(serve: Any) -> None:
    with serve(Waits()) as served:
        seconds: list[float] = []
        threads = [threading.Thread(target=lambda: seconds.append(seconds_of(served))) for _ in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(seconds) == 64
    assert max(seconds) < 1  # a dropped connection is tried again after a second at the earliest


def test_body_is_read_no_faster_than_the_application_reads_it(serve: Any) -> None:
    reads = threading.Semaphore(0)

    def slow(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        size = 0
        reads.acquire()
        while piece := environ["wsgi.input"].read(1 << 20):
            size += len(piece)
        start_response("200 OK", [])
        return [str(size).encode()]

    size = 64 << 20
    with serve(slow) as served:
        client = served.connect()
        client.send(b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % size)
        client.socket.settimeout(0.5)
        sent, piece = 0, b"x" * (1 << 20)
        with pytest.raises(TimeoutError):
            while sent < size:
                sent += client.socket.send(piece)
        assert sent < size // 2
        client.socket.settimeout(20)
        reads.release()
        while sent < size:
            sent += client.socket.send(piece[: size - sent])
        assert client.answer()[2] == str(size).encode()


class Pieces:
    """An answer of many pieces, which counts those that were taken and knows when it was closed."""

    def __init__(self, count: int) -> None:
        self.taken = 0
        self.closed = threading.Event()
        self._count = count

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", str(self._count << 20))])
        return self

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self._count):
            self.taken += 1
            yield b"x" * (1 << 20)

    def close(self) -> None:
        self.closed.set()


def settled(value: Callable[[], int]) -> int:
    """Return a value when it has stopped changing."""
    before = -1
    while before != value():
        before = value()
        threading.Event().wait(0.3)
    return before


def test_answer_is_made_no_faster_than_the_client_reads_it(serve: Any) -> None:
    answer = Pieces(64)
    with serve(answer) as served:
        client = served.connect()
        client.send(GET % b"")
        client.head()
        assert settled(lambda: answer.taken) < 32
        rest = 64 << 20
        while rest:
            rest -= len(client._file.read(min(rest, 1 << 20)))
        assert answer.closed.wait(5)
    assert answer.taken == 64


@pytest.mark.parametrize("how", ["closes", "stops reading"])
def test_answer_is_closed_when_the_client_goes_away(serve: Any, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(limits, "STALL_SECONDS", 0.5)
    answer = Pieces(1 << 12)
    with serve(answer) as served:
        client = served.connect()
        client.send(GET % b"")
        client.head()
        if how == "closes":
            client.close()
        assert answer.closed.wait(5)
    assert answer.taken < 1 << 11


def test_request_under_way_is_answered_when_the_server_stops() -> None:
    application = Waits()
    server = HttpServer(0, application)
    serving = threading.Thread(target=server.serve)
    serving.start()
    with socket.create_connection(("127.0.0.1", server.port), 10) as client:
        client.sendall(GET % b"wait")
        assert application.waiting.acquire(timeout=5)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        threading.Event().wait(0.2)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port), 1)
        application.event.set()
        assert b"200 OK" in client.recv(1000)
        stopping.join(5)
        serving.join(5)
        assert not serving.is_alive()
        again = HttpServer(server.port, application)
        again.stop()


def test_port_that_is_served_is_taken() -> None:
    server = HttpServer(0, Waits())
    with pytest.raises(OSError, match="in use"):
        HttpServer(server.port, Waits())
    server.stop()
