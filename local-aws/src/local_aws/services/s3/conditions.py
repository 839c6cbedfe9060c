"""Conditions of requests: on what is read, copied, written and deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record


def check_read(request: Mapping[str, Any], row: Record) -> None:
    """Check the conditions of GetObject and HeadObject in the order of RFC 7232 (412 ``PreconditionFailed``, 304)."""
    _check(request, row, "", AwsError("NotModified", "Not Modified", 304))


def check_source(request: Mapping[str, Any], row: Record) -> None:
    """Check the conditions of a copy on its source."""
    _check(request, row, "CopySource", _failed("x-amz-copy-source-If-None-Match"))


def write_allowed(request: Mapping[str, Any]) -> Callable[[Record | None], None]:
    """Return the check of the row to be replaced or deleted, as ``IfMatch`` and ``IfNoneMatch`` ask."""
    match, none_match = request.get("IfMatch"), request.get("IfNoneMatch")
    if none_match not in (None, "*"):
        raise AwsError(
            "NotImplemented",
            f"A header you provided implies functionality that is not implemented: If-None-Match must be *; "
            f"got {none_match!r}",
            501,
        )

    def check(current: Record | None) -> None:
        if none_match is not None and current is not None:
            raise _failed("If-None-Match")
        if match is None:
            return
        if current is None:
            raise AwsError("NoSuchKey", "The specified key does not exist: If-Match needs an object", 404)
        if not _is_any_of(current["ETag"], match):
            raise _failed("If-Match")

    return check


def _check(request: Mapping[str, Any], row: Record, prefix: str, not_modified: AwsError) -> None:
    match, none_match = request.get(f"{prefix}IfMatch"), request.get(f"{prefix}IfNoneMatch")
    since, until = request.get(f"{prefix}IfModifiedSince"), request.get(f"{prefix}IfUnmodifiedSince")
    modified = row["LastModified"].replace(microsecond=0)
    if match is not None:
        if not _is_any_of(row["ETag"], match):
            raise _failed("If-Match")
    elif isinstance(until, datetime) and modified > until:
        raise _failed("If-Unmodified-Since")
    if none_match is not None:
        if _is_any_of(row["ETag"], none_match):
            raise not_modified
    elif isinstance(since, datetime) and modified <= since:
        raise not_modified


def _is_any_of(etag: str, listed: str) -> bool:
    return any(candidate.strip().removeprefix("W/").strip('"') in (etag, "*") for candidate in listed.split(","))


def _failed(condition: str) -> AwsError:
    return AwsError(
        "PreconditionFailed",
        f"At least one of the pre-conditions you specified did not hold: {condition}",
        412,
        {"Condition": condition},
    )
