"""A client's connection: uvicorn's HTTP/1.1 protocol with limits of size and time, and no leniency."""

from __future__ import annotations

from asyncio import AbstractEventLoop, TimerHandle, Transport
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from local_aws.http.server import limits
from local_aws.http.server.refusals import refusal

_SLICE_BYTES = 16 * 1024
"""Bytes that are parsed at a time, and the uncertainty of the limit of header bytes."""


class _LingeringTransport(Transport):
    """A TCP transport whose `close` ends the answers at once, and the connection when the client has ended its side.

    Closed while the client is still sending, a connection would be reset, and the client might never read the answer
    (RFC 9112, 9.6). It is given `limits.LINGER_SECONDS`; what it sends in that time is to be thrown away.
    """

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._is_lingering = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what the event loop's transport knows, e.g. ``peername``."""
        return self._transport.get_extra_info(name, default)

    def is_closing(self) -> bool:
        """Return whether no further answer can be sent."""
        return self._is_lingering or self._transport.is_closing()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send a piece of an answer."""
        self._transport.write(data)

    def pause_reading(self) -> None:
        """Leave what comes in the socket's buffer."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take what comes."""
        self._transport.resume_reading()

    def close(self) -> None:
        """Send what was written and the end; close when the client has ended its side, or after a while."""
        if self.is_closing():
            return
        self._is_lingering = True
        self._transport.write_eof()
        self._transport.resume_reading()
        self._loop.call_later(limits.LINGER_SECONDS, self._transport.close)

    def abort(self) -> None:
        """Close at once; what was written may be lost."""
        self._transport.abort()


class Connection(HttpToolsProtocol):
    """Parses requests; each becomes a task of the application.

    Notes
    -----
    A request that is not HTTP/1.1 to the letter, such as one with two lengths, is refused and the connection closed:
    what followed could be read as another request than its sender meant. The scope's ``extensions`` name the
    connection, so that the application can see that its client has gone.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.parser = httptools.HttpRequestParser(self)
        self._are_headers_open = False
        self._is_body_open = False
        self._header_bytes = 0
        self._deadline: TimerHandle | None = None
        self._is_refused = False

    @property
    def is_lost(self) -> bool:
        """Whether the client has gone, or has been sent the last answer."""
        return bool(self.transport.is_closing())

    def connection_made(self, transport: Transport) -> None:
        """Wait for the first request as long as for the next ones."""
        super().connection_made(_LingeringTransport(transport, self.loop))
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        self._stop_deadline()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has come; after the last answer it is discarded."""
        self._unset_keepalive_if_required()
        for start in range(0, len(data), _SLICE_BYTES):
            if self._is_refused or self.is_lost:
                return
            self._parse(data[start : start + _SLICE_BYTES])
        if self._are_headers_open and self._deadline is None and not self._is_refused:
            self._deadline = self.loop.call_later(limits.HEADER_SECONDS, self._refuse_slow_headers)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._are_headers_open = self._is_body_open = True
        self._header_bytes = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; those that trail a chunked body are not headers of the request."""
        if self._are_headers_open:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to serve the request."""
        self._are_headers_open = False
        self._stop_deadline()
        if len(self.headers) > limits.MAX_HEADERS:
            self._refuse_headers()
            return
        self.scope["extensions"] = {"connection": self}
        self.scope["state"] = {"target": self.url}
        super().on_headers_complete()
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._is_body_open = False
        self._stop_deadline()
        if not self._is_refused:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Serve the next request; what is left of this one's body may take a while, but not forever."""
        super().on_response_complete()
        if self._is_body_open and self.cycle.response_complete and not self.transport.is_closing():
            self._stop_deadline()
            self._deadline = self.loop.call_later(limits.STALL_SECONDS, self.transport.close)

    def _parse(self, data: bytes) -> None:
        """Parse a slice, before which headers that go on too long are refused."""
        if self._are_headers_open:
            self._header_bytes += len(data)
            if self._header_bytes > limits.MAX_HEADER_BYTES:
                self._refuse_headers()
                return
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # an upgrade is not taken up, see on_headers_complete
        except httptools.HttpParserError:
            self._refuse(HTTPStatus.BAD_REQUEST, "BadRequest", "the request is not well-formed HTTP/1.1")

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse_slow_headers(self) -> None:
        self._refuse(HTTPStatus.REQUEST_TIMEOUT, "RequestTimeout", "the request's headers did not come in time")

    def _refuse_headers(self) -> None:
        reason = f"a request may have {limits.MAX_HEADERS} headers and {limits.MAX_HEADER_BYTES} bytes of them"
        self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "RequestHeaderSectionTooLarge", reason)

    def _refuse(self, status: HTTPStatus, code: str, message: str) -> None:
        """Answer what the application has not begun to answer, and close the connection after that.

        An answer under way is not to be mixed with a refusal: to a whole request it is awaited, else cut.
        """
        if self._is_refused or self.transport.is_closing():
            return
        self._is_refused = True
        self._stop_deadline()
        is_idle = self.cycle is None or self.cycle.response_complete
        if not is_idle and not self.cycle.more_body and not self.pipeline:
            self.cycle.keep_alive = False
            return
        is_answered = is_idle or not (self.cycle.response_started or self.pipeline)
        if not is_idle:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if is_answered:
            self.transport.write(refusal(status, code, message))
        self.transport.close()
