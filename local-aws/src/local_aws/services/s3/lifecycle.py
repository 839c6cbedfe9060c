"""Removes objects and unfinished uploads when the lifecycle rules of their bucket say so."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import ObjectInfo
from local_aws.kernel.records import now
from local_aws.services.s3.bucket_settings import BucketSettings
from local_aws.services.s3.lifecycle_rules import Rule, days_after, expiry, fits_size, prefix, wants_tags

_log = logging.getLogger(__name__)


class Lifecycle:
    """Expires objects and aborts uploads as the rules of the buckets ask; `clock` returns the current time, UTC."""

    def __init__(self, context: Context, settings: BucketSettings, clock: Callable[[], datetime] = now) -> None:
        self._context = context
        self._settings = settings
        self._clock = clock

    def sweep(self) -> None:
        """Remove whatever is due."""
        for bucket, rules in self._settings.rules().items():
            enabled = [rule for rule in rules if rule["Status"] == "Enabled"]
            # What is deleted meanwhile ends the round of its bucket; the next sweep does the rest.
            with contextlib.suppress(AwsError):
                for rule in enabled:
                    self._expire(bucket, rule)
                    self._abort_uploads(bucket, rule)

    def _expire(self, bucket: str, rule: Rule) -> None:
        for item in self._context.objects.list(bucket, prefix(rule)):
            due = expiry(rule, item.last_modified)
            if due is None or due > self._clock() or not self._is_meant(item, rule):
                continue
            # An object that was put anew since the listing starts its days anew.
            if self._context.objects.get(bucket, item.key).last_modified == item.last_modified:
                _log.info("lifecycle rule %s removes s3://%s/%s", rule["ID"], bucket, item.key)
                self._context.objects.delete(bucket, item.key)

    def _is_meant(self, item: ObjectInfo, rule: Rule) -> bool:
        wanted = wants_tags(rule)
        if not fits_size(rule, item.size):
            return False
        if not wanted:
            return True
        answer = self._context.call("s3", "GetObjectTagging", {"Bucket": item.bucket, "Key": item.key})
        return wanted.items() <= {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}.items()

    def _abort_uploads(self, bucket: str, rule: Rule) -> None:
        if "AbortIncompleteMultipartUpload" not in rule:
            return
        days = rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
        for upload in self._uploads(bucket, prefix(rule)):
            if days_after(upload["Initiated"], days) <= self._clock():
                request = {"Bucket": bucket, "Key": upload["Key"], "UploadId": upload["UploadId"]}
                # One that is completed or aborted meanwhile is not there any more.
                with contextlib.suppress(AwsError):
                    self._context.call("s3", "AbortMultipartUpload", request)

    def _uploads(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        request = {"Bucket": bucket, "Prefix": prefix}
        while True:
            answer = self._context.call("s3", "ListMultipartUploads", request)
            yield from answer["Uploads"]
            if not answer["IsTruncated"]:
                return
            request |= {"KeyMarker": answer["NextKeyMarker"], "UploadIdMarker": answer["NextUploadIdMarker"]}
