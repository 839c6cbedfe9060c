"""What S3 documents of single objects: conditions, ranges, checksums, metadata, copies; each case one row."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.http import crc

BUCKET = "semantics"
OLD, NEW = datetime(2001, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
BODY = b"0123456789"
ETAG = hashlib.md5(BODY, usedforsecurity=False).hexdigest()


@pytest.fixture(scope="module")
def s3(server: Any) -> Any:
    client = server.client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="k", Body=BODY, ContentType="text/plain", Metadata={"Some_Key": "v"})
    return client


def code(call: Callable[[], Any]) -> str:
    """Return the error code of a call; ok if it succeeds."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "ok"


def b64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"IfMatch": ETAG}, "ok"),
        ({"IfMatch": f'"{ETAG}"'}, "ok"),
        ({"IfMatch": f'"other", "{ETAG}"'}, "ok"),
        ({"IfMatch": '"other"'}, "PreconditionFailed"),
        ({"IfNoneMatch": '"other"'}, "ok"),
        ({"IfNoneMatch": f'"{ETAG}"'}, "304"),
        ({"IfModifiedSince": OLD}, "ok"),
        ({"IfModifiedSince": NEW}, "304"),
        ({"IfUnmodifiedSince": NEW}, "ok"),
        ({"IfUnmodifiedSince": OLD}, "PreconditionFailed"),
        ({"IfMatch": ETAG, "IfUnmodifiedSince": OLD}, "ok"),
        ({"IfNoneMatch": f'"{ETAG}"', "IfModifiedSince": OLD}, "304"),
        ({"Range": "bytes=10-"}, "InvalidRange"),
        ({"Range": "bytes=-0"}, "InvalidRange"),
        ({"PartNumber": 2}, "InvalidPartNumber"),
        ({"PartNumber": 1, "Range": "bytes=0-1"}, "InvalidRequest"),
        ({"VersionId": "null"}, "ok"),
        ({"VersionId": "abc"}, "InvalidArgument"),
        ({"ExpectedBucketOwner": "123456789012"}, "ok"),
        ({"ExpectedBucketOwner": "210987654321"}, "AccessDenied"),
        ({"RequestPayer": "requester"}, "ok"),
        ({"ResponseContentType": "a\r\nX-Evil: 1"}, "InvalidArgument"),
    ],
)
def test_conditions_of_reads(s3: Any, request_: dict, expected: str) -> None:
    assert code(lambda: s3.get_object(Bucket=BUCKET, Key="k", **request_)) == expected
    of_head = {"PreconditionFailed": "412", "InvalidRange": "416", "InvalidPartNumber": "416", "AccessDenied": "403"}
    of_head |= {"InvalidRequest": "400", "InvalidArgument": "400"}
    assert code(lambda: s3.head_object(Bucket=BUCKET, Key="k", **request_)) == of_head.get(expected, expected)


@pytest.mark.parametrize(
    ("wanted", "body", "content_range"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-30", BODY, "bytes 0-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
        ("bytes=5-4", BODY, None),
        ("bytes=0-1,3-4", BODY, None),
        ("lines=1-2", BODY, None),
    ],
)
def test_ranges(s3: Any, wanted: str, body: bytes, content_range: str | None) -> None:
    found = s3.get_object(Bucket=BUCKET, Key="k", Range=wanted)
    assert (found["Body"].read(), found.get("ContentRange"), found["ContentLength"]) == (body, content_range, len(body))
    assert found["ResponseMetadata"]["HTTPStatusCode"] == (206 if content_range else 200)
    head = s3.head_object(Bucket=BUCKET, Key="k", Range=wanted)
    assert (head["ContentLength"], head.get("ContentRange")) == (len(body), content_range)


