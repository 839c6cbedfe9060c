"""Every key is an object of its own, whatever its characters, and no operation on it touches another."""

from __future__ import annotations

import hashlib
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from botocore.exceptions import ClientError

from local_aws.http.xml_answers import can_be_written
from tests.conftest import RunningServer, running
from tests.services.s3.odd_keys import ODD_KEYS

BUCKET, COPIES = "odd-keys", "odd-copies"
IN_XML = tuple(key for key in ODD_KEYS if can_be_written(key))
"""XML 1.0 does not have every character, so DeleteObjects cannot name the other keys, here as on AWS."""


def content(key: str) -> bytes:
    """Return content that no other key has."""
    return hashlib.sha256(key.encode()).digest()


def md5(text: bytes) -> str:
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("data")) as server:
        yield server


@pytest.fixture(scope="module")
def s3(server: RunningServer) -> Any:
    """Return a client of a server whose two buckets hold each odd key and a copy of it."""
    client = server.client("s3")
    for bucket in (BUCKET, COPIES):
        client.create_bucket(Bucket=bucket)
    for key in ODD_KEYS:
        client.put_object(Bucket=BUCKET, Key=key, Body=content(key), Metadata={"of": md5(key.encode())})
    for key in ODD_KEYS:
        client.copy_object(Bucket=COPIES, Key=key, CopySource={"Bucket": BUCKET, "Key": key})
    return client


def listed(client: Any, bucket: str, operation: str = "list_objects_v2", **request: Any) -> list[str]:
    pages = client.get_paginator(operation).paginate(Bucket=bucket, **request)
    return [found["Key"] for page in pages for found in page.get("Contents", [])]


def in_order(keys: Any) -> list[str]:
    return sorted(set(keys), key=str.encode)


def test_there_are_more_than_sixty_and_no_two_are_equal() -> None:
    assert len(ODD_KEYS) == len(set(ODD_KEYS)) > 60


@pytest.mark.parametrize("bucket", [BUCKET, COPIES])
def test_each_is_read_as_it_was_put_or_copied(s3: Any, bucket: str) -> None:
    for key in ODD_KEYS:
        found = s3.get_object(Bucket=bucket, Key=key)
        assert (found["Body"].read(), found["Metadata"]) == (
            content(key),
            {"of": md5(key.encode())},
        ), key
        assert s3.head_object(Bucket=bucket, Key=key)["ETag"] == f'"{md5(content(key))}"', key


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("size", [1000, 7])
def test_all_are_listed_by_the_bytes_of_their_names(s3: Any, operation: str, size: int) -> None:
    assert listed(s3, BUCKET, operation, PaginationConfig={"PageSize": size}) == in_order(ODD_KEYS)


@pytest.mark.parametrize("delimiter", ["/", "b", "?", "😀", "//"])
@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("prefix", ["", "a", "a/", "😀"])
@pytest.mark.parametrize("size", [1000, 2])
def test_common_prefixes_stand_for_what_is_below_them(
    s3: Any, operation: str, delimiter: str, prefix: str, size: int
) -> None:
    pages = s3.get_paginator(operation).paginate(
        Bucket=BUCKET, Delimiter=delimiter, Prefix=prefix, PaginationConfig={"PageSize": size}
    )
    keys, prefixes = [], []
    for page in pages:
        keys += [found["Key"] for found in page.get("Contents", [])]
        prefixes += [found["Prefix"] for found in page.get("CommonPrefixes", [])]
    below = [key for key in ODD_KEYS if key.startswith(prefix)]
    by_itself = [key for key in below if delimiter not in key[len(prefix) :]]
    common = [key[: key.index(delimiter, len(prefix)) + len(delimiter)] for key in below if key not in by_itself]
    assert (keys, prefixes) == (in_order(by_itself), in_order(common))


def test_a_listing_starts_after_any_of_them(s3: Any) -> None:
    ordered = in_order(ODD_KEYS)
    for index, key in enumerate(ordered):
        assert listed(s3, BUCKET, StartAfter=key) == ordered[index + 1 :], key
        assert listed(s3, BUCKET, Prefix=key) == [other for other in ordered if other.startswith(key)], key


