"""PutObject, CopyObject, the deletions, and changes of tags."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from local_aws.http.checksums import Received, answered
from local_aws.http.payload import Payload
from local_aws.kernel.context import Answer, Context, Handler, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.s3.buckets import BucketRecords
from local_aws.services.s3.conditions import check_source, write_allowed
from local_aws.services.s3.content import MAX_PUT_BYTES, FileStream
from local_aws.services.s3.metadata import (
    MAX_OBJECT_TAGS,
    check_key,
    checked_tags,
    described,
    encryption,
    header_tags,
)
from local_aws.services.s3.store import Store, new_row

_MAX_DELETED = 1000
_CHANGES = ("ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled", "StorageClass", "WebsiteRedirectLocation")
"""What makes a copy of an object onto itself a change, beside ``MetadataDirective``."""


class WriteOperations:
    """The operations that put, tag and delete objects."""

    def __init__(self, context: Context, store: Store) -> None:
        self._store = store
        self._settings = context.settings
        self._buckets = BucketRecords(store.records)

    @property
    def operations(self) -> dict[str, Handler]:
        """The handlers, by operation."""
        return {
            "CopyObject": self._copy,
            "DeleteObject": self._delete,
            "DeleteObjectTagging": lambda request: self._tag(request, {}),
            "DeleteObjects": self._delete_many,
            "PutObject": self._put,
            "PutObjectTagging": self._put_tags,
        }

    def _put(self, request: Request) -> Answer:
        bucket, key = request["Bucket"], request["Key"]
        self._buckets.require(bucket)
        check_key(key)
        allow = write_allowed(request)
        row = {
            **described(request),
            "Tags": header_tags(request.get("Tagging")),
            "Encryption": encryption(request, self._buckets.settings(bucket), self._settings),
        }
        stream, payload = body_of(request)
        allow(self._store.row(bucket, key))
        received = Received(request, payload)
        file, content = self._store.write(stream, received)
        self._store.commit({**new_row(bucket, key, received), **row}, file, content, self._still(bucket, allow))
        return {
            "ETag": f'"{received.md5}"',
            **answered(received.checksum),
            **row["Encryption"],
        }

    def _copy(self, request: Request) -> Answer:
        bucket, key = request["Bucket"], request["Key"]
        source_bucket, source_key = copy_source(request["CopySource"])
        self._buckets.require(bucket)
        self._buckets.require(source_bucket)
        check_key(key)
        allow = write_allowed(request)
        _check_itself(request, (source_bucket, source_key) == (bucket, key))
        source, descriptor = self._store.open(source_bucket, source_key)
        stream = FileStream(descriptor, 0, source["Size"])
        try:
            check_source(request, source)
            if source["Size"] > MAX_PUT_BYTES:
                raise AwsError(
                    "InvalidRequest",
                    f"The specified copy source is larger than the maximum allowable size for a copy source: "
                    f"{MAX_PUT_BYTES}",
                )
            row = self._copied(request, source)
            kept = source.get("Checksum") or {}
            received = Received({"ChecksumAlgorithm": request.get("ChecksumAlgorithm") or kept.get("Algorithm")})
            file, content = self._store.write(stream, received)
        finally:
            stream.close()
        stored = self._store.commit(
            {**new_row(bucket, key, received), **row}, file, content, self._still(bucket, allow)
        )
        result = {
            "ETag": f'"{received.md5}"',
            "LastModified": stored["LastModified"],
            **answered(received.checksum),
        }
        return {"CopyObjectResult": result, **row["Encryption"]}

    def _copied(self, request: Request, source: Record) -> Record:
        """Return headers, metadata, tags and encryption of a copy."""
        row = {name: source[name] for name in ("Headers", "Metadata")}
        if request.get("MetadataDirective", "COPY") == "REPLACE":
            row = described(request)
        elif request.get("WebsiteRedirectLocation"):
            row["Headers"] = row["Headers"] | {"WebsiteRedirectLocation": request["WebsiteRedirectLocation"]}
        replaces_tags = request.get("TaggingDirective", "COPY") == "REPLACE"
        return {
            **row,
            "Tags": header_tags(request.get("Tagging")) if replaces_tags else source["Tags"],
            "Encryption": encryption(request, self._buckets.settings(request["Bucket"]), self._settings),
        }

    def _delete(self, request: Request) -> Answer:
        self._buckets.require(request["Bucket"])
        check_key(request["Key"])
        self._store.delete(request["Bucket"], request["Key"], write_allowed(request, is_write=False))
        return {}

    def _delete_many(self, request: Request) -> Answer:
        bucket, entries = request["Bucket"], request["Delete"]["Objects"]
        self._buckets.require(bucket)
        if not 1 <= len(entries) <= _MAX_DELETED:
            raise AwsError(
                "MalformedXML", f"The XML you provided was not well-formed: {len(entries)} of 1 to 1000 Objects"
            )
        deleted, errors = [], []
        for entry in entries:
            try:
                self._delete_entry(bucket, entry)
            except AwsError as error:
                errors.append({"Key": entry["Key"], "Code": error.code, "Message": error.message})
            else:
                deleted.append({"Key": entry["Key"]})
        answer: Answer = {} if request["Delete"].get("Quiet") else {"Deleted": deleted}
        return {**answer, "Errors": errors} if errors else answer

    def _delete_entry(self, bucket: str, entry: Mapping[str, Any]) -> None:
        check_key(entry["Key"])
        if entry.get("VersionId", "null") != "null":
            raise AwsError("NoSuchVersion", "The specified version does not exist: the bucket has no versions", 404)
        self._store.delete(bucket, entry["Key"], write_allowed({"IfMatch": entry.get("ETag")}, is_write=False))

    def _put_tags(self, request: Request) -> Answer:
        return self._tag(request, checked_tags(request["Tagging"]["TagSet"], MAX_OBJECT_TAGS))

    def _tag(self, request: Request, tags: dict[str, str]) -> Answer:
        self._buckets.require(request["Bucket"])
        check_key(request["Key"])
        self._store.change(request["Bucket"], request["Key"], lambda row: row.update(Tags=tags))
        return {}

    def _still(self, bucket: str, allow: Any) -> Any:
        """Return the check of a commit: the bucket is there, and the conditions hold."""

        def check(current: Record | None) -> None:
            self._buckets.require(bucket)
            allow(current)

        return check


def body_of(request: Mapping[str, Any]) -> tuple[Any, Payload | None]:
    """Return the stream of a request's body, and the payload that it is when it came by HTTP."""
    body = request.get("Body", b"")
    if isinstance(body, Payload):
        return body, body
    return (io.BytesIO(body) if isinstance(body, bytes | bytearray) else body), None


