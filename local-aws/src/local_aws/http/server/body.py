"""A request's body on its way from the event loop to a thread."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from typing import Any

from local_aws.http.server import limits
from local_aws.kernel.errors import AwsError

Receive = Callable[[], Awaitable[dict[str, Any]]]


class RequestBody(io.RawIOBase):
    """What a client sends, piece by piece: a piece is asked for when the one before it has been read."""

    def __init__(self, receive: Receive, loop: asyncio.AbstractEventLoop) -> None:
        self._receive = receive
        self._loop = loop
        self._piece = memoryview(b"")
        self.is_asked_for = False
        self.has_ended = False

    async def collect(self, size: int) -> bool:
        """Read until there are over `size` bytes; return whether that is the whole body.

        Raises
        ------
        AwsError
            As `readinto` does.
        """
        pieces, length = [], 0
        while not self.has_ended and length <= size:
            pieces.append(await self._next())
            length += len(pieces[-1])
        self._piece = memoryview(b"".join(pieces))
        return self.has_ended

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Read at least one byte, but at the end; called by a thread.

        Raises
        ------
        AwsError
            ``RequestTimeout`` when nothing comes for long, ``IncompleteBody`` when the client has gone.
        """
        while not self._piece and not self.has_ended:
            self._piece = memoryview(asyncio.run_coroutine_threadsafe(self._next(), self._loop).result())
        size = min(len(buffer), len(self._piece))
        buffer[:size] = self._piece[:size]
        self._piece = self._piece[size:]
        return size

    async def _next(self) -> bytes:
        self.is_asked_for = True
        try:
            async with asyncio.timeout(limits.STALL_SECONDS):
                message = await self._receive()
        except TimeoutError:
            reason = f"no part of the request's body came for {limits.STALL_SECONDS:g} seconds"
            raise AwsError("RequestTimeout", reason) from None
        if message["type"] == "http.disconnect":
            raise AwsError("IncompleteBody", "the connection ended before the request's body did")
        self.has_ended = not message["more_body"]
        piece: bytes = message["body"]
        return piece
