"""Answers to requests that do not reach the application."""

from __future__ import annotations

from http import HTTPStatus
from xml.sax.saxutils import escape


def error_body(code: str, message: str) -> bytes:
    """Return an error in the XML that S3 answers with, as to any request whose service is not known."""
    return f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>".encode()


def refusal(status: HTTPStatus, code: str, message: str) -> bytes:
    """Return a whole answer, after which the connection closes."""
    body = error_body(code, message)
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body
