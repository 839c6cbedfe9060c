"""Multipart uploads: order, sizes, checksums, conditions, repetition, and what is left of them."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.services.s3.test_object_semantics import code

BUCKET = "uploads"
PART = b"p" * (5 << 20)


@pytest.fixture(scope="module")
def s3(server: Any) -> Any:
    client = server.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def begin(s3: Any) -> Callable[..., dict[str, Any]]:
    """Return a function that begins an upload and gives the members that name it."""

    def begun(key: str, **request: Any) -> dict[str, Any]:
        upload = s3.create_multipart_upload(Bucket=BUCKET, Key=key, **request)["UploadId"]
        return {"Bucket": BUCKET, "Key": key, "UploadId": upload}

    return begun


def put(s3: Any, place: dict[str, Any], number: int, body: bytes, **request: Any) -> dict[str, Any]:
    answer = s3.upload_part(**place, PartNumber=number, Body=body, **request)
    sums = {name: value for name, value in answer.items() if name.startswith("Checksum") and name != "ChecksumType"}
    return {"PartNumber": number, "ETag": answer["ETag"], **sums}


def complete(s3: Any, place: dict[str, Any], *parts: dict[str, Any], **request: Any) -> dict[str, Any]:
    return s3.complete_multipart_upload(**place, MultipartUpload={"Parts": list(parts)}, **request)


def test_parts_become_one_object_with_its_parts_known(s3: Any, begin: Any) -> None:
    place = begin("k", ContentType="a/b", Metadata={"m": "1"}, Tagging="t=1")
    parts = [put(s3, place, 10, PART), put(s3, place, 20, b"end")]
    answer = complete(s3, place, *parts)
    digests = b"".join(hashlib.md5(body, usedforsecurity=False).digest() for body in (PART, b"end"))
    assert answer["ETag"] == f'"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-2"'
    found = s3.get_object(Bucket=BUCKET, Key="k")
    assert (found["Body"].read(), found["ContentType"], found["Metadata"]) == (PART + b"end", "a/b", {"m": "1"})
    assert s3.get_object_tagging(Bucket=BUCKET, Key="k")["TagSet"] == [{"Key": "t", "Value": "1"}]
    second = s3.get_object(Bucket=BUCKET, Key="k", PartNumber=2)
    size = len(PART) + 3
    assert (second["Body"].read(), second["PartsCount"], second["ContentRange"]) == (
        b"end",
        2,
        f"bytes {size - 3}-{size - 1}/{size}",
    )


def test_a_repeated_completion_is_answered_as_the_first(s3: Any, begin: Any) -> None:
    place = begin("again")
    part = put(s3, place, 1, b"1")
    assert complete(s3, place, part)["ETag"] == complete(s3, place, part)["ETag"]
    s3.put_object(Bucket=BUCKET, Key="again", Body=b"2")
    assert code(lambda: complete(s3, place, part)) == "NoSuchUpload"
    assert s3.get_object(Bucket=BUCKET, Key="again")["Body"].read() == b"2"


@pytest.mark.parametrize(
    ("choose", "expected"),
    [
        (lambda one, two: [two, one], "InvalidPartOrder"),
        (lambda one, two: [one, one], "InvalidPartOrder"),
        (lambda one, two: [{**one, "ETag": '"00000000000000000000000000000000"'}], "InvalidPart"),
        (lambda one, two: [one, {**two, "PartNumber": 3}], "InvalidPart"),
        (lambda one, two: [one, two], "EntityTooSmall"),
        (lambda one, two: [{"PartNumber": 1}], "MalformedXML"),
        (lambda one, two: [], "InvalidRequest"),
        (lambda one, two: [two], "ok"),
    ],
)
def test_parts_must_be_there_in_order_and_large_enough(s3: Any, begin: Any, choose: Any, expected: str) -> None:
    place = begin("order")
    parts = choose(put(s3, place, 1, b"small"), put(s3, place, 2, b"end"))
    assert code(lambda: complete(s3, place, *parts)) == expected


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"PartNumber": 0}, "InvalidArgument"),
        ({"PartNumber": 10001}, "InvalidArgument"),
        ({"PartNumber": 10000}, "ok"),
        ({"UploadId": "nobodys"}, "NoSuchUpload"),
        ({"Key": "other"}, "NoSuchUpload"),
        ({"Bucket": "nowhere"}, "NoSuchBucket"),
        ({"ContentMD5": base64.b64encode(bytes(16)).decode()}, "BadDigest"),
        ({"ChecksumSHA256": base64.b64encode(bytes(32)).decode()}, "BadDigest"),
        ({"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}, "InvalidRequest"),
    ],
)
def test_what_a_part_asks_for_is_honoured_or_refused(s3: Any, begin: Any, request_: dict, expected: str) -> None:
    place = begin("part")
    assert code(lambda: s3.upload_part(**{**place, "PartNumber": 1, "Body": b"1"} | request_)) == expected


def test_conditions_of_a_completion(s3: Any, begin: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="there", Body=b"1")
    place = begin("there")
    part = put(s3, place, 1, b"2")
    assert code(lambda: complete(s3, place, part, IfNoneMatch="*")) == "PreconditionFailed"
    assert code(lambda: complete(s3, place, part, IfMatch="other")) == "PreconditionFailed"
    assert code(lambda: complete(s3, place, part, MpuObjectSize=2)) == "InvalidRequest"
    assert s3.get_object(Bucket=BUCKET, Key="there")["Body"].read() == b"1"
    complete(s3, place, part, IfMatch=hashlib.md5(b"1", usedforsecurity=False).hexdigest(), MpuObjectSize=1)
    assert s3.get_object(Bucket=BUCKET, Key="there")["Body"].read() == b"2"


def test_checksums_of_wholes_and_of_parts(s3: Any, begin: Any) -> None:
    place = begin("full", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    parts = [put(s3, place, number, body, ChecksumAlgorithm="CRC32") for number, body in ((1, PART), (2, b"end"))]
    whole = base64.b64encode(zlib.crc32(PART + b"end").to_bytes(4, "big")).decode()
    assert code(lambda: complete(s3, place, *parts, ChecksumCRC32="AAAAAA==")) == "BadDigest"
    answer = complete(s3, place, *parts, ChecksumCRC32=whole, ChecksumType="FULL_OBJECT")
    assert (answer["ChecksumCRC32"], answer["ChecksumType"]) == (whole, "FULL_OBJECT")
    place = begin("composite", ChecksumAlgorithm="SHA256")
    parts = [put(s3, place, number, body, ChecksumAlgorithm="SHA256") for number, body in ((1, PART), (2, b"end"))]
    of_parts = hashlib.sha256(hashlib.sha256(PART).digest() + hashlib.sha256(b"end").digest()).digest()
    expected = f"{base64.b64encode(of_parts).decode()}-2"
    assert complete(s3, place, *parts)["ChecksumSHA256"] == expected
    head = s3.head_object(Bucket=BUCKET, Key="composite", ChecksumMode="ENABLED")
    assert (head["ChecksumSHA256"], head["ChecksumType"]) == (expected, "COMPOSITE")
    assert code(lambda: begin("no", ChecksumAlgorithm="SHA1", ChecksumType="FULL_OBJECT")) == "InvalidRequest"
    assert code(lambda: begin("no", ChecksumAlgorithm="XXHASH64")) == "NotImplemented"


def test_ranges_are_copied_into_parts(s3: Any, begin: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="from", Body=b"0123456789")
    place = {**begin("to"), "CopySource": f"{BUCKET}/from", "PartNumber": 1}
    copied = s3.upload_part_copy(**place, CopySourceRange="bytes=2-4")["CopyPartResult"]
    assert code(lambda: s3.upload_part_copy(**place, CopySourceRange="bytes=8-10")) == "InvalidArgument"
    assert code(lambda: s3.upload_part_copy(**place, CopySourceRange="bytes=8-")) == "InvalidArgument"
    assert code(lambda: s3.upload_part_copy(**place, CopySourceIfMatch="other")) == "PreconditionFailed"
    del place["CopySource"], place["PartNumber"]
    complete(s3, place, {"PartNumber": 1, "ETag": copied["ETag"]})
    assert s3.get_object(Bucket=BUCKET, Key="to")["Body"].read() == b"234"


def test_uploads_and_parts_are_listed_by_pages(s3: Any, server: Any) -> None:
    s3.create_bucket(Bucket="listed-uploads")
    places = []
    for key in ("a/1", "a/2", "a/2", "b"):
        upload = s3.create_multipart_upload(Bucket="listed-uploads", Key=key)["UploadId"]
        places.append({"Key": key, "UploadId": upload})
    pages = s3.get_paginator("list_multipart_uploads").paginate(
        Bucket="listed-uploads", PaginationConfig={"PageSize": 1}
    )
    found = [{"Key": upload["Key"], "UploadId": upload["UploadId"]} for page in pages for upload in page["Uploads"]]
    assert found == places
    folded = s3.list_multipart_uploads(Bucket="listed-uploads", Delimiter="/")
    assert [common["Prefix"] for common in folded["CommonPrefixes"]] == ["a/"]
    assert [upload["Key"] for upload in folded["Uploads"]] == ["b"]
    place = {"Bucket": "listed-uploads", **places[0]}
    for number in (3, 1, 2):
        put(s3, place, number, b"x" * number)
    parts = s3.get_paginator("list_parts").paginate(**place, PaginationConfig={"PageSize": 2})
    assert [(part["PartNumber"], part["Size"]) for page in parts for part in page["Parts"]] == [(1, 1), (2, 2), (3, 3)]
    assert code(lambda: s3.delete_bucket(Bucket="listed-uploads")) == "BucketNotEmpty"


def test_an_aborted_upload_leaves_nothing(s3: Any, begin: Any, server: Any) -> None:
    folder = server.context.settings.data_dir / "s3/parts"
    before = set(folder.iterdir())
    place = begin("aborted")
    put(s3, place, 1, b"1")
    put(s3, place, 1, b"2")
    assert len(set(folder.iterdir()) - before) == 1
    s3.abort_multipart_upload(**place)
    assert set(folder.iterdir()) == before
    assert code(lambda: s3.abort_multipart_upload(**place)) == "NoSuchUpload"
