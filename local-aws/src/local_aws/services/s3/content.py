"""Contents of objects on their way between a request and a file, piece by piece."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from local_aws.http.checksums import Received
from local_aws.kernel.errors import AwsError

PIECE_BYTES = 1 << 20
MAX_PUT_BYTES = 5 << 30
"""S3's bound on what one request puts or copies: 5 GiB."""
_COPY_BYTES = 1 << 30


class Stream(Protocol):
    """What content is read from."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, none at the end; a file that has become shorter raises `OSError`."""


@dataclass(frozen=True)
class Written:
    """Content that lies in a file of its own."""

    size: int
    modified_ns: int
    """The file's time of modification."""


def write(stream: Stream, path: Path, received: Received) -> Written:
    """Write a stream into a new file."""
    size = 0
    with path.open("xb", buffering=0) as file:
        while piece := stream.read(PIECE_BYTES):
            size += len(piece)
            if size > MAX_PUT_BYTES:
                raise AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
            received.update(piece)
            _write_all(file.fileno(), piece)
        received.check()
        return written(file.fileno())


def join(parts: list[Path], path: Path) -> Written:
    """Write a new file with the contents of others, in their order, without passing them through memory."""
    with path.open("xb", buffering=0) as file:
        for part in parts:
            with part.open("rb", buffering=0) as source:
                _copy(source.fileno(), file.fileno())
        return written(file.fileno())


def written(descriptor: int) -> Written:
    """Return what a file holds."""
    status = os.fstat(descriptor)
    return Written(status.st_size, status.st_mtime_ns)


class FileStream:
    """A range of an open file, read once; the body of an answer.

    Parameters
    ----------
    descriptor
        The file; closed by `close`.
    """

    def __init__(self, descriptor: int, start: int, length: int) -> None:
        self._descriptor = descriptor
        self._at = start
        self._left = length

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, none at the end; a file that has become shorter raises `OSError`."""
        wanted = self._left if size < 0 else min(size, self._left)
        if wanted == 0:
            return b""
        piece = os.pread(self._descriptor, wanted, self._at)
        if not piece:
            raise OSError(f"the file of an object ends {self._left} bytes too early: somebody writes into it")
        self._at += len(piece)
        self._left -= len(piece)
        return piece

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(PIECE_BYTES):
            yield piece

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        self.close()


@contextlib.contextmanager
def discarded_on_failure(remove: Callable[[str], Any], file: str) -> Iterator[str]:
    """Remove a file again if the block that fills it fails."""
    try:
        yield file
    except BaseException:
        remove(file)
        raise


def _write_all(descriptor: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]


def _copy(source: int, target: int) -> None:
    if hasattr(os, "copy_file_range"):
        with contextlib.suppress(OSError):  # not on every file system: what it has not copied is read and written
            while os.copy_file_range(source, target, _COPY_BYTES):
                pass
    while piece := os.read(source, PIECE_BYTES):
        _write_all(target, piece)
