"""What a child process prints, as lines of bounded length, until the process ends."""

from __future__ import annotations

import os
import selectors
from collections.abc import Callable, Iterable, Iterator
from typing import IO

MAX_LINE_BYTES = 250_000
"""Longer lines are cut: CloudWatch Logs takes events up to 256 KB, and a line without an end would fill the memory."""

_CHUNK_BYTES = 65_536
_LOOK_SECONDS = 0.2
_MAX_LEFT_BYTES = 1_048_576
"""What a pipe can hold when its process has ended; more comes from another process."""


def read_output(stream: IO[bytes], has_ended: Callable[[], bool]) -> Iterator[bytes]:
    """Return what arrives at a pipe.

    Parameters
    ----------
    has_ended
        Whether the process that was started has ended. What it left running may keep the pipe open forever, as a
        daemon does; that is not waited for.
    """
    left = _MAX_LEFT_BYTES
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while left > 0:
            # Asked before the pipe is looked at: what the process printed last is there by then.
            ended = has_ended()
            if selector.select(0 if ended else _LOOK_SECONDS):
                chunk = os.read(stream.fileno(), _CHUNK_BYTES)
                if not chunk:
                    return
                left -= len(chunk) if ended else 0
                yield chunk
            elif ended:
                return


def split_lines(chunks: Iterable[bytes], max_bytes: int = MAX_LINE_BYTES) -> Iterator[str]:
    """Return the lines of a text that comes in chunks, without their ends; long ones in pieces."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield from map(_text, _pieces(line, max_bytes))
        *pieces, rest = _pieces(rest, max_bytes)
        yield from map(_text, pieces)
    if rest:
        yield _text(rest)


def _pieces(line: bytes, max_bytes: int) -> Iterator[bytes]:
    """Cut a line into pieces of at most so many bytes, between characters; the last one may be empty."""
    start = 0
    while len(line) - start > max_bytes:
        end = start + max_bytes
        while end > start + 1 and line[end] & 0xC0 == 0x80:  # a byte that continues a character
            end -= 1
        yield line[start:end]
        start = end
    yield line[start:]


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")