def test_an_answer_takes_headers_from_the_request(s3: Any) -> None:
    wanted = {
        "ResponseCacheControl": "no-store",
        "ResponseContentDisposition": "attachment; filename=a",
        "ResponseContentEncoding": "identity",
        "ResponseContentLanguage": "de",
        "ResponseContentType": "x/y",
        "ResponseExpires": NEW,
    }
    found = s3.get_object(Bucket=BUCKET, Key="k", **wanted)
    assert {f"Response{name}": found[name] for name in ("CacheControl", "ContentDisposition")} == {
        name: wanted[name] for name in ("ResponseCacheControl", "ResponseContentDisposition")
    }
    assert (found["ContentType"], found["ContentLanguage"]) == ("x/y", "de")
    assert found["ExpiresString"] == "Fri, 01 Jan 2100 00:00:00 GMT"
    assert s3.get_object(Bucket=BUCKET, Key="k")["ContentType"] == "text/plain"


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"IfNoneMatch": "*"}, "PreconditionFailed"),
        ({"IfNoneMatch": "*", "Key": "absent"}, "ok"),
        ({"IfNoneMatch": f'"{ETAG}"'}, "NotImplemented"),
        ({"IfMatch": f'"{ETAG}"'}, "ok"),
        ({"IfMatch": '"other"'}, "PreconditionFailed"),
        ({"IfMatch": f'"{ETAG}"', "Key": "missing"}, "NoSuchKey"),
        ({"ContentMD5": b64(hashlib.md5(BODY, usedforsecurity=False).digest())}, "ok"),
        ({"ContentMD5": b64(hashlib.md5(b"x", usedforsecurity=False).digest())}, "BadDigest"),
        ({"ContentMD5": "short"}, "InvalidDigest"),
        ({"ChecksumCRC32": b64(zlib.crc32(BODY).to_bytes(4, "big"))}, "ok"),
        ({"ChecksumCRC32": b64(bytes(4))}, "BadDigest"),
        ({"ChecksumCRC32": "!"}, "InvalidRequest"),
        ({"ChecksumCRC32C": b64(crc.CRC32C.update(BODY).to_bytes(4, "big"))}, "ok"),
        ({"ChecksumCRC32C": b64(bytes(4))}, "BadDigest"),
        ({"ChecksumCRC64NVME": b64(crc.CRC64NVME.update(BODY).to_bytes(8, "big"))}, "ok"),
        ({"ChecksumCRC64NVME": b64(bytes(8))}, "BadDigest"),
        ({"ChecksumSHA1": b64(hashlib.sha1(BODY, usedforsecurity=False).digest())}, "ok"),
        ({"ChecksumSHA1": b64(bytes(20))}, "BadDigest"),
        ({"ChecksumSHA256": b64(hashlib.sha256(BODY).digest())}, "ok"),
        ({"ChecksumSHA256": b64(bytes(32))}, "BadDigest"),
        ({"ChecksumXXHASH64": b64(bytes(8))}, "NotImplemented"),
        ({"ChecksumSHA256": b64(bytes(32)), "ChecksumSHA1": b64(bytes(20))}, "InvalidRequest"),
        ({"ACL": "private"}, "ok"),
        ({"ACL": "public-read"}, "AccessControlListNotSupported"),
        ({"GrantRead": "id=1"}, "AccessControlListNotSupported"),
        ({"StorageClass": "STANDARD"}, "ok"),
        ({"StorageClass": "GLACIER"}, "NotImplemented"),
        ({"ServerSideEncryption": "AES256"}, "ok"),
        ({"ServerSideEncryption": "aws:kms"}, "ok"),
        ({"ServerSideEncryption": "aws:kms:dsse"}, "NotImplemented"),
        ({"SSEKMSKeyId": "key"}, "InvalidArgument"),
        ({"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}, "InvalidRequest"),
        ({"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": NEW}, "InvalidRequest"),
        ({"ObjectLockLegalHoldStatus": "ON"}, "InvalidRequest"),
        ({"WebsiteRedirectLocation": "/other"}, "ok"),
        ({"WebsiteRedirectLocation": "other"}, "InvalidRedirectLocation"),
        ({"WriteOffsetBytes": 3}, "NotImplemented"),
        ({"Metadata": {"k": "v" * 2047}}, "ok"),
        ({"Metadata": {"k": "v" * 2048}}, "MetadataTooLarge"),
        ({"Tagging": "a=b&c=d"}, "ok"),
        ({"Tagging": "a=b&a=d"}, "InvalidTag"),
        ({"Tagging": "aws:a=b"}, "InvalidTag"),
        ({"Tagging": "&".join(f"k{i}=v" for i in range(11))}, "BadRequest"),
        ({"Bucket": "nowhere"}, "NoSuchBucket"),
        ({"ExpectedBucketOwner": "210987654321"}, "AccessDenied"),
    ],
)
def test_what_a_put_asks_for_is_honoured_or_refused(s3: Any, request_: dict, expected: str) -> None:
    s3.put_object(Bucket=BUCKET, Key="put", Body=BODY)
    before = s3.head_object(Bucket=BUCKET, Key="put")
    assert code(lambda: s3.put_object(**{"Bucket": BUCKET, "Key": "put", "Body": BODY} | request_)) == expected
    if expected != "ok":
        after = s3.head_object(Bucket=BUCKET, Key="put")
        assert {**after, "ResponseMetadata": 0} == {**before, "ResponseMetadata": 0}


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_a_checksum_is_kept_and_given_back_when_asked_for(s3: Any, algorithm: str) -> None:
    name, key = f"Checksum{algorithm}", f"sum-{algorithm}"
    put = s3.put_object(Bucket=BUCKET, Key=key, Body=BODY, ChecksumAlgorithm=algorithm)
    found = s3.head_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")
    assert (found[name], found["ChecksumType"]) == (put[name], "FULL_OBJECT")
    (entry,) = s3.list_objects_v2(Bucket=BUCKET, Prefix=key)["Contents"]
    assert (entry["ChecksumAlgorithm"], entry["ChecksumType"]) == ([algorithm], "FULL_OBJECT")
    copied = s3.copy_object(Bucket=BUCKET, Key="copied", CopySource=f"{BUCKET}/{key}")["CopyObjectResult"]
    assert copied[name] == put[name]


