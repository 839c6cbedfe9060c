"""The payloads that batch transform makes of an input object: whole, or its lines in as few requests as allowed."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from local_aws.kernel.limits import MB


class RecordTooLargeError(ValueError):
    """Raised when one record, or an object that is not split, is over the payload limit."""


@dataclass(frozen=True)
class Splitting:
    """How an object becomes payloads: whole, or its lines as records, as many per payload as fit or one by one."""

    split_type: Literal["None", "Line"]
    strategy: Literal["MultiRecord", "SingleRecord"]
    max_megabytes: int

    @property
    def max_bytes(self) -> int:
        """The payload limit in bytes."""
        return self.max_megabytes * MB


def read_records(path: Path, compressed: bool) -> Iterator[bytes]:
    """Return the lines of an object without their ends; empty lines at the end are not records."""
    with gzip.open(path) if compressed else path.open("rb") as stream:
        empty = 0
        for line in stream:
            record = line.rstrip(b"\r\n")
            if not record:
                empty += 1
                continue
            yield from [b""] * empty
            empty = 0
            yield record


def read_whole(path: Path, compressed: bool, splitting: Splitting) -> bytes:
    """Return an object's content as one payload."""
    with gzip.open(path) if compressed else path.open("rb") as stream:
        content = stream.read(splitting.max_bytes + 1)
    if len(content) > splitting.max_bytes:
        raise RecordTooLargeError(
            f"the object is over MaxPayloadInMB={splitting.max_megabytes}; set SplitType to Line or raise the limit"
        )
    return content


def batch_records(records: Iterable[bytes], splitting: Splitting) -> Iterator[list[bytes]]:
    """Group records into mini-batches within the payload limit."""
    batch: list[bytes] = []
    size = 0
    for number, record in enumerate(records, 1):
        if len(record) >= splitting.max_bytes:
            raise RecordTooLargeError(f"record {number} is over MaxPayloadInMB={splitting.max_megabytes}")
        if batch and (splitting.strategy == "SingleRecord" or size + len(record) + 1 > splitting.max_bytes):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += len(record) + 1
    if batch:
        yield batch


def join_records(records: list[bytes]) -> bytes:
    """Write a mini-batch as a payload."""
    return b"\n".join(records) + b"\n"
