"""Multipart uploads: records of uploads and parts, and what becomes of them when they are completed or aborted."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from local_aws.http.checksums import Received, answered, member, multipart_type
from local_aws.http.xml_answers import can_be_written
from local_aws.kernel.context import Answer, Context, Handler, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now
from local_aws.services.s3.buckets import UPLOADS, BucketRecords
from local_aws.services.s3.completion import algorithm_of, chosen_parts, upload_checksum, upload_etag
from local_aws.services.s3.conditions import check_source, write_allowed
from local_aws.services.s3.content import MAX_PUT_BYTES, FileStream, discarded_on_failure, join
from local_aws.services.s3.metadata import check_key, described, encryption, header_tags
from local_aws.services.s3.store import OBJECT_PARTS, PARTS, Store, row_key
from local_aws.services.s3.writes import body_of, copied_range, copy_source

MAX_PARTS = 10_000


class UploadOperations:
    """The operations of an upload's life."""

    def __init__(self, context: Context, store: Store) -> None:
        self._store = store
        self._records = store.records
        self._settings = context.settings
        self._buckets = BucketRecords(store.records)

    @property
    def operations(self) -> dict[str, Handler]:
        """The handlers, by operation."""
        return {
            "AbortMultipartUpload": self._abort,
            "CompleteMultipartUpload": self._complete,
            "CreateMultipartUpload": self._create,
            "UploadPart": self._upload,
            "UploadPartCopy": self._copy,
        }

    def _create(self, request: Request) -> Answer:
        bucket, key = request["Bucket"], request["Key"]
        self._buckets.require(bucket)
        check_key(key)
        named, kind = request.get("ChecksumAlgorithm"), request.get("ChecksumType")
        if kind is not None and named is None:
            raise AwsError(
                "InvalidRequest",
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
            )
        upload = {
            "Bucket": bucket,
            "Key": key,
            "UploadId": f"{time.time_ns():016x}{uuid.uuid4().hex}",
            "Initiated": now(),
            **described(request),
            "Tags": header_tags(request.get("Tagging")),
            "Encryption": encryption(request, self._buckets.settings(bucket), self._settings),
            "Checksum": named and {"ChecksumAlgorithm": named, "ChecksumType": multipart_type(named, kind)},
        }
        with self._store.lock:
            self._buckets.require(bucket)
            self._records.insert(UPLOADS, upload_key(upload), upload)
        answer = {"Bucket": bucket, **written_key(key), "UploadId": upload["UploadId"]}
        return answer | upload["Encryption"] | (upload["Checksum"] or {})

    def _upload(self, request: Request) -> Answer:
        upload = require_upload(self._store, request)
        _check_number(request["PartNumber"])
        stream, payload = body_of(request)
        received = Received(request, payload, kept=algorithm_of(upload))
        _check_algorithm(upload, received)
        self._store_part(upload, request["PartNumber"], stream, received)
        values = {member(algorithm): value for algorithm, value in received.finish().items()}
        return {"ETag": f'"{received.md5}"', **values, **upload["Encryption"]}

    def _copy(self, request: Request) -> Answer:
        upload = require_upload(self._store, request)
        _check_number(request["PartNumber"])
        bucket, key = copy_source(request["CopySource"])
        self._buckets.require(bucket)
        source, descriptor = self._store.open(bucket, key)
        stream = FileStream(descriptor, 0, source["Size"])
        try:
            check_source(request, source)
            wanted = request.get("CopySourceRange")
            start, length = (0, source["Size"]) if wanted is None else copied_range(wanted, source["Size"])
            if length > MAX_PUT_BYTES:
                raise AwsError("InvalidRequest", "The specified copy source is larger than 5368709120 bytes")
            received = Received({}, kept=algorithm_of(upload))
            part = self._store_part(
                upload, request["PartNumber"], FileStream(os.dup(descriptor), start, length), received
            )
        finally:
            stream.close()
        result = {"ETag": f'"{received.md5}"', "LastModified": part["LastModified"]}
        result |= {member(algorithm): value for algorithm, value in received.finish().items()}
        return {"CopyPartResult": result, **upload["Encryption"]}

    def _store_part(self, upload: Record, number: int, stream: Any, received: Received) -> Record:
        """Keep a part, in place of one of the same number."""
        file, content = self._store.write(stream, received, self._store.layout.part())
        part = {
            "PartNumber": number,
            "File": file,
            "Size": content.size,
            "ETag": received.md5,
            "Checksum": received.finish().get(algorithm_of(upload) or ""),
            "LastModified": now(),
        }
        with self._store.lock, discarded_on_failure(self._store.layout.remove, file):
            require_upload(self._store, upload)
            before = self._records.get(PARTS, part_key(upload, number))
            self._records.put(PARTS, part_key(upload, number), part)
        if before is not None:
            self._store.layout.remove(before["File"])
        return part

    def _complete(self, request: Request) -> Answer:
        allow = write_allowed(request)
        try:
            upload = require_upload(self._store, request)
        except AwsError as error:
            return self._completed_before(request, error)
        stored = {part["PartNumber"]: part for part in parts_of(self._store, upload)}
        parts = chosen_parts(request, upload, stored)
        etag = upload_etag(parts)
        checksum = upload_checksum(request, upload, parts)
        size = sum(part["Size"] for part in parts)
        if request.get("MpuObjectSize") not in (None, size):
            raise AwsError(
                "InvalidRequest",
                f"The provided 'x-amz-mp-object-size' header value {request['MpuObjectSize']} does not match what was "
                f"computed: {size}",
            )
        allow(self._store.row(upload["Bucket"], upload["Key"]))
        file = self._store.layout.incoming()
        with discarded_on_failure(self._store.layout.remove, file):
            try:
                content = join([self._store.layout.path(part["File"]) for part in parts], self._store.layout.path(file))
            except FileNotFoundError:
                raise _no_such_upload(request["UploadId"]) from None

        def still(current: Record | None) -> None:
            require_upload(self._store, request)
            if {part["PartNumber"]: part for part in parts_of(self._store, upload)} != stored:
                raise AwsError("OperationAborted", "A part was uploaded while the upload was being completed", 409)
            allow(current)

        row = {name: upload[name] for name in ("Bucket", "Key", "Headers", "Metadata", "Tags", "Encryption")}
        row |= {"ETag": etag, "Checksum": checksum, "UploadId": upload["UploadId"]}

        def end() -> None:
            kept = [{"Size": part["Size"], "Checksum": part["Checksum"]} for part in parts]
            self._records.put(OBJECT_PARTS, upload["UploadId"], {"Parts": kept})
            self._forget(upload, stored)

        self._store.commit(row, file, content, still, end)
        for part in stored.values():
            self._store.layout.remove(part["File"])
        return self._completed(row)

    def _completed_before(self, request: Request, error: AwsError) -> Answer:
        """Answer a repeated request as the first one, if what that made is still there."""
        row = self._store.row(request["Bucket"], request["Key"])
        if row is None or row.get("UploadId") != request["UploadId"]:
            raise error
        return self._completed(row)

    def _completed(self, row: Record) -> Answer:
        location = f"{self._settings.endpoint_url}/{row['Bucket']}/{quote(row['Key'], safe='/')}"
        return {
            "Location": location,
            "Bucket": row["Bucket"],
            **written_key(row["Key"]),
            "ETag": f'"{row["ETag"]}"',
            **answered(row["Checksum"]),
            **row["Encryption"],
        }

    def _abort(self, request: Request) -> Answer:
        with self._store.lock:
            upload = require_upload(self._store, request)
            stored = {part["PartNumber"]: part for part in parts_of(self._store, upload)}
            with self._records.together():
                self._forget(upload, stored)
        for part in stored.values():
            self._store.layout.remove(part["File"])
        return {}

    def _forget(self, upload: Record, parts: Mapping[int, Record]) -> None:
        self._records.delete(UPLOADS, upload_key(upload))
        for number in parts:
            self._records.delete(PARTS, part_key(upload, number))


