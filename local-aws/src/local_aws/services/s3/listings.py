"""Listings of objects and uploads, page by page from the record store."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from local_aws.kernel.context import Answer, Handler, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, Records
from local_aws.services.s3.buckets import OWNER, BucketRecords
from local_aws.services.s3.store import OBJECTS, Store, after

MAX_PAGE = 1000
_AHEAD_OF_DELIMITER = 64
"""Rows to read at a time where a common prefix may stand for many of them."""


@dataclass
class Page:
    """One page of a listing."""

    records: list[Record] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    last: str = ""
    is_truncated: bool = False


def list_page(
    records: Records,
    kind: str,
    bucket: str,
    prefix: str,
    delimiter: str,
    start: str,
    limit: int,
    name: Callable[[Record], str] = lambda record: str(record["Key"]),
) -> Page:
    """Return one page of the records of a bucket.

    Parameters
    ----------
    start
        The first name of the page, inclusive.
    name
        A record's own key below the bucket.
    """
    page, end = Page(), after(f"{bucket}/{prefix}")
    at = f"{bucket}/{max(prefix, start)}"
    size = min(limit + 1, _AHEAD_OF_DELIMITER if delimiter else limit + 1)
    while limit > 0:
        batch = records.page(kind, at, end, size)
        for record in batch:
            if f"{bucket}/{name(record)}" < at:
                continue  # below a common prefix that is listed
            if len(page.records) + len(page.prefixes) == limit:
                page.is_truncated = True
                return page
            common = _common(record["Key"], prefix, delimiter)
            if common is None:
                page.records.append(record)
                page.last = record["Key"]
            else:
                page.prefixes.append(common)
                page.last = common
                at = after(f"{bucket}/{common}")
        if len(batch) < size:
            break
        at = max(at, f"{bucket}/{name(batch[-1])}\0")
    return page


class ListOperations:
    """ListObjects and ListObjectsV2."""

    def __init__(self, store: Store) -> None:
        self._records = store.records
        self._buckets = BucketRecords(store.records)

    @property
    def operations(self) -> dict[str, Handler]:
        """The handlers, by operation."""
        return {"ListObjects": self._list, "ListObjectsV2": self._list_v2}

    def _list(self, request: Request) -> Answer:
        marker, delimiter = request.get("Marker", ""), request.get("Delimiter", "")
        page, answer = self._page(request, marker, owner=True)
        answer["Marker"] = encoded(request, marker)
        if page.is_truncated and delimiter:
            answer["NextMarker"] = encoded(request, page.last)
        return answer

    def _list_v2(self, request: Request) -> Answer:
        token, start = request.get("ContinuationToken"), request.get("StartAfter", "")
        if token == "":
            raise _wrong_token()
        page, answer = self._page(
            request, start if token is None else _decoded(token), owner=bool(request.get("FetchOwner"))
        )
        answer["KeyCount"] = len(page.records) + len(page.prefixes)
        if token is not None:
            answer["ContinuationToken"] = token
        if start:
            answer["StartAfter"] = encoded(request, start)
        if page.is_truncated:
            answer["NextContinuationToken"] = base64.urlsafe_b64encode(page.last.encode()).decode()
        return answer

    def _page(self, request: Request, after_key: str, *, owner: bool) -> tuple[Page, Answer]:
        bucket, prefix, delimiter = request["Bucket"], request.get("Prefix", ""), request.get("Delimiter", "")
        self._buckets.require(bucket)
        limit = page_size(request, "MaxKeys")
        start = first_after(after_key, prefix, delimiter)
        page = list_page(self._records, OBJECTS, bucket, prefix, delimiter, start, limit)
        answer: Answer = {
            "Name": bucket,
            "Prefix": encoded(request, prefix),
            "MaxKeys": limit,
            "IsTruncated": page.is_truncated,
            "Contents": [_entry(request, row, owner=owner) for row in page.records],
            "CommonPrefixes": [{"Prefix": encoded(request, common)} for common in page.prefixes],
        }
        return page, answer | echoed(request)


def first_after(key: str, prefix: str, delimiter: str) -> str:
    """Return the first key to list after a key; what shares a common prefix that was listed is passed over."""
    common = _common(key, prefix, delimiter)
    if common is not None and common == key:
        return after(common)
    return f"{key}\0" if key else ""


def page_size(request: Mapping[str, Any], name: str) -> int:
    """Return how many entries a page may have."""
    size = request.get(name, MAX_PAGE)
    if not 0 <= size <= 2**31 - 1:
        raise AwsError("InvalidArgument", f"Argument {name} must be an integer between 0 and 2147483647; got {size}")
    return min(int(size), MAX_PAGE)


def encoded(request: Mapping[str, Any], text: str) -> str:
    """Return a key as the request's ``EncodingType`` asks."""
    return quote(text, safe="/*") if request.get("EncodingType") else text


def echoed(request: Mapping[str, Any]) -> Answer:
    """Return what an answer repeats of the request."""
    encoding = request.get("EncodingType")
    if encoding not in (None, "url"):
        raise AwsError(
            "InvalidArgument",
            "Invalid Encoding Method specified in Request",
            members={"ArgumentName": "encoding-type", "ArgumentValue": encoding},
        )
    members: Answer = {"EncodingType": encoding} if encoding else {}
    if request.get("Delimiter"):
        members["Delimiter"] = encoded(request, request["Delimiter"])
    return members


def _common(key: str, prefix: str, delimiter: str) -> str | None:
    """Return the common prefix that a key is listed by; None if it is listed by itself."""
    if not delimiter or not key.startswith(prefix):
        return None
    at = key.find(delimiter, len(prefix))
    return None if at < 0 else key[: at + len(delimiter)]


def _entry(request: Request, row: Record, *, owner: bool) -> Answer:
    entry = {
        "Key": encoded(request, row["Key"]),
        "LastModified": row["LastModified"],
        "ETag": f'"{row["ETag"]}"',
        "Size": row["Size"],
        "StorageClass": "STANDARD",
    }
    if row.get("Checksum"):
        entry["ChecksumAlgorithm"] = [row["Checksum"]["Algorithm"]]
        entry["ChecksumType"] = row["Checksum"]["Type"]
    return {**entry, "Owner": OWNER} if owner else entry


def _decoded(token: str) -> str:
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise _wrong_token() from None


def _wrong_token() -> AwsError:
    return AwsError(
        "InvalidArgument",
        "The continuation token provided is incorrect",
        members={"ArgumentName": "continuation-token"},
    )
