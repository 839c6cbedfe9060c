"""Requests that are not HTTP/1.1 to the letter are refused, and nothing after them is served."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from local_aws.http.server import limits

HOST = b"Host: localhost\r\n"
EVIL = b"GET /evil HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Paths:
    """An application that notes the paths it was asked for."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.paths.append(environ["PATH_INFO"])
        environ["wsgi.input"].read()
        start_response("200 OK", [])
        return [b"ok"]


@pytest.mark.parametrize(
    "request_",
    [
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: +4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 0x4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 4,4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"Host: other\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"X: a\x00b\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"X: a\rGET /evil HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"no colon\r\n\r\n",
        b"GET / HTTP/1.1\r\n : empty\r\n\r\n",
        b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
        b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\n" + HOST + b"\r\n",
        b"CONNECT localhost:80 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"NONSENSE / HTTP/1.1\r\n" + HOST + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_ill_formed_request_is_refused_and_what_follows_is_not_served(serve: Any, request_: bytes) -> None:
    application = Paths()
    with serve(application) as served:
        client = served.connect()
        client.send(request_, EVIL)
        answer = client.rest()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"<Code>BadRequest</Code>" in answer
    assert application.paths in ([], ["/"])


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 100_000,
        b"GET / HTTP/1.1\r\n" + HOST + b"X: 1\r\n" * 300 + b"\r\n",
    ],
)
def test_headers_have_a_limit(serve: Any, head: bytes) -> None:
    application = Paths()
    with serve(application) as served:
        client = served.connect()
        client.send(head)
        assert client.rest().startswith(b"HTTP/1.1 431 ")
    assert application.paths == []


def test_slow_headers_time_out(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HEADER_SECONDS", 0.2)
    with serve(Paths()) as served:
        client = served.connect()
        client.send(b"GET / HTTP/1.1\r\n", b"X: 1\r\n")
        assert client.rest().startswith(b"HTTP/1.1 408 ")


def test_connection_that_says_nothing_does_not_time_out_with_slow_headers(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "HEADER_SECONDS", 0.1)
    with serve(Paths()) as served:
        client = served.connect()
        client.send(b"GET / HTTP/1.1\r\n", HOST, b"\r\n")
        assert client.answer()[0] == 200
        threading.Event().wait(0.3)
        client.send(b"GET / HTTP/1.1\r\n", HOST, b"\r\n")
        assert client.answer()[0] == 200


@pytest.mark.parametrize("length", [1000, 10_000_000])
def test_body_that_stalls_times_out(serve: Any, monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    monkeypatch.setattr(limits, "STALL_SECONDS", 0.2)
    with serve(Paths()) as served:
        client = served.connect()
        client.send(b"POST / HTTP/1.1\r\n", HOST, b"Content-Length: %d\r\n\r\nabc" % length)
        answer = client.rest()
    assert b"RequestTimeout" in answer


def test_garbage_after_a_request_does_not_spoil_its_answer(serve: Any) -> None:
    application = Paths()
    with serve(application) as served:
        client = served.connect()
        client.send(b"GET /a HTTP/1.1\r\n" + HOST + b"\r\n\x00garbage\r\n\r\n")
        answer = client.rest()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"ok")
    assert application.paths == ["/a"]


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nContent-Length: 9000000\r\n" + HOST + HOST,
        b"POST http://evil.example/ HTTP/1.1\r\nContent-Length: 9000000\r\n" + HOST,
        b"POST /forbidden HTTP/1.1\r\nConnection: close\r\nContent-Length: 9000000\r\n" + HOST,
        b"POST /forbidden HTTP/1.0\r\nContent-Length: 9000000\r\n" + HOST,
        b"POST / HTTP/1.1\r\nContent-Length: +1\r\n" + HOST,
    ],
)
def test_client_that_is_still_sending_can_read_the_last_answer(serve: Any, head: bytes) -> None:
    def forbid(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("403 Forbidden", [])
        return [b"refused"]

    with serve(forbid) as served:
        client = served.connect()
        client.send(head, b"\r\n")
        status, headers, _ = client.answer()
        assert (status in (400, 403), headers["connection"]) == (True, "close")
        for _ in range(3):
            client.send(b"x" * 1_000_000)
        assert client.rest() == b""


def test_client_that_goes_on_sending_after_the_last_answer_is_cut_off(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LINGER_SECONDS", 0.2)
    with serve(Paths()) as served:
        client = served.connect()
        client.send(b"GET / HTTP/1.1\r\n", HOST, HOST, b"\r\n")
        assert client.answer()[0] == 400
        with pytest.raises(ConnectionError):
            for _ in range(100):
                client.send(b"x")
                threading.Event().wait(0.05)