def test_metadata_is_kept_as_s3_keeps_it(s3: Any) -> None:
    assert s3.head_object(Bucket=BUCKET, Key="k")["Metadata"] == {"some_key": "v"}


def test_what_is_put_is_described(s3: Any) -> None:
    described = {
        "CacheControl": "no-cache",
        "ContentDisposition": "inline",
        "ContentEncoding": "gzip",
        "ContentLanguage": "en",
        "ContentType": "a/b",
        "WebsiteRedirectLocation": "/elsewhere",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "arn:aws:kms:us-east-1:123456789012:key/k",
        "BucketKeyEnabled": True,
    }
    s3.put_object(Bucket=BUCKET, Key="described", Body=b"", Expires=NEW, Tagging="a=b", **described)
    found = s3.head_object(Bucket=BUCKET, Key="described")
    assert {name: found[name] for name in described} == described
    assert (found["TagCount"], found["ExpiresString"]) == (1, "Fri, 01 Jan 2100 00:00:00 GMT")


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, "ok"),
        ({"CopySourceIfMatch": ETAG}, "ok"),
        ({"CopySourceIfMatch": "other"}, "PreconditionFailed"),
        ({"CopySourceIfNoneMatch": ETAG}, "PreconditionFailed"),
        ({"CopySourceIfModifiedSince": NEW}, "PreconditionFailed"),
        ({"CopySourceIfUnmodifiedSince": OLD}, "PreconditionFailed"),
        ({"CopySourceIfMatch": ETAG, "CopySourceIfUnmodifiedSince": OLD}, "ok"),
        ({"IfNoneMatch": "*", "Key": "copy-absent"}, "ok"),
        ({"IfNoneMatch": "*", "Key": "taken"}, "PreconditionFailed"),
        ({"Key": "k"}, "InvalidRequest"),
        ({"Key": "k", "MetadataDirective": "REPLACE", "ContentType": "text/plain"}, "ok"),
        ({"CopySource": f"{BUCKET}/missing"}, "NoSuchKey"),
        ({"CopySource": "nowhere/k"}, "NoSuchBucket"),
        ({"CopySource": f"{BUCKET}/k?versionId=null"}, "ok"),
        ({"CopySource": f"{BUCKET}/k?versionId=1"}, "InvalidArgument"),
        ({"CopySource": BUCKET}, "InvalidArgument"),
        ({"ExpectedSourceBucketOwner": "210987654321"}, "AccessDenied"),
        ({"CopySourceSSECustomerAlgorithm": "AES256", "CopySourceSSECustomerKey": "k" * 32}, "InvalidRequest"),
    ],
)
def test_what_a_copy_asks_for_is_honoured_or_refused(s3: Any, request_: dict, expected: str) -> None:
    s3.put_object(Bucket=BUCKET, Key="taken", Body=b"")
    request = {"Bucket": BUCKET, "Key": "copy", "CopySource": f"{BUCKET}/k"} | request_
    assert code(lambda: s3.copy_object(**request)) == expected


