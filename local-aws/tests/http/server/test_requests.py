"""What the application is told of a request, and what a client is told of its answer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with what the application was told."""
    body = environ["wsgi.input"].read()
    told = {name: value for name, value in environ.items() if isinstance(value, (str, dict))}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"environ": told, "body": body.decode("latin-1")}).encode()]


def told(answer: tuple[int, dict[str, str], bytes]) -> Any:
    status, _, body = answer
    assert status == 200
    return json.loads(body)


@pytest.mark.parametrize(
    "target",
    ["/b/a%3Fv=2?x=%2F", "/b/hour=10%253A00", "//b//k", "/b/%C3%A9", "/b/a+b;c&d", "/b/..%2F.", "/b/'\"?list-type=2"],
)
def test_target_arrives_undecoded(serve: Any, target: str) -> None:
    with serve(echo) as served:
        environ = told(served.ask(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()))["environ"]
    assert environ["RAW_URI"] == environ["REQUEST_URI"] == target
    assert environ["QUERY_STRING"] == target.partition("?")[2]


def test_path_of_absolute_target_is_what_follows_the_host(serve: Any) -> None:
    with serve(echo) as served:
        answer = served.ask(b"GET http://localhost/b/%41?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    environ = told(answer)["environ"]
    assert (environ["RAW_URI"], environ["PATH_INFO"]) == ("/b/%41?x=1", "/b/A")


def test_only_metadata_headers_may_have_underscores(serve: Any) -> None:
    request = (
        b"GET / HTTP/1.1\r\nHost: localhost\r\nx-amz-meta-a_b: 1\r\nX_Amz_Target: evil\r\nx-amz-meta-c-d: 2\r\n\r\n"
    )
    with serve(echo) as served:
        environ = told(served.ask(request))["environ"]
    assert environ["moto.preserved_header_names"] == {"HTTP_X_AMZ_META_A_B": "x-amz-meta-a_b"}
    assert environ["HTTP_X_AMZ_META_C_D"] == "2"
    assert "HTTP_X_AMZ_TARGET" not in environ


def test_chunked_body_arrives_decoded_and_its_trailers_are_no_headers(serve: Any) -> None:
    request = (
        b"PUT /b/k HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n2\r\nde\r\n0\r\nX-Amz-Target: evil\r\n\r\n"
    )
    with serve(echo) as served:
        answer = told(served.ask(request))
    assert answer["body"] == "abcde"
    assert "CONTENT_LENGTH" not in answer["environ"]
    assert "HTTP_X_AMZ_TARGET" not in answer["environ"]


@pytest.mark.parametrize("body", [b"", b"abc", b"x" * 1_000_000])
def test_client_that_expects_100_continue_gets_it_and_keeps_its_connection(serve: Any, body: bytes) -> None:
    head = f"PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    with serve(echo) as served:
        client = served.connect()
        for _ in range(2):
            client.send(head.encode())
            assert client.head()[0] == 100
            client.send(body)
            assert told(client.answer())["body"] == body.decode()


def test_refused_large_body_need_not_be_sent(serve: Any) -> None:
    def refuse(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("413 Content Too Large", [])
        return [b"too large"]

    head = b"PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\nExpect: 100-continue\r\n\r\n"
    with serve(refuse) as served:
        client = served.connect()
        client.send(head)
        status, headers, body = client.answer()
        assert (status, headers["connection"], body) == (413, "close", b"too large")
        assert client.rest() == b""


def test_refused_body_that_is_sent_is_no_further_request(serve: Any) -> None:
    def refuse(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("403 Forbidden", [])
        return [environ["PATH_INFO"].encode()]

    evil = b"GET /evil HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20_000
    with serve(refuse) as served:
        client = served.connect()
        client.send(f"PUT /k HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(evil)}\r\n\r\n".encode(), evil)
        assert client.answer()[2] == b"/k"
        client.send(b"GET /next HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.answer()[2] == b"/next"


def test_answer_to_head_has_a_length_and_no_body(serve: Any) -> None:
    def five(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "5")])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [b"12345"]

    with serve(five) as served:
        client = served.connect()
        client.send(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.head()[1]["content-length"] == "5"
        client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.answer()[2] == b"12345"


def test_pipelined_requests_are_answered_in_order(serve: Any) -> None:
    with serve(echo) as served:
        client = served.connect()
        client.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % number for number in range(5)))
        assert [told(client.answer())["environ"]["PATH_INFO"] for _ in range(5)] == ["/0", "/1", "/2", "/3", "/4"]


def test_application_that_raises_answers_an_error_with_a_code(serve: Any) -> None:
    def broken(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raise ZeroDivisionError("by <zero>")

    with serve(broken) as served:
        status, _, body = served.ask(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert status == 500
    assert b"<Code>InternalError</Code>" in body


def test_answer_that_breaks_off_is_not_taken_for_a_whole_one(serve: Any) -> None:
    def breaks_off(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        yield b"x" * 1_000_000
        raise OSError("disk")

    with serve(breaks_off) as served:
        client = served.connect()
        client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.head()
        with pytest.raises(ConnectionResetError):
            assert not client.rest().endswith(b"0\r\n\r\n")
            raise ConnectionResetError
