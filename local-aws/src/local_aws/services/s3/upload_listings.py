"""ListMultipartUploads and ListParts."""

from __future__ import annotations

from typing import Any

from local_aws.http.checksums import member
from local_aws.kernel.context import Answer, Handler, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.s3.buckets import OWNER, UPLOADS, BucketRecords
from local_aws.services.s3.listings import echoed, encoded, first_after, list_page, page_size
from local_aws.services.s3.multipart import MAX_PARTS, parts_of, require_upload, written_key
from local_aws.services.s3.store import Store


class UploadListings:
    """The listings of uploads and of their parts."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._buckets = BucketRecords(store.records)

    @property
    def operations(self) -> dict[str, Handler]:
        """The handlers, by operation."""
        return {"ListMultipartUploads": self._uploads, "ListParts": self._parts}

    def _uploads(self, request: Request) -> Answer:
        bucket, prefix, delimiter = request["Bucket"], request.get("Prefix", ""), request.get("Delimiter", "")
        self._buckets.require(bucket)
        limit, start = page_size(request, "MaxUploads"), _first(request, prefix, delimiter)
        page = list_page(self._store.records, UPLOADS, bucket, prefix, delimiter, start, limit, _name)
        answer: Answer = {
            "Bucket": bucket,
            "KeyMarker": encoded(request, request.get("KeyMarker", "")),
            "UploadIdMarker": request.get("UploadIdMarker", ""),
            "Prefix": encoded(request, prefix),
            "MaxUploads": limit,
            "IsTruncated": page.is_truncated,
            "Uploads": [_upload(request, upload) for upload in page.records],
            "CommonPrefixes": [{"Prefix": encoded(request, common)} for common in page.prefixes],
        }
        if page.is_truncated:
            ends_in_upload = page.records and page.records[-1]["Key"] == page.last
            answer["NextKeyMarker"] = encoded(request, page.last)
            answer["NextUploadIdMarker"] = page.records[-1]["UploadId"] if ends_in_upload else ""
        return answer | echoed(request)

    def _parts(self, request: Request) -> Answer:
        upload = require_upload(self._store, request)
        limit, marker = page_size(request, "MaxParts"), _marker(request.get("PartNumberMarker", 0))
        records = parts_of(self._store, upload, marker + 1, limit + 1)
        parts = records[:limit]
        answer: Answer = {
            "Bucket": upload["Bucket"],
            **written_key(upload["Key"]),
            "UploadId": upload["UploadId"],
            "PartNumberMarker": marker,
            "MaxParts": limit,
            "IsTruncated": len(records) > limit > 0,
            "Parts": [_part(upload, part) for part in parts],
            "Initiator": OWNER,
            "Owner": OWNER,
            "StorageClass": "STANDARD",
        }
        if parts:
            answer["NextPartNumberMarker"] = parts[-1]["PartNumber"]
        return answer | (upload["Checksum"] or {})


def _first(request: Request, prefix: str, delimiter: str) -> str:
    """Return the name of the first upload of a page: after the marked upload, or after all of the marked key."""
    key, upload_id = request.get("KeyMarker", ""), request.get("UploadIdMarker", "")
    if key and upload_id:
        return f"{key}\0{upload_id}\0"
    # An upload's name is its key, a NUL and digits.
    start = first_after(key, prefix, delimiter)
    return f"{key}\0g" if start == f"{key}\0" else start


def _name(upload: Record) -> str:
    return f"{upload['Key']}\0{upload['UploadId']}"


def _upload(request: Request, upload: Record) -> dict[str, Any]:
    return {
        "UploadId": upload["UploadId"],
        "Key": encoded(request, upload["Key"]),
        "Initiated": upload["Initiated"],
        "StorageClass": "STANDARD",
        "Owner": OWNER,
        "Initiator": OWNER,
        **(upload["Checksum"] or {}),
    }


def _part(upload: Record, part: Record) -> dict[str, Any]:
    entry = {
        "PartNumber": part["PartNumber"],
        "LastModified": part["LastModified"],
        "ETag": f'"{part["ETag"]}"',
        "Size": part["Size"],
    }
    named = upload["Checksum"]
    return {**entry, member(named["ChecksumAlgorithm"]): part["Checksum"]} if named else entry


def _marker(value: int | str) -> int:
    number = int(value) if str(value).isdecimal() and len(str(value)) <= 10 else -1
    if number < 0:
        raise AwsError("InvalidArgument", f"Argument part-number-marker must be an integer; got {value!r}")
    return min(number, MAX_PARTS)
