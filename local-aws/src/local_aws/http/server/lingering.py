"""A connection's transport that closes without a reset under the last answer."""

from __future__ import annotations

import asyncio
from typing import Any

from local_aws.http.server import limits


class LingeringTransport(asyncio.Transport):
    """A TCP transport whose `close` ends the answers at once, and the connection when the client has ended its side.

    Closed while the client is still sending, a connection would be reset, and the client might never read the answer
    (RFC 9112, 9.6). It is given `limits.LINGER_SECONDS`; what it sends in that time is to be thrown away.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
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
