"""Which members of S3's requests have an effect here; every other one is refused by its name."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from typing import Any

from local_aws.kernel.context import ACCOUNT_ID, Answer, Handler, Request
from local_aws.kernel.errors import AwsError

_CHECKSUMS = "ChecksumCRC32 ChecksumCRC32C ChecksumCRC64NVME ChecksumSHA1 ChecksumSHA256 ChecksumSHA512 ChecksumMD5"
_HEADERS = (
    "CacheControl ContentDisposition ContentEncoding ContentLanguage ContentType Expires Metadata "
    "WebsiteRedirectLocation Tagging ServerSideEncryption SSEKMSKeyId BucketKeyEnabled"
)
_SOURCE = "CopySource CopySourceIfMatch CopySourceIfModifiedSince CopySourceIfNoneMatch CopySourceIfUnmodifiedSince"
_READ = (
    "Key IfMatch IfModifiedSince IfNoneMatch IfUnmodifiedSince Range PartNumber ChecksumMode ResponseCacheControl "
    "ResponseContentDisposition ResponseContentEncoding ResponseContentLanguage ResponseContentType ResponseExpires"
)

HONOURED: dict[str, str] = {
    "AbortMultipartUpload": "Key UploadId",
    "CompleteMultipartUpload": (
        f"Key UploadId MultipartUpload MpuObjectSize ChecksumType IfMatch IfNoneMatch {_CHECKSUMS}"
    ),
    "CopyObject": (
        f"Key {_SOURCE} {_HEADERS} ExpectedSourceBucketOwner MetadataDirective TaggingDirective ChecksumAlgorithm "
        "IfMatch IfNoneMatch"
    ),
    "CreateBucket": "CreateBucketConfiguration ObjectOwnership",
    "CreateMultipartUpload": f"Key {_HEADERS} ChecksumAlgorithm ChecksumType",
    "DeleteBucket": "",
    "DeleteBucketTagging": "",
    "DeleteObject": "Key IfMatch",
    "DeleteObjectTagging": "Key",
    "DeleteObjects": "Delete ChecksumAlgorithm",
    "GetBucketLocation": "",
    "GetBucketTagging": "",
    "GetBucketVersioning": "",
    "GetObject": _READ,
    "GetObjectTagging": "Key",
    "HeadBucket": "",
    "HeadObject": _READ,
    "ListBuckets": "MaxBuckets ContinuationToken Prefix BucketRegion",
    "ListMultipartUploads": "Delimiter EncodingType KeyMarker MaxUploads Prefix UploadIdMarker",
    "ListObjects": "Delimiter EncodingType Marker MaxKeys Prefix",
    "ListObjectsV2": "Delimiter EncodingType MaxKeys Prefix ContinuationToken FetchOwner StartAfter",
    "ListParts": "Key UploadId MaxParts PartNumberMarker",
    "PutBucketTagging": "Tagging ContentMD5 ChecksumAlgorithm",
    "PutObject": f"Key Body ContentLength ContentMD5 {_HEADERS} ChecksumAlgorithm {_CHECKSUMS} IfMatch IfNoneMatch",
    "PutObjectTagging": "Key Tagging ContentMD5 ChecksumAlgorithm",
    "UploadPart": f"Key UploadId PartNumber Body ContentLength ContentMD5 ChecksumAlgorithm {_CHECKSUMS}",
    "UploadPartCopy": f"Key UploadId PartNumber {_SOURCE} CopySourceRange ExpectedSourceBucketOwner",
}
"""By operation. ``Bucket`` and ``ExpectedBucketOwner`` are honoured by each."""

_HARMLESS: dict[str, tuple[object, ...]] = {
    "AnnotationDirective": ("COPY",),
    "BucketNamespace": ("global",),
    "BypassGovernanceRetention": (True, False),
    "OptionalObjectAttributes": (["RestoreStatus"],),
    "RequestPayer": ("requester",),
    "StorageClass": ("STANDARD",),
    "VersionId": ("null",),
}
"""Values that ask for what is so anyway: no object is locked or restored, and the owner pays."""


def _invalid(message: str) -> Callable[[str, object], AwsError]:
    return lambda _name, _value: AwsError("InvalidRequest", message)


def _no_acl(name: str, value: object) -> AwsError:
    return AwsError("AccessControlListNotSupported", f"The bucket does not allow ACLs: remove {name} {value!r}")


def _no_version(name: str, value: object) -> AwsError:
    return AwsError("InvalidArgument", f"Invalid version id specified: {name} {value!r}; the bucket has no versions")


_NO_LOCK = _invalid("Bucket is missing Object Lock Configuration")
_NO_CUSTOMER_KEY = _invalid(
    "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection; "
    "local_aws has none, and encrypts nothing"
)
_ACLS = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")
_LOCKS = ("Mode", "RetainUntilDate", "LegalHoldStatus", "EventHold", "EventHoldDurationDays", "EventHoldDurationYears")
_CUSTOMER_KEY = ("SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5")

_REFUSALS: dict[str, Callable[[str, object], AwsError]] = {
    **dict.fromkeys(("ACL", *_ACLS), _no_acl),
    **dict.fromkeys((f"ObjectLock{name}" for name in _LOCKS), _NO_LOCK),
    **dict.fromkeys(_CUSTOMER_KEY, _NO_CUSTOMER_KEY),
    **dict.fromkeys((f"CopySource{name}" for name in _CUSTOMER_KEY), _NO_CUSTOMER_KEY),
    "VersionId": _no_version,
}
"""S3's own errors; what is not here is ``NotImplemented``."""

_FULL = (errno.ENOSPC, errno.EDQUOT)
_PRIVATE_ACLS = ("private", "bucket-owner-full-control")


def guarded(operation: str, handler: Handler) -> Handler:
    """Return a handler that refuses what would have no effect, and requests for somebody else's bucket."""
    honoured = {"Bucket", "ExpectedBucketOwner", *HONOURED[operation].split()}

    def handle(request: Request) -> Answer:
        _refuse(operation, request, honoured)
        for member in ("ExpectedBucketOwner", "ExpectedSourceBucketOwner"):
            if request.get(member, ACCOUNT_ID) != ACCOUNT_ID:
                raise AwsError("AccessDenied", f"Access Denied: {member} is {ACCOUNT_ID}", 403)
        try:
            return handler(request)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            # Not a 500 or 503, which clients try again at once.
            raise AwsError("InsufficientStorage", f"the disk of the data folder is full: {error}", 507) from error

    return handle


def _refuse(operation: str, request: Mapping[str, Any], honoured: set[str]) -> None:
    for name, value in request.items():
        if name in honoured or value is None or value in _HARMLESS.get(name, ()):
            continue
        if name == "ACL" and value in _PRIVATE_ACLS:
            continue
        if name == "ObjectLockEnabledForBucket" and value is False:
            continue
        if name in _REFUSALS:
            raise _REFUSALS[name](name, value)
        raise AwsError("NotImplemented", f"local_aws does not honour {name} {value!r} of {operation}", 501)
