"""The settings of buckets: policy, encryption, public access block, ownership and lifecycle.

moto is not asked: it would apply policies without looking at their conditions, and expire nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from local_aws.contracts.members import unsupported_error
from local_aws.kernel.context import Answer, Context, Handler, Request
from local_aws.kernel.errors import AwsError
from local_aws.services.s3.bucket_policy import check_policy, is_public
from local_aws.services.s3.buckets import BUCKET_SETTINGS
from local_aws.services.s3.lifecycle_rules import checked_rules

_PUBLIC_ACCESS = "PublicAccessBlockConfiguration"


@dataclass(frozen=True)
class _Setting:
    """A setting: the member of the request that puts it, its operations, and code and text of the error without it."""

    member: str
    put: str
    get: str
    delete: str
    missing: str
    missing_message: str


_SETTINGS = (
    _Setting(
        "Policy",
        "PutBucketPolicy",
        "GetBucketPolicy",
        "DeleteBucketPolicy",
        "NoSuchBucketPolicy",
        "The bucket policy does not exist",
    ),
    _Setting(
        "ServerSideEncryptionConfiguration",
        "PutBucketEncryption",
        "GetBucketEncryption",
        "DeleteBucketEncryption",
        "ServerSideEncryptionConfigurationNotFoundError",
        "The server side encryption configuration was not found",
    ),
    _Setting(
        _PUBLIC_ACCESS,
        "PutPublicAccessBlock",
        "GetPublicAccessBlock",
        "DeletePublicAccessBlock",
        "NoSuchPublicAccessBlockConfiguration",
        "The public access block configuration was not found",
    ),
    _Setting(
        "OwnershipControls",
        "PutBucketOwnershipControls",
        "GetBucketOwnershipControls",
        "DeleteBucketOwnershipControls",
        "OwnershipControlsNotFoundError",
        "The bucket ownership controls were not found",
    ),
    _Setting(
        "LifecycleConfiguration",
        "PutBucketLifecycleConfiguration",
        "GetBucketLifecycleConfiguration",
        "DeleteBucketLifecycle",
        "NoSuchLifecycleConfiguration",
        "The lifecycle configuration does not exist",
    ),
)


class BucketSettings:
    """The settings of every bucket."""

    def __init__(self, context: Context) -> None:
        self._objects = context.objects
        self._records = context.records
        self._checks: dict[str, Callable[[str, Any], Any]] = {
            "Policy": self._checked_policy,
            "OwnershipControls": _checked_ownership,
            "LifecycleConfiguration": lambda _bucket, value: {"Rules": checked_rules(value)},
        }

    @property
    def operations(self) -> dict[str, Handler]:
        """The handlers, by operation."""
        handlers: dict[str, Handler] = {}
        for setting in _SETTINGS:
            handlers[setting.put] = partial(self._put, setting)
            handlers[setting.get] = partial(self._get, setting)
            handlers[setting.delete] = partial(self._delete, setting)
        return handlers

    def rules(self) -> dict[str, list[dict[str, Any]]]:
        """Return the lifecycle rules of every bucket that has any."""
        lifecycles = {
            settings["Bucket"]: settings.get("LifecycleConfiguration", {})
            for settings in self._records.list(BUCKET_SETTINGS)
        }
        return {bucket: lifecycle["Rules"] for bucket, lifecycle in lifecycles.items() if lifecycle}

    def _put(self, setting: _Setting, request: Request) -> Answer:
        bucket = self._require(request)
        value = request.get(setting.member)
        if value in (None, {}):
            raise AwsError("MalformedXML", f"{setting.put} needs {setting.member}")
        check = self._checks.get(setting.member)
        checked = check(bucket, value) if check else value
        self._records.update(
            BUCKET_SETTINGS, self._settings(bucket), lambda settings: settings.update({setting.member: checked})
        )
        return {}

    def _get(self, setting: _Setting, request: Request) -> Answer:
        bucket = self._require(request)
        value = (self._records.get(BUCKET_SETTINGS, bucket) or {}).get(setting.member)
        if value is None:
            raise AwsError(setting.missing, setting.missing_message, 404, {"BucketName": bucket})
        return dict(value) if setting.member == "LifecycleConfiguration" else {setting.member: value}

    def _delete(self, setting: _Setting, request: Request) -> Answer:
        bucket = self._require(request)
        self._records.update(
            BUCKET_SETTINGS, self._settings(bucket), lambda settings: settings.pop(setting.member, None)
        )
        return {}

    def _require(self, request: Request) -> str:
        bucket = request["Bucket"]
        self._objects.require(bucket)
        return str(bucket)

    def _settings(self, bucket: str) -> str:
        """Return the key of a bucket's record, which exists afterwards."""
        with contextlib.suppress(KeyError):
            self._records.insert(BUCKET_SETTINGS, bucket, {"Bucket": bucket})
        return bucket

    def _checked_policy(self, bucket: str, policy: str) -> str:
        document = check_policy(bucket, policy)
        blocks = (self._records.get(BUCKET_SETTINGS, bucket) or {}).get(_PUBLIC_ACCESS, {})
        if blocks.get("BlockPublicPolicy") and is_public(document):
            raise AwsError(
                "AccessDenied",
                f"the policy makes {bucket} public, which the bucket's BlockPublicPolicy setting prevents",
                403,
            )
        return policy


def _checked_ownership(bucket: str, controls: dict[str, Any]) -> dict[str, Any]:
    for rule in controls["Rules"]:
        if rule["ObjectOwnership"] != "BucketOwnerEnforced":
            ownership = f"ObjectOwnership {rule['ObjectOwnership']} (supported: BucketOwnerEnforced)"
            raise unsupported_error(ownership, f"bucket {bucket}", "NotImplemented", 501)
    return controls
