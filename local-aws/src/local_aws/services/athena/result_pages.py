"""Pages of a stored result, as GetQueryResults returns them.

A page is read from its byte offset, which is what a token holds: a late page costs no more than the first.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from local_aws.services.athena.errors import invalid_request

Row = dict[str, list[dict[str, str]]]

_FIELD: Final = re.compile(rb'(?:"((?:[^"]|"")*)")?(,|\r?\n|$)')


def read_page(path: Path, token: str | None, size: int, *, is_csv: bool) -> tuple[list[Row], str | None]:
    """Return at most `size` rows of a result, and the next page's token or None.

    Parameters
    ----------
    token
        From the page before; None for the first page.
    is_csv
        Whether the rows are CSV records with every value in quotes, the header first, rather than lines.
    """
    with path.open("rb") as stream:
        length = stream.seek(0, 2)
        stream.seek(_offset(token, length))
        records = _csv_records(stream) if is_csv else _lines(stream)
        rows: list[Row] = []
        for values in records:
            rows.append({"Data": [{} if value is None else {"VarCharValue": value} for value in values]})
            if len(rows) == size:
                break
        position = stream.tell()
    return rows, (_token(position) if position < length else None)


def _lines(stream: BinaryIO) -> Iterator[list[str | None]]:
    while line := stream.readline():
        yield [line.decode("utf-8").removesuffix("\n")]


def _csv_records(stream: BinaryIO) -> Iterator[list[str | None]]:
    """Yield records one by one, with the stream behind each; a value without quotes is NULL."""
    while record := stream.readline():
        # A record goes on over line ends inside quotes; the quotes of each line are counted once, for linear time.
        lines = [record]
        is_open = record.count(b'"') % 2
        while is_open and (more := stream.readline()):
            lines.append(more)
            is_open ^= more.count(b'"') % 2
        yield list(_values(b"".join(lines)))


def _values(record: bytes) -> Iterator[str | None]:
    position, ended = 0, False
    while not ended:
        match = _FIELD.match(record, position)
        if match is None:
            raise ValueError(f"malformed record in a result file: {record[:200]!r}")
        value = match.group(1)
        yield None if value is None else value.replace(b'""', b'"').decode("utf-8")
        position, ended = match.end(), match.group(2) != b","


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"byte:{offset}".encode()).decode()


def _offset(token: str | None, length: int) -> int:
    if token is None:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if word == "byte" and 0 < int(number) < length:
            return int(number)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    raise invalid_request(f"Invalid pagination token: {token!r}")