def test_each_has_tags_of_its_own(s3: Any) -> None:
    for number, key in enumerate(ODD_KEYS):
        s3.put_object_tagging(Bucket=BUCKET, Key=key, Tagging={"TagSet": [{"Key": "number", "Value": str(number)}]})
    for number, key in enumerate(ODD_KEYS):
        assert s3.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"] == [{"Key": "number", "Value": str(number)}]
        s3.delete_object_tagging(Bucket=BUCKET, Key=key)
        assert s3.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"] == []


def test_each_can_be_uploaded_in_parts(s3: Any) -> None:
    for key in ODD_KEYS:
        place = {"Bucket": COPIES, "Key": key}
        upload = s3.create_multipart_upload(**place)["UploadId"]
        part = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=content(key))["ETag"]
        other = s3.upload_part_copy(**place, UploadId=upload, PartNumber=2, CopySource={"Bucket": BUCKET, "Key": key})[
            "CopyPartResult"
        ]["ETag"]
        assert other == part
        uploads = s3.list_multipart_uploads(Bucket=COPIES, EncodingType="url")["Uploads"]
        assert [unquote(found["Key"]) for found in uploads] == [key]
        assert len(s3.list_parts(**place, UploadId=upload)["Parts"]) == 2
        s3.complete_multipart_upload(
            **place, UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]}
        )
        assert s3.get_object(**place)["Body"].read() == content(key), key
    assert listed(s3, COPIES) == in_order(ODD_KEYS)


def test_each_is_read_by_a_presigned_address(s3: Any) -> None:
    for key in ODD_KEYS:
        address = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": key})
        with urllib.request.urlopen(address) as answer:
            assert answer.read() == content(key), key


def test_none_leaves_the_folder_of_its_bucket(tmp_path: Path) -> None:
    with running(tmp_path / "outer/data") as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        before = {path.name for path in (tmp_path / "outer/data").iterdir()}
        for key in ODD_KEYS:
            server.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content(key))
        assert {path.name for path in (tmp_path / "outer/data").iterdir()} == before
        assert [path.name for path in (tmp_path / "outer").iterdir()] == ["data"]
        assert [path.name for path in (tmp_path / "outer/data/s3/buckets").iterdir()] == [BUCKET]
        assert sorted(path.name for path in (tmp_path / "outer/data/s3").iterdir()) == [
            "buckets",
            "incoming",
            "odd",
            "parts",
        ]


def test_deleting_one_leaves_every_other(server: RunningServer) -> None:
    client, bucket = server.client("s3"), "odd-deleted"
    client.create_bucket(Bucket=bucket)
    for key in ODD_KEYS:
        client.put_object(Bucket=bucket, Key=key, Body=content(key))
    left = in_order(ODD_KEYS)
    for key in ODD_KEYS[::2]:
        client.delete_object(Bucket=bucket, Key=key)
        left.remove(key)
        with pytest.raises(ClientError, match="404"):
            client.head_object(Bucket=bucket, Key=key)
    assert listed(client, bucket) == left
    for key in left:
        assert client.get_object(Bucket=bucket, Key=key)["Body"].read() == content(key), key
    named = [key for key in left if key in IN_XML]
    answer = client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in named]})
    assert [found["Key"] for found in answer["Deleted"]] == named
    assert listed(client, bucket) == [key for key in left if key not in IN_XML]


@pytest.mark.parametrize("key", ["x" * 1025, "ü" * 513])
def test_longer_keys_are_refused(s3: Any, key: str) -> None:
    with pytest.raises(ClientError, match="KeyTooLongError"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"1")
    with pytest.raises(ClientError, match="KeyTooLongError"):
        s3.create_multipart_upload(Bucket=BUCKET, Key=key)


def test_odd_keys_outlive_the_server(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        for key in ODD_KEYS:
            server.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content(key), Metadata={"a_b": "c"})
    with running(tmp_path) as server:
        client = server.client("s3")
        assert listed(client, BUCKET) == in_order(ODD_KEYS)
        for key in ODD_KEYS:
            found = client.get_object(Bucket=BUCKET, Key=key)
            assert (found["Body"].read(), found["Metadata"]) == (content(key), {"a_b": "c"}), key