def test_a_copy_takes_or_replaces_metadata_and_tags(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="from", Body=b"1", Metadata={"a": "1"}, ContentType="a/b", Tagging="t=1")
    source = {"Bucket": BUCKET, "CopySource": f"{BUCKET}/from"}
    s3.copy_object(**source, Key="to", Metadata={"ignored": "1"})
    found = s3.head_object(Bucket=BUCKET, Key="to")
    assert (found["Metadata"], found["ContentType"]) == ({"a": "1"}, "a/b")
    assert s3.get_object_tagging(Bucket=BUCKET, Key="to")["TagSet"] == [{"Key": "t", "Value": "1"}]
    s3.copy_object(**source, Key="to", MetadataDirective="REPLACE", Metadata={"b": "2"})
    s3.copy_object(**source, Key="to2", TaggingDirective="REPLACE", Tagging="u=2")
    assert s3.head_object(Bucket=BUCKET, Key="to")["Metadata"] == {"b": "2"}
    assert s3.get_object_tagging(Bucket=BUCKET, Key="to2")["TagSet"] == [{"Key": "u", "Value": "2"}]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"IfMatch": '"other"'}, "PreconditionFailed"),
        ({"IfMatch": f'"{ETAG}"'}, "ok"),
        ({"Key": "never-put"}, "ok"),
        ({"VersionId": "1"}, "InvalidArgument"),
        ({"IfMatchSize": 10}, "NotImplemented"),
        ({"BypassGovernanceRetention": True}, "ok"),
        ({"MFA": "1 2"}, "NotImplemented"),
    ],
)
def test_what_a_deletion_asks_for_is_honoured_or_refused(s3: Any, request_: dict, expected: str) -> None:
    s3.put_object(Bucket=BUCKET, Key="gone", Body=BODY)
    assert code(lambda: s3.delete_object(**{"Bucket": BUCKET, "Key": "gone"} | request_)) == expected
    is_there = code(lambda: s3.head_object(Bucket=BUCKET, Key="gone")) == "ok"
    assert is_there == (expected != "ok" or request_.get("Key") == "never-put")


def test_deletions_of_many_say_what_became_of_each(s3: Any) -> None:
    for key in ("m1", "m2", "m3"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=BODY)
    objects = [{"Key": "m1"}, {"Key": "m2", "ETag": "other"}, {"Key": "m3", "VersionId": "1"}, {"Key": "never"}]
    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": objects})
    assert [entry["Key"] for entry in answer["Deleted"]] == ["m1", "never"]
    assert [(entry["Key"], entry["Code"]) for entry in answer["Errors"]] == [
        ("m2", "PreconditionFailed"),
        ("m3", "NoSuchVersion"),
    ]
    quiet = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": objects[:2], "Quiet": True})
    assert ("Deleted" in quiet, [entry["Key"] for entry in quiet["Errors"]]) == (False, ["m2"])
    many = [{"Key": f"n{number}"} for number in range(1001)]
    assert code(lambda: s3.delete_objects(Bucket=BUCKET, Delete={"Objects": many})) == "MalformedXML"
