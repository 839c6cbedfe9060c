"""Runs the WSGI application for requests that arrive on an event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import CancelledError
from http import HTTPStatus
from io import BytesIO
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from local_aws.http.server import limits
from local_aws.http.server.body import Receive, RequestBody
from local_aws.http.server.environ import AmbiguousHeaderError, environ_of
from local_aws.http.server.refusals import error_body
from local_aws.http.server.workers import Workers
from local_aws.kernel.errors import AwsError

_log = logging.getLogger(__name__)
_GATHERED_BYTES = 64 * 1024
"""Answers up to this size go out in one piece."""

Application = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
_Headers = list[tuple[bytes, bytes]]


class Bridge:
    """An ASGI application that is a WSGI application in threads.

    Notes
    -----
    Small bodies are read before a thread is taken; larger ones stream to it. An answer is sent as it is iterated: the
    next piece is taken when the client has taken most of those before. It is closed in any case, early if the client
    goes away.
    """

    def __init__(self, application: Application, workers: Workers) -> None:
        self._application = application
        self._workers = workers

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        headers = dict(scope["headers"])
        body = RequestBody(receive, asyncio.get_running_loop())
        try:
            environ = environ_of(scope, body)
            if await _is_collected(body, headers):
                environ["wsgi.input"] = BytesIO(body.readall())
        except AmbiguousHeaderError as error:
            await _refuse(send, HTTPStatus.BAD_REQUEST, "BadRequest", str(error))
            return
        except AwsError as error:
            if error.code == "RequestTimeout":
                await _refuse(send, HTTPStatus.REQUEST_TIMEOUT, error.code, error.message)
            return
        exchange = _Exchange(self._application, environ, body, scope["extensions"]["connection"], send)
        await self._workers.run(exchange.run)
        await exchange.finish()


async def _is_collected(body: RequestBody, headers: dict[bytes, bytes]) -> bool:
    """Read a small body; a large one, or one whose sender waits to be asked for an unknown size, is left."""
    length = headers.get(b"content-length")
    if length is None and b"transfer-encoding" not in headers:
        length = b"0"
    if length is None and b"expect" in headers:
        return False
    if length is not None and int(length) > limits.COLLECTED_BYTES:
        return False
    return await body.collect(limits.COLLECTED_BYTES)


async def _refuse(send: Send, status: HTTPStatus, code: str, message: str) -> None:
    body = error_body(code, message)
    headers = [(b"content-type", b"text/xml"), (b"content-length", b"%d" % len(body)), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Exchange:
    """One request and its answer: `run` in a thread, then `finish` on the event loop."""

    def __init__(
        self, application: Application, environ: WSGIEnvironment, body: RequestBody, connection: Any, send: Send
    ) -> None:
        self._application = application
        self._environ = environ
        self._body = body
        self._connection = connection
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._status = 0
        self._headers: _Headers = []
        self._last_piece = b""
        self._is_started = False
        self._is_broken = False

    def run(self) -> None:
        """Make the answer, and send it as far as it does not fit into one piece."""
        try:
            answer = self._application(self._environ, self._start_response)
            try:
                self._iterate(answer)
            finally:
                getattr(answer, "close", lambda: None)()
        except CancelledError:
            self._is_broken = True  # the server stops
        except Exception as error:  # noqa: BLE001 - the boundary: one broken request must not take the server down
            _log.exception("%s %s failed", self._environ["REQUEST_METHOD"], self._environ["PATH_INFO"])
            self._is_broken = self._is_started
            self._status = HTTPStatus.INTERNAL_SERVER_ERROR
            self._last_piece = error_body("InternalError", f"{type(error).__name__}: {error}")
            self._headers = [(b"content-type", b"text/xml")]

    async def finish(self) -> None:
        """Send what is left of the answer; one that broke off is cut, so that nobody takes it for a whole one."""
        if self._is_broken:
            self._connection.transport.abort()
            return
        await self._put(self._last_piece, is_last=True)

    def _start_response(self, status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
        self._status = int(status.split(None, 1)[0])
        self._headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return self._refuse_to_write

    @staticmethod
    def _refuse_to_write(piece: bytes) -> object:
        raise NotImplementedError("answers are iterated, not written")

    def _iterate(self, answer: Iterable[bytes]) -> None:
        if isinstance(answer, (list, tuple)):
            self._last_piece = b"".join(answer)
            return
        gathered: list[bytes] = []
        size = 0
        for piece in answer:
            gathered.append(piece)
            size += len(piece)
            if size > _GATHERED_BYTES:
                asyncio.run_coroutine_threadsafe(self._put(b"".join(gathered)), self._loop).result()
                gathered, size = [], 0
                if self._connection.is_lost:
                    return
        self._last_piece = b"".join(gathered)

    async def _put(self, piece: bytes, *, is_last: bool = False) -> None:
        try:
            async with asyncio.timeout(limits.STALL_SECONDS):
                if not self._is_started:
                    self._is_started = True
                    await self._send(self._start(len(piece) if is_last else None))
                await self._send({"type": "http.response.body", "body": piece, "more_body": not is_last})
        except TimeoutError:
            self._connection.transport.abort()

    def _start(self, length: int | None) -> dict[str, Any]:
        headers = self._headers
        names = {name.lower() for name, _ in headers}
        if length is not None and b"content-length" not in names and self._status not in (204, 304):
            headers.append((b"content-length", b"%d" % length))
        if not self._body.is_asked_for and "HTTP_EXPECT" in self._environ:
            # The client may still send the body or not, and nobody could tell it from a further request.
            headers.append((b"connection", b"close"))
        return {"type": "http.response.start", "status": self._status, "headers": headers}
