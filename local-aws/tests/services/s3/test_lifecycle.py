"""Lifecycle rules really remove objects and uploads, on the day that S3 would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from local_aws.services.s3.bucket_settings import BucketSettings
from local_aws.services.s3.lifecycle import Lifecycle
from local_aws.services.s3.lifecycle_rules import days_after


@pytest.fixture
def sweep_after(server) -> Callable[[float], None]:
    """Return a function that sweeps as if so many days had passed."""

    def sweep(days: float) -> None:
        moment = datetime.now(UTC) + timedelta(days=days)
        Lifecycle(server.context, BucketSettings(server.context), lambda: moment).sweep()

    return sweep


def bucket_with(server, bucket: str, *rules: dict) -> Callable[[], list[str]]:
    """Make a bucket with rules; give a function that lists its keys."""
    s3 = server.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": [{"Status": "Enabled", **rule} for rule in rules]}
    )
    return lambda: [found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_objects_below_a_prefix_expire(server, sweep_after) -> None:
    keys = bucket_with(server, "prefixed", {"Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 2}})
    for key in ("tmp/a", "kept"):
        server.client("s3").put_object(Bucket="prefixed", Key=key, Body=b"1")
    sweep_after(1.9)
    assert keys() == ["kept", "tmp/a"]
    sweep_after(3)
    assert keys() == ["kept"]


def test_tags_and_sizes_choose_objects(server, sweep_after) -> None:
    tagged = {"And": {"Prefix": "", "Tags": [{"Key": "keep", "Value": "no"}], "ObjectSizeGreaterThan": 2}}
    keys = bucket_with(
        server,
        "chosen",
        {"Filter": tagged, "Expiration": {"Days": 1}},
        {"Filter": {"Tag": {"Key": "old", "Value": "yes"}}, "Expiration": {"Date": datetime(2020, 1, 1, tzinfo=UTC)}},
        {"Filter": {"ObjectSizeLessThan": 1}, "Expiration": {"Days": 1}, "Status": "Disabled"},
    )
    s3 = server.client("s3")
    for key, body, tags in (("big", b"123", "keep=no"), ("small", b"1", "keep=no"), ("plain", b"123", "")):
        s3.put_object(Bucket="chosen", Key=key, Body=body, Tagging=tags)
    s3.put_object(Bucket="chosen", Key="old", Body=b"1", Tagging="old=yes")
    s3.put_object(Bucket="chosen", Key="empty", Body=b"")
    sweep_after(3)
    assert keys() == ["empty", "plain", "small"]


def test_unfinished_uploads_are_aborted(server, sweep_after) -> None:
    bucket_with(server, "uploads", {"Filter": {}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}})
    s3 = server.client("s3")
    s3.create_multipart_upload(Bucket="uploads", Key="k")

    sweep_after(0.5 / 24)
    assert len(s3.list_multipart_uploads(Bucket="uploads")["Uploads"]) == 1
    sweep_after(2.5)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="uploads")


def test_rules_are_given_back_and_removed(server) -> None:
    bucket_with(server, "ruled", {"Prefix": "a", "Expiration": {"Days": 1}})
    s3 = server.client("s3")
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket="ruled")["Rules"]
    assert (rule["Prefix"], rule["Expiration"], bool(rule["ID"])) == ("a", {"Days": 1}, True)
    s3.delete_bucket_lifecycle(Bucket="ruled")
    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket="ruled")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"Filter": {}, "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}, "Transitions"),
        ({"Filter": {}}, "At least one action"),
        ({"Expiration": {"Days": 1}}, "Filter or Prefix"),
        ({"Filter": {}, "Expiration": {"Days": 0}}, "positive integer"),
        (
            {"Filter": {"ObjectSizeLessThan": 1}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
            "cannot be filtered",
        ),
    ],
)
def test_rules_without_effect_are_refused(server, rule: dict, reason: str) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="unruly")
    with pytest.raises(ClientError, match=reason):
        s3.put_bucket_lifecycle_configuration(
            Bucket="unruly", LifecycleConfiguration={"Rules": [{"ID": "r", "Status": "Enabled", **rule}]}
        )


def test_days_end_at_midnight() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert days_after(noon, 1) == datetime(2026, 1, 3, tzinfo=UTC)
    assert days_after(noon.replace(hour=0), 1) == datetime(2026, 1, 2, tzinfo=UTC)
