"""Buckets: names, places, tags, owners."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from local_aws.kernel.errors import AwsError
from local_aws.server import Server
from local_aws.services.s3.buckets import check_name
from tests.services.s3.test_object_semantics import code


@pytest.fixture(scope="module")
def s3(server: Any) -> Any:
    return server.client("s3")


@pytest.mark.parametrize(
    "name",
    [
        *("ab", "a" * 64, "Upper", "under_score", "-a-", "a-", ".abc", "abc.", "a..b", "192.168.5.4", "a b", "a/b"),
        *("xn--abc", "sthree-abc", "amzn-s3-demo-abc", "abc-s3alias", "abc--ol-s3", "abc.mrap", "abc--x-s3", "..", ""),
        *("abc\n", "ábc", "abc--table-s3"),
    ],
)
def test_names_that_s3_refuses(name: str) -> None:
    with pytest.raises(AwsError, match="InvalidBucketName"):
        check_name(name)


@pytest.mark.parametrize("name", ["abc", "a" * 63, "a-b.c-1", "1abc", "1.2.3", "a.b"])
def test_names_that_s3_takes(name: str) -> None:
    check_name(name)


def test_a_refused_name_makes_no_folder(s3: Any, server: Any) -> None:
    assert code(lambda: s3.create_bucket(Bucket="Upper_Case")) == "InvalidBucketName"
    assert "Upper_Case" not in [path.name for path in (server.context.settings.data_dir / "s3/buckets").iterdir()]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"ACL": "private"}, "ok"),
        ({"ACL": "public-read"}, "AccessControlListNotSupported"),
        ({"GrantRead": "id=1"}, "AccessControlListNotSupported"),
        ({"ObjectLockEnabledForBucket": True}, "NotImplemented"),
        ({"ObjectOwnership": "BucketOwnerEnforced"}, "ok"),
        ({"ObjectOwnership": "ObjectWriter"}, "NotImplemented"),
        ({"CreateBucketConfiguration": {"LocationConstraint": "us-east-1"}}, "InvalidLocationConstraint"),
        ({"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}, "IllegalLocationConstraintException"),
        ({"CreateBucketConfiguration": {"Tags": [{"Key": "a", "Value": "b"}]}}, "ok"),
        ({"CreateBucketConfiguration": {"Tags": [{"Key": "aws:a", "Value": "b"}]}}, "InvalidTag"),
        ({"CreateBucketConfiguration": {"Bucket": {"Type": "Directory"}}}, "NotImplemented"),
    ],
)
def test_what_a_new_bucket_asks_for_is_honoured_or_refused(s3: Any, request_: dict, expected: str) -> None:
    assert code(lambda: s3.create_bucket(Bucket="asked-for", **request_)) == expected
    if expected != "ok":
        assert code(lambda: s3.head_bucket(Bucket="asked-for")) == "404"
        return
    tags = request_.get("CreateBucketConfiguration", {}).get("Tags", [])
    assert code(lambda: s3.get_bucket_tagging(Bucket="asked-for")) == ("ok" if tags else "NoSuchTagSet")
    s3.delete_bucket(Bucket="asked-for")


def test_one_region_has_constraints_and_refuses_what_is_there(tmp_path: Path, run_server: Any) -> None:
    server = Server(tmp_path, (), region="eu-west-1")
    try:
        create = server.context.call
        with pytest.raises(AwsError, match="IllegalLocationConstraintException"):
            create("s3", "CreateBucket", {"Bucket": "there"})
        constraint = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
        create("s3", "CreateBucket", {"Bucket": "there", **constraint})
        with pytest.raises(AwsError, match="BucketAlreadyOwnedByYou"):
            create("s3", "CreateBucket", {"Bucket": "there", **constraint})
        assert create("s3", "GetBucketLocation", {"Bucket": "there"}) == {"LocationConstraint": "eu-west-1"}
    finally:
        server.stop()


def test_buckets_are_listed_by_pages(s3: Any) -> None:
    for name in ("page-a", "page-b", "page-c"):
        s3.create_bucket(Bucket=name)
        s3.create_bucket(Bucket=name)
    pages = s3.get_paginator("list_buckets").paginate(Prefix="page-", PaginationConfig={"PageSize": 2})
    assert [bucket["Name"] for page in pages for bucket in page["Buckets"]] == ["page-a", "page-b", "page-c"]


def test_another_owner_is_refused(s3: Any) -> None:
    s3.create_bucket(Bucket="owned")
    for operation in ("head_bucket", "list_objects_v2", "get_bucket_tagging", "delete_bucket"):
        expected = "403" if operation == "head_bucket" else "AccessDenied"
        call = partial(getattr(s3, operation), Bucket="owned", ExpectedBucketOwner="210987654321")
        assert code(call) == expected


def test_tags_of_buckets_are_checked(s3: Any) -> None:
    s3.create_bucket(Bucket="tagged")
    for tags, expected in (
        ([{"Key": "a", "Value": "b"}], "ok"),
        ([{"Key": "a", "Value": "b"}, {"Key": "a", "Value": "c"}], "InvalidTag"),
        ([{"Key": "aws:a", "Value": "b"}], "InvalidTag"),
        ([{"Key": f"k{number}", "Value": ""} for number in range(51)], "BadRequest"),
    ):
        assert code(partial(s3.put_bucket_tagging, Bucket="tagged", Tagging={"TagSet": tags})) == expected
    assert s3.get_bucket_tagging(Bucket="tagged")["TagSet"] == [{"Key": "a", "Value": "b"}]
