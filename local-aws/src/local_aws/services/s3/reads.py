"""GetObject, HeadObject and GetObjectTagging: ranges, parts, conditions, and the content as a stream."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from local_aws.http.checksums import answered, member
from local_aws.kernel.context import Answer, Handler, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.s3.buckets import BucketRecords
from local_aws.services.s3.conditions import check_read
from local_aws.services.s3.content import FileStream
from local_aws.services.s3.metadata import check_key, metadata_headers, tag_set
from local_aws.services.s3.store import OBJECT_PARTS, Store, no_such_key

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_OVERRIDES = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires")


class ReadOperations:
    """The operations that read one object."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._buckets = BucketRecords(store.records)

    @property
    def operations(self) -> dict[str, Handler]:
        """The handlers, by operation."""
        return {"GetObject": self._get, "GetObjectTagging": self._tags, "HeadObject": self._head}

    def _get(self, request: Request) -> Answer:
        row, descriptor = self._open(request)
        try:
            start, length, answer = self._described(request, row)
        except BaseException:
            os.close(descriptor)
            raise
        return {**answer, "Body": FileStream(descriptor, start, length)}

    def _head(self, request: Request) -> Answer:
        row, descriptor = self._open(request)
        os.close(descriptor)
        return self._described(request, row)[2]

    def _tags(self, request: Request) -> Answer:
        self._buckets.require(request["Bucket"])
        check_key(request["Key"])
        row = self._store.row(request["Bucket"], request["Key"])
        if row is None:
            raise no_such_key(request["Key"])
        return {"TagSet": tag_set(row["Tags"])}

    def _open(self, request: Request) -> tuple[Record, int]:
        self._buckets.require(request["Bucket"])
        check_key(request["Key"])
        return self._store.open(request["Bucket"], request["Key"])

    def _described(self, request: Request, row: Record) -> tuple[int, int, Answer]:
        """Return where the wanted range begins, its length, and the answer without the content."""
        overrides = _overrides(request)
        check_read(request, row)
        start, end, part = self._range(request, row)
        answer = {
            "AcceptRanges": "bytes",
            "ContentLength": end - start,
            "ETag": f'"{row["ETag"]}"',
            "LastModified": row["LastModified"],
            "Metadata": metadata_headers(row["Metadata"]),
            **row["Headers"],
            **row["Encryption"],
            **overrides,
        }
        if row["Tags"]:
            answer["TagCount"] = len(row["Tags"])
        if part is not None:
            answer["PartsCount"] = part["Count"]
        is_whole = (start, end) == (0, row["Size"])
        if (request.get("Range") is not None and _parsed(request["Range"])) or part is not None:
            answer["ContentRange"] = f"bytes {start}-{end - 1}/{row['Size']}"
        if request.get("ChecksumMode") == "ENABLED":
            answer |= _checksum(row, part, is_whole=is_whole)
        return start, end - start, answer

    def _range(self, request: Request, row: Record) -> tuple[int, int, dict[str, Any] | None]:
        """Return start and end of what is wanted, and the part if one was asked for."""
        number, wanted, size = request.get("PartNumber"), request.get("Range"), row["Size"]
        if number is None:
            return *_bytes_of(wanted, size), None
        if wanted is not None:
            raise AwsError("InvalidRequest", "Cannot specify both Range header and partNumber query parameter")
        stored = self._store.records.get(OBJECT_PARTS, row["UploadId"]) if row.get("UploadId") else None
        parts = stored["Parts"] if stored else [{"Size": size, "Checksum": None}]
        if not 1 <= number <= len(parts):
            raise AwsError(
                "InvalidPartNumber",
                "The requested partnumber is not satisfiable",
                416,
                {"ActualPartCount": str(len(parts)), "PartNumberRequested": str(number)},
            )
        start = sum(part["Size"] for part in parts[: number - 1])
        part = parts[number - 1]
        if stored is None:
            return start, start + part["Size"], None
        return start, start + part["Size"], {**part, "Count": len(parts)}


def _bytes_of(wanted: str | None, size: int) -> tuple[int, int]:
    """Return start and end of a Range header; one that is ill-formed or multiple means the whole, as in S3."""
    bounds = _parsed(wanted)
    if bounds is None:
        return 0, size
    first, last = bounds
    if first is None:
        start, end = max(size - (last or 0), 0), size
    else:
        start, end = first, size if last is None else min(last + 1, size)
    if start >= size or start >= end:
        raise AwsError(
            "InvalidRange",
            "The requested range is not satisfiable",
            416,
            {"ActualObjectSize": str(size), "RangeRequested": wanted},
        )
    return start, end


def _parsed(wanted: str | None) -> tuple[int | None, int | None] | None:
    match = _RANGE.fullmatch(wanted.strip()) if wanted else None
    if match is None or match[1] == match[2] == "":
        return None
    first, last = (int(digits) if digits else None for digits in match.groups())
    return None if first is not None and last is not None and last < first else (first, last)


def _overrides(request: Mapping[str, Any]) -> Answer:
    overrides = {name: request[f"Response{name}"] for name in _OVERRIDES if request.get(f"Response{name}") is not None}
    if isinstance(overrides.get("Expires"), datetime):
        overrides["Expires"] = format_datetime(overrides["Expires"], usegmt=True)
    for name, value in overrides.items():
        if isinstance(value, str) and not _is_header(value):
            raise AwsError(
                "InvalidArgument", f"Header value cannot be represented using ISO-8859-1: Response{name} {value!r}"
            )
    return overrides


def _is_header(value: str) -> bool:
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return not any(character < " " and character != "\t" for character in value)


def _checksum(row: Record, part: Mapping[str, Any] | None, *, is_whole: bool) -> Answer:
    """Return the checksum of the whole or of the part that is read; there is none of other ranges."""
    if part is not None and part.get("Checksum"):
        return {member(row["Checksum"]["Algorithm"]): part["Checksum"], "ChecksumType": row["Checksum"]["Type"]}
    return answered(row["Checksum"]) if is_whole else {}
