"""The operations that moto does for real, and that are passed on to it.

An operation stands here only when its whole effect is a record that later calls give back, which is all
that the operation is. IAM's roles and policies are such records: they authorise or refuse nobody here. What merely
looks done (a query that returns no rows, a job that never ran) must not be added.
"""

from __future__ import annotations

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
    "iam": frozenset(_IAM.split()),
    "glue": frozenset(_GLUE_CATALOG.split()),
    "logs": frozenset(_LOGS.split()),
}

_READ_ONLY = ("BatchGet", "Describe", "Filter", "Get", "Head", "List")


def is_read_only(operation: str) -> bool:
    """Return whether an operation leaves moto's state as it is, by AWS's naming."""
    return operation.startswith(_READ_ONLY)
