"""Buckets: their names, their records and their tags."""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from moto.core.utils import get_service_model

from local_aws.contracts.members import unsupported_error
from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.context import Answer, Context, Handler, Request, Settings
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, Records, now
from local_aws.services.s3.metadata import MAX_BUCKET_TAGS, checked_tags, tag_set
from local_aws.services.s3.store import OBJECTS, Store, after, row_key

BUCKETS = "s3-bucket"
BUCKET_SETTINGS = "s3-bucket-settings"
UPLOADS = "s3-upload"
OWNER = {"ID": hashlib.sha256(ACCOUNT_ID.encode()).hexdigest()}

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_DEFAULT_REGION = "us-east-1"
"""The region that has no location constraint."""


def check_name(name: str) -> None:
    """Check the name of a new bucket by "General purpose bucket naming rules" of the Amazon S3 User Guide."""
    is_valid = (
        _NAME.fullmatch(name)
        and ".." not in name
        and not _is_address(name)
        and not name.startswith(_RESERVED_PREFIXES)
        and not name.endswith(_RESERVED_SUFFIXES)
    )
    if not is_valid:
        raise AwsError("InvalidBucketName", "The specified bucket is not valid.", members={"BucketName": name[:100]})


def _not_empty(bucket: str) -> AwsError:
    return AwsError("BucketNotEmpty", "The bucket you tried to delete is not empty", 409, {"BucketName": bucket})


class BucketRecords:
    """The records of buckets."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def require(self, bucket: str) -> Record:
        """Return a bucket's record, or raise ``NoSuchBucket``."""
        record = self._records.get(BUCKETS, bucket)
        if record is None:
            raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404, {"BucketName": bucket})
        return record

    def names(self) -> list[str]:
        """Return the names of all buckets, in their order."""
        return sorted(record["Bucket"] for record in self._records.list(BUCKETS))

    def settings(self, bucket: str) -> Record:
        """Return the settings of a bucket; none if nobody made any."""
        return self._records.get(BUCKET_SETTINGS, bucket) or {}


