"""What AWS asks of a caller of S3, whose actions are not named as its operations are."""

from __future__ import annotations

from tests.infrastructure.demand import Demand, Place, Request

_S3_BUCKET = {
    "CreateBucket": "CreateBucket",
    "DeleteBucket": "DeleteBucket",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketPolicy": "DeleteBucketPolicy",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketLocation": "GetBucketLocation",
    "GetBucketOwnershipControls": "GetBucketOwnershipControls",
    "GetBucketPolicy": "GetBucketPolicy",
    "GetBucketTagging": "GetBucketTagging",
    "GetBucketVersioning": "GetBucketVersioning",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketOwnershipControls": "PutBucketOwnershipControls",
    "PutBucketPolicy": "PutBucketPolicy",
    "PutBucketTagging": "PutBucketTagging",
    "PutBucketVersioning": "PutBucketVersioning",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
_S3_OBJECT = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteObject": "DeleteObject",
    "DeleteObjectTagging": "DeleteObjectTagging",
    "GetObject": "GetObject",
    "GetObjectTagging": "GetObjectTagging",
    "HeadObject": "GetObject",
    "ListParts": "ListMultipartUploadParts",
    "PutObject": "PutObject",
    "PutObjectTagging": "PutObjectTagging",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}


def s3_demands(operation: str, request: Request, place: Place) -> list[Demand] | None:
    """Return what a call of S3 demands, None for an operation that is not written down."""
    del place  # S3's ARNs have none
    bucket = f"arn:aws:s3:::{request.get('Bucket', '')}"
    if operation == "ListBuckets":
        return [Demand("s3:ListAllMyBuckets", "*")]
    if operation in _S3_BUCKET:
        prefix = (("s3:prefix", request["Prefix"]),) if "Prefix" in request else ()
        return [Demand(f"s3:{_S3_BUCKET[operation]}", bucket, prefix)]
    if operation == "DeleteObjects":
        return [Demand("s3:DeleteObject", f"{bucket}/{entry['Key']}") for entry in request["Delete"]["Objects"]]
    if operation not in _S3_OBJECT:
        return None
    found = [Demand(f"s3:{_S3_OBJECT[operation]}", f"{bucket}/{request['Key']}")]
    if "CopySource" in request:
        source = request["CopySource"].lstrip("/").partition("?")[0]
        found.append(Demand("s3:GetObject", f"arn:aws:s3:::{source}"))
    if "Tagging" in request:
        found.append(Demand("s3:PutObjectTagging", f"{bucket}/{request['Key']}"))
    return found
