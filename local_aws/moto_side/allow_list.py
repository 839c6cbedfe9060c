"""The operations that moto does for real, and that are passed on to it.

An operation stands here only when its whole effect is a record or an object that later calls give back, which is all
that the operation is. IAM's roles and policies are such records: they authorise or refuse nobody here. What merely
looks done (a query that returns no rows, a job that never ran) must not be added.
"""

from __future__ import annotations

_S3_OBJECTS = (
    "AbortMultipartUpload CompleteMultipartUpload CopyObject CreateMultipartUpload DeleteObject DeleteObjectTagging "
    "DeleteObjects GetObject GetObjectTagging HeadObject ListMultipartUploads ListObjects ListObjectsV2 ListParts "
    "PutObject PutObjectTagging UploadPart UploadPartCopy"
)
_S3_BUCKETS = (
    "CreateBucket DeleteBucket DeleteBucketTagging GetBucketLocation GetBucketTagging GetBucketVersioning HeadBucket "
    "ListBuckets PutBucketTagging"
)
_GLUE_CATALOG = (
    "BatchCreatePartition BatchDeletePartition BatchDeleteTable BatchGetPartition BatchUpdatePartition "
    "CreateDatabase CreatePartition CreateTable DeleteDatabase DeletePartition DeleteTable GetDatabase GetDatabases "
    "GetPartition GetPartitions GetTable GetTables UpdateDatabase UpdatePartition UpdateTable"
)
_IAM = (
    "AttachRolePolicy CreatePolicy CreatePolicyVersion CreateRole DeletePolicy DeletePolicyVersion DeleteRole "
    "DeleteRolePermissionsBoundary DeleteRolePolicy DetachRolePolicy GetPolicy GetPolicyVersion GetRole GetRolePolicy "
    "ListAttachedRolePolicies ListEntitiesForPolicy ListPolicies ListPolicyTags ListPolicyVersions ListRolePolicies "
    "ListRoles ListRoleTags PutRolePermissionsBoundary PutRolePolicy SetDefaultPolicyVersion TagPolicy TagRole "
    "UntagPolicy UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription"
)
_LOGS = (
    "CreateLogGroup CreateLogStream DeleteLogGroup DeleteLogStream DeleteRetentionPolicy DescribeLogGroups "
    "DescribeLogStreams FilterLogEvents GetLogEvents ListTagsForResource PutLogEvents PutRetentionPolicy TagResource "
    "UntagResource"
)

ALLOWED: dict[str, frozenset[str]] = {
    "s3": frozenset(f"{_S3_OBJECTS} {_S3_BUCKETS}".split()),
    "iam": frozenset(_IAM.split()),
    "glue": frozenset(_GLUE_CATALOG.split()),
    "logs": frozenset(_LOGS.split()),
}

_READ_ONLY = ("BatchGet", "Describe", "Filter", "Get", "Head", "List")


def is_read_only(operation: str) -> bool:
    """Tell whether an operation leaves moto's state as it is, by AWS's naming."""
    return operation.startswith(_READ_ONLY)
