"""S3's contract: objects as ordinary files, ``<data folder>/s3/buckets/<bucket>/<key>``, with a row each."""

from __future__ import annotations

from collections.abc import Mapping

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Service
from local_aws.kernel.context import Context, Handler
from local_aws.kernel.records import without
from local_aws.kernel.work import HOUR, Loop
from local_aws.services.s3.bucket_settings import BucketSettings
from local_aws.services.s3.buckets import BucketOperations
from local_aws.services.s3.engines import Engines, seeing_engines
from local_aws.services.s3.errors import OWN_ERRORS, with_own_errors
from local_aws.services.s3.lifecycle import Lifecycle
from local_aws.services.s3.listings import ListOperations
from local_aws.services.s3.multipart import UploadOperations
from local_aws.services.s3.reads import ReadOperations
from local_aws.services.s3.store import Store
from local_aws.services.s3.upload_listings import UploadListings
from local_aws.services.s3.writes import WriteOperations

_CHECKSUMS = "ChecksumCRC32 ChecksumCRC32C ChecksumCRC64NVME ChecksumSHA1 ChecksumSHA256 ChecksumSHA512 ChecksumMD5"
_INTEGRITY = "ContentMD5 ChecksumAlgorithm"
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
    "CreateBucket": "CreateBucketConfiguration.LocationConstraint CreateBucketConfiguration.Tags ObjectOwnership",
    "CreateMultipartUpload": f"Key {_HEADERS} ChecksumAlgorithm ChecksumType",
    "DeleteBucket": "",
    "DeleteBucketEncryption": "",
    "DeleteBucketLifecycle": "",
    "DeleteBucketOwnershipControls": "",
    "DeleteBucketPolicy": "",
    "DeleteBucketTagging": "",
    "DeleteObject": "Key IfMatch",
    "DeleteObjectTagging": "Key",
    "DeleteObjects": "Delete.Objects.Key Delete.Objects.VersionId Delete.Objects.ETag Delete.Quiet ChecksumAlgorithm",
    "DeletePublicAccessBlock": "",
    "GetBucketEncryption": "",
    "GetBucketLifecycleConfiguration": "",
    "GetBucketLocation": "",
    "GetBucketOwnershipControls": "",
    "GetBucketPolicy": "",
    "GetBucketTagging": "",
    "GetBucketVersioning": "",
    "GetObject": _READ,
    "GetObjectTagging": "Key",
    "GetPublicAccessBlock": "",
    "HeadBucket": "",
    "HeadObject": _READ,
    "ListBuckets": "MaxBuckets ContinuationToken Prefix BucketRegion",
    "ListMultipartUploads": "Delimiter EncodingType KeyMarker MaxUploads Prefix UploadIdMarker",
    "ListObjects": "Delimiter EncodingType Marker MaxKeys Prefix",
    "ListObjectsV2": "Delimiter EncodingType MaxKeys Prefix ContinuationToken FetchOwner StartAfter",
    "ListParts": "Key UploadId MaxParts PartNumberMarker",
    "PutBucketEncryption": f"ServerSideEncryptionConfiguration {_INTEGRITY}",
    "PutBucketLifecycleConfiguration": "LifecycleConfiguration ChecksumAlgorithm",
    "PutBucketOwnershipControls": f"OwnershipControls {_INTEGRITY}",
    "PutBucketPolicy": f"Policy {_INTEGRITY}",
    "PutBucketTagging": f"Tagging {_INTEGRITY}",
    "PutObject": f"Key Body ContentLength {_INTEGRITY} {_HEADERS} {_CHECKSUMS} IfMatch IfNoneMatch",
    "PutObjectTagging": f"Key Tagging {_INTEGRITY}",
    "PutPublicAccessBlock": f"PublicAccessBlockConfiguration {_INTEGRITY}",
    "UploadPart": f"Key UploadId PartNumber Body ContentLength {_INTEGRITY} {_CHECKSUMS}",
    "UploadPartCopy": f"Key UploadId PartNumber {_SOURCE} CopySourceRange ExpectedSourceBucketOwner",
}
"""By operation. ``Bucket`` and ``ExpectedBucketOwner`` are honoured by each."""

_HARMLESS: dict[str, tuple[object, ...]] = {
    "ACL": ("private", "bucket-owner-full-control"),
    "AnnotationDirective": ("COPY",),
    "BucketNamespace": ("global",),
    "BypassGovernanceRetention": (True,),
    "OptionalObjectAttributes": ("RestoreStatus",),
    "RequestPayer": ("requester",),
    "StorageClass": ("STANDARD",),
    "VersionId": ("null",),
}
"""Values that ask for the only behaviour there is: no object is locked or restored, and the owner pays."""
_EVERYWHERE = ("Bucket", "ExpectedBucketOwner")


def object_operations(context: Context, store: Store, engines: Engines) -> dict[tuple[str, str], Operation]:
    """Return the operations on buckets, objects and uploads, which every server has: jobs read and write objects."""
    parts = (
        *(BucketOperations(context, store), WriteOperations(context, store), UploadOperations(context, store)),
        *(ReadOperations(store), ListOperations(store), UploadListings(store)),
    )
    handlers = {name: handler for part in parts for name, handler in part.operations.items()}
    return contract({name: seeing_engines(handler, store, engines) for name, handler in handlers.items()})


def build(context: Context) -> Service:
    """Build the settings of buckets, and the expiry that their lifecycle rules ask for."""
    settings = BucketSettings(context)
    lifecycle = Lifecycle(context, settings)

    def sweep() -> float:
        lifecycle.sweep()
        return HOUR

    sweeps = Loop("s3-lifecycle", sweep, retry_seconds=HOUR, finishes=False)
    return Service(contract(settings.operations), lambda: sweeps.start(asked=True), sweeps.stop)


def contract(handlers: Mapping[str, Handler]) -> dict[tuple[str, str], Operation]:
    """Return the operations of the table that have these handlers."""
    return {
        ("s3", name): Operation(with_own_errors(handler, _HARMLESS), _members(name), error="NotImplemented", status=501)
        for name, handler in handlers.items()
    }


def _members(operation: str) -> Members:
    honoured = HONOURED[operation].split()
    values = without(_HARMLESS, *OWN_ERRORS)
    return Members((*_EVERYWHERE, *honoured, *_HARMLESS, *OWN_ERRORS), values=values)