class BucketOperations:
    """The operations on buckets."""

    def __init__(self, context: Context, store: Store) -> None:
        self._records = context.records
        self._settings = context.settings
        self._store = store
        self._buckets = BucketRecords(context.records)

    @property
    def operations(self) -> dict[str, Handler]:
        """The handlers, by operation."""
        return {
            "CreateBucket": self.create,
            "DeleteBucket": self.delete,
            "DeleteBucketTagging": lambda request: self._tag(request, {}),
            "GetBucketLocation": self._location,
            "GetBucketTagging": self._tags,
            "GetBucketVersioning": self._versioning,
            "HeadBucket": self._head,
            "ListBuckets": self._list,
            "PutBucketTagging": self._put_tags,
        }

    def create(self, request: Request) -> Answer:
        """Create a bucket; the account's own bucket is created again without a change where S3 allows that."""
        bucket, configuration = request["Bucket"], request.get("CreateBucketConfiguration") or {}
        check_name(bucket)
        tags = _checked_configuration(configuration, self._settings)
        ownership = request.get("ObjectOwnership", "BucketOwnerEnforced")
        if ownership != "BucketOwnerEnforced":
            what = f"ObjectOwnership {ownership} (supported: BucketOwnerEnforced)"
            raise unsupported_error(what, f"bucket {bucket}", "NotImplemented", 501)
        with self._store.lock:
            if self._records.get(BUCKETS, bucket) is None:
                self._store.layout.bucket(bucket)
                self._records.insert(BUCKETS, bucket, {"Bucket": bucket, "CreationDate": now(), "Tags": tags})
            elif self._settings.region != _DEFAULT_REGION:
                raise AwsError(
                    "BucketAlreadyOwnedByYou",
                    "Your previous request to create the named bucket succeeded and you already own it.",
                    409,
                    {"BucketName": bucket},
                )
        return {"Location": f"/{bucket}", "BucketArn": f"arn:aws:s3:::{bucket}"}

    def delete(self, request: Request) -> Answer:
        """Delete an empty bucket, with its settings and unfinished uploads."""
        bucket = request["Bucket"]
        self._buckets.require(bucket)
        self._store.rescan(bucket)
        with self._store.lock:
            start = row_key(bucket, "")
            if self._records.page(OBJECTS, start, after(start), 1):
                raise _not_empty(bucket)
            if self._records.page(UPLOADS, start, after(start), 1):
                raise _not_empty(bucket)
            with self._records.together():
                self._records.delete(BUCKETS, bucket)
                self._records.delete(BUCKET_SETTINGS, bucket)
            self._store.layout.remove_bucket(bucket)
        return {}

    def _head(self, request: Request) -> Answer:
        self._buckets.require(request["Bucket"])
        return {"BucketRegion": self._settings.region, "BucketArn": f"arn:aws:s3:::{request['Bucket']}"}

    def _location(self, request: Request) -> Answer:
        self._buckets.require(request["Bucket"])
        return {} if self._settings.region == _DEFAULT_REGION else {"LocationConstraint": self._settings.region}

    def _versioning(self, request: Request) -> Answer:
        self._buckets.require(request["Bucket"])
        return {}

    def _list(self, request: Request) -> Answer:
        limit = request.get("MaxBuckets", 10000)
        if not 1 <= limit <= 10000:
            raise AwsError("InvalidArgument", f"MaxBuckets must be between 1 and 10000; got {limit}")
        prefix, start = request.get("Prefix", ""), _decoded_token(request.get("ContinuationToken", ""))
        if request.get("BucketRegion", self._settings.region) != self._settings.region:
            return {"Buckets": [], "Owner": OWNER}
        names = [name for name in self._buckets.names() if name.startswith(prefix) and name > start]
        answer: Answer = {"Buckets": [], "Owner": OWNER}
        for name in names[:limit]:
            entry = {"Name": name, "CreationDate": self._buckets.require(name)["CreationDate"]}
            answer["Buckets"].append({**entry, "BucketArn": f"arn:aws:s3:::{name}"})
        if len(names) > limit:
            answer["ContinuationToken"] = base64.urlsafe_b64encode(names[limit - 1].encode()).decode()
        return {**answer, "Prefix": prefix} if prefix else answer

    def _put_tags(self, request: Request) -> Answer:
        return self._tag(request, checked_tags(request["Tagging"]["TagSet"], MAX_BUCKET_TAGS))

    def _tags(self, request: Request) -> Answer:
        tags = self._buckets.require(request["Bucket"])["Tags"]
        if not tags:
            raise AwsError("NoSuchTagSet", "The TagSet does not exist", 404, {"BucketName": request["Bucket"]})
        return {"TagSet": tag_set(tags)}

    def _tag(self, request: Request, tags: Mapping[str, str]) -> Answer:
        self._buckets.require(request["Bucket"])
        self._records.update(BUCKETS, request["Bucket"], lambda record: record.update(Tags=dict(tags)))
        return {}


def _checked_configuration(configuration: Mapping[str, Any], settings: Settings) -> dict[str, str]:
    """Return the tags that a bucket is created with."""
    constraint = configuration.get("LocationConstraint")
    known = get_service_model("s3").shape_for("BucketLocationConstraint").enum
    if constraint is not None and constraint not in known:
        raise AwsError(
            "InvalidLocationConstraint",
            "The specified location-constraint is not valid",
            members={"LocationConstraint": constraint},
        )
    if (constraint or _DEFAULT_REGION) != settings.region:
        raise AwsError(
            "IllegalLocationConstraintException",
            f"The {constraint or 'unspecified'} location constraint is incompatible for the region specific endpoint "
            f"this request was sent to, which is {settings.region}.",
        )
    return checked_tags(configuration.get("Tags") or [], MAX_BUCKET_TAGS)


def _decoded_token(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, ValueError):
        raise AwsError("InvalidArgument", "The continuation token provided is incorrect") from None


def _is_address(name: str) -> bool:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True
