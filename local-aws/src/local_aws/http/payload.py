"""The body of a request as a stream, decoded of `aws-chunked` and verified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from wsgiref.types import WSGIEnvironment

from local_aws.http.signatures.body_checks import BodyCheck
from local_aws.kernel.errors import AwsError

_PIECE_BYTES = 1 << 16
_MAX_LINE_BYTES = 8 * 1024
_MAX_TRAILERS = 16


class _Source(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Payload:
    """A request's body, read once from the beginning to the end.

    Parameters
    ----------
    source
        The undecoded body; its `read` returns ``b""`` at the end.
    length
        Decoded bytes, as far as the request announces them.
    announced_trailers
        The trailing headers that the request announces, in lower case.

    Attributes
    ----------
    trailers
        The trailing headers of an ``aws-chunked`` body, names in lower case; complete once `read` returned the end.
    """

    def __init__(
        self,
        source: _Source,
        length: int | None = None,
        *,
        is_chunked: bool = False,
        check: BodyCheck | None = None,
        announced_trailers: Sequence[str] = (),
    ) -> None:
        self.length = length
        self.announced_trailers = tuple(announced_trailers)
        self.trailers: dict[str, str] = {}
        self._lines = _Lines(source)
        self._is_chunked = is_chunked
        self._check = check or BodyCheck()
        self._left_in_chunk = 0
        self._read_bytes = 0
        self._has_ended = False

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` decoded bytes, all that is left if it is negative; ``b""`` at the end only.

        Raises
        ------
        AwsError
            ``IncompleteBody`` if the body is shorter or longer than announced, or not of its encoding;
            ``SignatureDoesNotMatch`` or ``XAmzContentSHA256Mismatch`` if it is not the one that was signed.
        """
        if size < 0:
            pieces = []
            while piece := self.read(_PIECE_BYTES):
                pieces.append(piece)
            return b"".join(pieces)
        if size == 0 or self._has_ended:
            return b""
        piece = self._chunked(size) if self._is_chunked else self._seen(self._lines.read(size))
        if not piece:
            self._end()
        return piece

    def _chunked(self, size: int) -> bytes:
        if self._left_in_chunk == 0 and not self._next_chunk():
            return b""
        piece = self._lines.read(min(size, self._left_in_chunk))
        if not piece:
            raise _incomplete("it ends within a chunk")
        self._left_in_chunk -= len(self._seen(piece))
        if self._left_in_chunk == 0:
            if self._lines.line():
                raise _incomplete("a chunk is longer than its header says")
            self._check.end_chunk()
        return piece

    def _seen(self, piece: bytes) -> bytes:
        self._read_bytes += len(piece)
        self._check.update(piece)
        return piece

    def _next_chunk(self) -> bool:
        """Read a chunk's header; after the last chunk the trailers, and return False."""
        header = self._lines.line()
        digits, _, extension = header.partition(b";")
        try:
            self._left_in_chunk = int(digits.strip(), 16)
        except ValueError:
            raise _incomplete(f"a chunk has the header {header[:80]!r}") from None
        if self._left_in_chunk < 0:
            raise _incomplete(f"a chunk has the header {header[:80]!r}")
        self._check.start_chunk(extension)
        if self._left_in_chunk == 0:
            self._check.end_chunk()
            self._read_trailers()
        return self._left_in_chunk > 0

    def _read_trailers(self) -> None:
        while line := self._lines.line(may_end=True):
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or len(self.trailers) == _MAX_TRAILERS:
                raise _incomplete(f"a trailer is {line[:80]!r}")
            self.trailers[name.strip().lower()] = value.strip()

    def _end(self) -> None:
        self._has_ended = True
        if self.length is not None and self._read_bytes != self.length:
            raise _incomplete(f"it has {self._read_bytes} of the {self.length} bytes that its headers announce")
        self._check.end(self.trailers)


class _Lines:
    """Lines and pieces of a stream that gives pieces only."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        self._ahead = b""

    def read(self, size: int) -> bytes:
        if not self._ahead:
            return self._source.read(size)
        piece, self._ahead = self._ahead[:size], self._ahead[size:]
        return piece

    def line(self, *, may_end: bool = False) -> bytes:
        """Return the next line without its end; at the end of the stream ``b""``, if that may come here."""
        while b"\r\n" not in self._ahead:
            if len(self._ahead) > _MAX_LINE_BYTES:
                raise _incomplete("a line of the encoding is too long")
            more = self._source.read(_PIECE_BYTES)
            if not more:
                if may_end and not self._ahead:
                    return b""
                raise _incomplete("it ends within the encoding")
            self._ahead += more
        line, _, self._ahead = self._ahead.partition(b"\r\n")
        return line


def payload_of(environ: WSGIEnvironment, headers: Mapping[str, Any], check: BodyCheck) -> Payload:
    """Return the body of a request to S3, unread."""
    claimed = str(headers.get("X-Amz-Content-SHA256", ""))
    is_chunked = claimed.startswith("STREAMING-") or "aws-chunked" in str(headers.get("Content-Encoding", ""))
    announced = headers.get("X-Amz-Decoded-Content-Length") if is_chunked else environ.get("CONTENT_LENGTH")
    length = int(announced) if announced and str(announced).isdecimal() else None
    trailers = [name.strip().lower() for name in str(headers.get("X-Amz-Trailer", "")).split(",") if name.strip()]
    return Payload(environ["wsgi.input"], length, is_chunked=is_chunked, check=check, announced_trailers=trailers)


def _incomplete(reason: str) -> AwsError:
    return AwsError("IncompleteBody", f"The request body is not what its headers announce: {reason}")