def copy_source(value: str) -> tuple[str, str]:
    """Return bucket and key of a copy's source."""
    path, _, query = value.partition("?")
    if query and query != "versionId=null":
        raise AwsError("InvalidArgument", f"Invalid version id specified: {query}; the bucket has no versions")
    try:
        # What HTTP gives as Latin-1 is UTF-8.
        text = unquote_to_bytes(path.encode("latin-1" if path.isascii() else "utf-8")).decode()
    except UnicodeError:
        raise AwsError("InvalidArgument", f"Copy Source must be URL-encoded UTF-8: {value!r}") from None
    bucket, slash, key = text.removeprefix("/").partition("/")
    if not bucket or not slash or not key:
        raise AwsError(
            "InvalidArgument", f"Copy Source must mention the source bucket and key: sourcebucket/sourcekey: {value!r}"
        )
    return bucket, key


def copied_range(value: str, size: int) -> tuple[int, int]:
    """Return start and length of a ``x-amz-copy-source-range`` header."""
    first, dash, last = value.removeprefix("bytes=").partition("-")
    is_range = value.startswith("bytes=") and dash and first.isdecimal() and last.isdecimal()
    if not is_range or len(first) > 15 or len(last) > 15 or int(first) > int(last):
        raise AwsError(
            "InvalidArgument",
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy",
            members={"ArgumentName": "x-amz-copy-source-range", "ArgumentValue": value},
        )
    if int(first) >= size:
        raise AwsError("InvalidRequest", "The specified copy range is invalid for the source object size")
    if int(last) >= size:
        raise AwsError(
            "InvalidArgument",
            f"Range specified is not valid for source object of size: {size}",
            members={"ArgumentName": "x-amz-copy-source-range", "ArgumentValue": value},
        )
    return int(first), int(last) - int(first) + 1


def _check_itself(request: Mapping[str, Any], is_itself: bool) -> None:
    changes = request.get("MetadataDirective") == "REPLACE" or any(request.get(name) is not None for name in _CHANGES)
    if is_itself and not changes:
        raise AwsError(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes.",
        )