def upload_key(upload: Mapping[str, Any]) -> str:
    """Return the key of an upload's record: by key, and by the time when it was created."""
    return f"{row_key(upload['Bucket'], upload['Key'])}\0{upload['UploadId']}"


def written_key(key: str) -> Answer:
    """Return the member of an answer that repeats the key; none if XML cannot carry it."""
    return {"Key": key} if can_be_written(key) else {}


def part_key(upload: Mapping[str, Any], number: int) -> str:
    """Return the key of a part's record."""
    return f"{upload['UploadId']}/{number:05}"


def require_upload(store: Store, request: Mapping[str, Any]) -> Record:
    """Return the upload that a request names, or raise ``NoSuchBucket`` or ``NoSuchUpload``."""
    BucketRecords(store.records).require(request["Bucket"])
    check_key(request["Key"])
    upload = store.records.get(UPLOADS, upload_key(request)) if request["UploadId"].isalnum() else None
    if upload is None:
        raise _no_such_upload(request["UploadId"])
    return upload


def parts_of(store: Store, upload: Mapping[str, Any], first: int = 1, limit: int = MAX_PARTS + 1) -> list[Record]:
    """Return the parts of an upload, by number."""
    return store.records.page(PARTS, part_key(upload, first), f"{upload['UploadId']}0", limit)


def _check_number(number: int) -> None:
    if not 1 <= number <= MAX_PARTS:
        raise AwsError("InvalidArgument", f"Part number must be an integer between 1 and {MAX_PARTS}, inclusive")


def _check_algorithm(upload: Record, received: Received) -> None:
    claimed = received.claimed_algorithm
    expected = algorithm_of(upload)
    if claimed is not None and expected is not None and claimed != expected:
        raise AwsError(
            "InvalidRequest",
            f"Checksum Type mismatch occurred, expected checksum Type: {expected.lower()}, actual checksum Type: "
            f"{claimed.lower()}",
        )


def _no_such_upload(upload_id: str) -> AwsError:
    return AwsError(
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
        "completed.",
        404,
        {"UploadId": upload_id[:1024]},
    )
