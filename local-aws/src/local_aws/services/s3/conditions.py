"""Conditions of requests: on what is read, copied, written and deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record


def check_read(request: Mapping[str, Any], row: Record) -> None:
    """Check the conditions of GetObject and HeadObject in the order of RFC 7232 (412 ``PreconditionFailed``, 304)."""
    _check(request, row, "")


def check_source(request: Mapping[str, Any], row: Record) -> None:
    """Check the conditions of a copy on its source."""
    _check(request, row, "CopySource")


def write_allowed(request: Mapping[str, Any], *, is_write: bool = True) -> Callable[[Record | None], None]:
    """Return the check of the row to be replaced or deleted, as ``IfMatch`` and ``IfNoneMatch`` ask.

    Parameters
    ----------
    is_write
        Whether an object is written, which must not replace just any.
    """
    match, none_match = request.get("IfMatch"), request.get("IfNoneMatch")
    if match is not None and none_match is not None:
        raise _not_implemented("If-Match,If-None-Match", "Multiple conditional request headers present in the request")
    if none_match not in (None, "*"):
        raise _not_accepted("If-None-Match")
    if match == "*" and is_write:
        raise _not_accepted("If-Match")

    def check(current: Record | None) -> None:
        if none_match is not None and current is not None:
            raise _failed("If-None-Match")
        if match is None:
            return
        if current is None:
            raise AwsError("NoSuchKey", "The specified key does not exist.", 404, {"Key": request.get("Key", "")})
        if not _is_any_of(current["ETag"], match):
            raise _failed("If-Match")

    return check


def _check(request: Mapping[str, Any], row: Record, prefix: str) -> None:
    header = "x-amz-copy-source-" if prefix else ""

    def not_modified(condition: str) -> AwsError:
        return _failed(f"{header}{condition}") if prefix else AwsError("NotModified", "Not Modified", 304)

    match, none_match = request.get(f"{prefix}IfMatch"), request.get(f"{prefix}IfNoneMatch")
    since, until = request.get(f"{prefix}IfModifiedSince"), request.get(f"{prefix}IfUnmodifiedSince")
    modified = row["LastModified"].replace(microsecond=0)
    if match is not None:
        if not _is_any_of(row["ETag"], match):
            raise _failed(f"{header}If-Match")
    elif isinstance(until, datetime) and modified > until:
        raise _failed(f"{header}If-Unmodified-Since")
    if none_match is not None:
        if _is_any_of(row["ETag"], none_match):
            raise not_modified("If-None-Match")
    elif isinstance(since, datetime) and modified <= since:
        raise not_modified("If-Modified-Since")


def _is_any_of(etag: str, listed: str) -> bool:
    return any(candidate.strip().removeprefix("W/").strip('"') in (etag, "*") for candidate in listed.split(","))


def _failed(condition: str) -> AwsError:
    return AwsError(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        412,
        {"Condition": condition},
    )


def _not_accepted(header: str) -> AwsError:
    return _not_implemented(header, f"We don't accept the provided value of {header} header for this API")


def _not_implemented(header: str, reason: str) -> AwsError:
    return AwsError(
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
        501,
        {"Header": header, "additionalMessage": reason},
    )
