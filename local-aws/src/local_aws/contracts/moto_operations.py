"""The contract of the operations that moto really does, and that are passed on to it.

An operation stands here only when its whole effect is a record that later calls return, which is all that the
operation is. IAM's roles and policies are such records: they authorise or refuse nobody here. What merely looks done
(a query that returns no rows, a job that never ran) must not be added. Members that moto accepts without acting on
them are refused by name, as everywhere.
"""

from __future__ import annotations

from local_aws.contracts.members import EVERY_MEMBER, Members
from local_aws.kernel.account import ACCOUNT_ID

_DATABASE = ("Name", "Description", "LocationUri", "Parameters", "CreateTableDefaultPermissions")
_TABLE = (
    *("Name", "Description", "Owner", "LastAccessTime", "LastAnalyzedTime", "Retention", "StorageDescriptor"),
    *("PartitionKeys", "ViewOriginalText", "ViewExpandedText", "TableType", "Parameters"),
)
_DATABASE_INPUT = " ".join(f"DatabaseInput.{member}" for member in _DATABASE)
_TABLE_INPUT = " ".join(f"TableInput.{member}" for member in _TABLE)
_GLUE = {
    "BatchCreatePartition": "DatabaseName TableName PartitionInputList",
    "BatchDeletePartition": "DatabaseName TableName PartitionsToDelete",
    "BatchDeleteTable": "DatabaseName TablesToDelete",
    "BatchGetPartition": "DatabaseName TableName PartitionsToGet",
    "BatchUpdatePartition": "DatabaseName TableName Entries",
    "CreateDatabase": _DATABASE_INPUT,
    "CreatePartition": "DatabaseName TableName PartitionInput",
    "CreateTable": f"DatabaseName {_TABLE_INPUT}",
    "DeleteDatabase": "Name",
    "DeletePartition": "DatabaseName TableName PartitionValues",
    "DeleteTable": "DatabaseName Name",
    "GetDatabase": "Name",
    "GetDatabases": "MaxResults ResourceShareType",
    "GetPartition": "DatabaseName TableName PartitionValues",
    "GetPartitions": "DatabaseName TableName Expression MaxResults Segment",
    "GetTable": "DatabaseName Name",
    "GetTables": "DatabaseName Expression MaxResults ResourceShareType",
    "UpdateDatabase": f"Name {_DATABASE_INPUT}",
    "UpdatePartition": "DatabaseName TableName PartitionValueList PartitionInput",
    "UpdateTable": f"DatabaseName {_TABLE_INPUT} SkipArchive",
}
"""The members that moto acts on; MaxResults: a listing is one page, so nothing of it is missing; and SkipArchive, since
a table's versions are not shown here."""
_GLUE_VALUES: dict[str, tuple[object, ...]] = {
    "CatalogId": (ACCOUNT_ID,),
    # No other account shares a database.
    "ResourceShareType": ("ALL",),
    "Segment.TotalSegments": (1,),
}
_SCHEMA_REFERENCES = tuple(
    f"{where}.StorageDescriptor.SchemaReference"
    for where in ("TableInput", "PartitionInput", "PartitionInputList", "Entries.PartitionInput")
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

MOTO: dict[str, dict[str, Members]] = {
    "iam": dict.fromkeys(_IAM.split(), EVERY_MEMBER),
    "glue": {
        operation: Members(("CatalogId", *honoured.split()), refused=_SCHEMA_REFERENCES, values=_GLUE_VALUES)
        for operation, honoured in _GLUE.items()
    },
    "logs": dict.fromkeys(_LOGS.split(), EVERY_MEMBER),
}
"""By service and operation, the members that are honoured."""
REFUSAL_CODES = {"glue": "InvalidInputException"}
"""By service, the code of the error for a member that is not honoured, where it is not ``ValidationException``."""

_READ_ONLY = ("BatchGet", "Describe", "Filter", "Get", "Head", "List")


def is_read_only(operation: str) -> bool:
    """Return whether an operation leaves moto's state as it is, by AWS's naming."""
    return operation.startswith(_READ_ONLY)
