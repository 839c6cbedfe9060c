"""What of Glue's catalog operations has no effect in moto, which accepts it all the same: it is refused by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from local_aws.contracts.honoured import only
from local_aws.kernel.context import ACCOUNT_ID
from local_aws.kernel.errors import AwsError

_CODE = "InvalidInputException"

_HONOURED = {
    "BatchCreatePartition": "DatabaseName TableName PartitionInputList",
    "BatchDeletePartition": "DatabaseName TableName PartitionsToDelete",
    "BatchDeleteTable": "DatabaseName TablesToDelete",
    "BatchGetPartition": "DatabaseName TableName PartitionsToGet",
    "BatchUpdatePartition": "DatabaseName TableName Entries",
    "CreateDatabase": "DatabaseInput",
    "CreatePartition": "DatabaseName TableName PartitionInput",
    "CreateTable": "DatabaseName TableInput",
    "DeleteDatabase": "Name",
    "DeletePartition": "DatabaseName TableName PartitionValues",
    "DeleteTable": "DatabaseName Name",
    "GetDatabase": "Name",
    "GetDatabases": "MaxResults ResourceShareType",
    "GetPartition": "DatabaseName TableName PartitionValues",
    "GetPartitions": "DatabaseName TableName Expression MaxResults Segment",
    "GetTable": "DatabaseName Name",
    "GetTables": "DatabaseName Expression MaxResults ResourceShareType",
    "UpdateDatabase": "Name DatabaseInput",
    "UpdatePartition": "DatabaseName TableName PartitionValueList PartitionInput",
    "UpdateTable": "DatabaseName TableInput SkipArchive",
}
"""The members that moto acts on; MaxResults: a listing is one page, so nothing of it is missing; and SkipArchive, since
nobody is shown a table's versions here."""

_IN_DATABASE = ("Name", "Description", "LocationUri", "Parameters", "CreateTableDefaultPermissions")
_IN_TABLE = (
    *("Name", "Description", "Owner", "LastAccessTime", "LastAnalyzedTime", "Retention", "StorageDescriptor"),
    *("PartitionKeys", "ViewOriginalText", "ViewExpandedText", "TableType", "Parameters"),
)

_MOST_FILTER = 2048
_MOST_PARENTHESES = 10
_MOST_WILDCARDS = 3
"""moto matches wildcards by backtracking: on a name of 255 characters three of them take milliseconds, seven hours."""

_STRING = re.compile(r"'[^']*+'")
_WHOLE_NAMES = re.compile(r"[\w*-]*\.?\*")
"""Patterns that end in a wildcard. With others moto looks at the beginning of a name, Glue at the whole of it."""


def apply_rules(operation: str, request: dict[str, Any]) -> None:
    """Refuse members that moto does not act on.

    Raises
    ------
    AwsError
        ``InvalidInputException`` naming them.
    """
    only(request, {"CatalogId", *_HONOURED[operation].split()}, operation, _CODE)
    _only_value(request, "CatalogId", ACCOUNT_ID)
    # Nobody shares databases here: all there are is one's own.
    _only_value(request, "ResourceShareType", "ALL")
    if operation in ("CreateTable", "UpdateTable") and "TableInput" not in request:
        raise AwsError(_CODE, f"local_aws takes a table of {operation} from TableInput, which is missing")
    if operation == "GetTables":
        _check_pattern(request.get("Expression", ""))
    if operation == "GetPartitions":
        _check_filter(request.get("Expression", ""))
    if operation == "UpdateDatabase":
        _only_value(request.get("DatabaseInput", {}), "Name", request.get("Name"))
    if request.get("Segment", {}).get("TotalSegments", 1) != 1:
        raise AwsError(_CODE, "local_aws gives the partitions in one Segment; set TotalSegments to 1")
    only(request.get("DatabaseInput", {}), _IN_DATABASE, "DatabaseInput", _CODE)
    only(request.get("TableInput", {}), _IN_TABLE, "TableInput", _CODE)
    for partition in _partitions(request):
        if "Values" not in partition:
            raise AwsError(_CODE, "each PartitionInput must have Values, one for each partition key of the table")
    for storage in _storage_descriptors(request):
        if storage.get("SchemaReference"):
            raise AwsError(_CODE, "local_aws has no schema registry for a SchemaReference; give the Columns")


def _only_value(request: Mapping[str, Any], member: str, value: str | None) -> None:
    if request.get(member, value) != value:
        raise AwsError(_CODE, f"{member} {request[member]!r} is not done by local_aws; leave it out, or give {value!r}")


def _check_filter(expression: str) -> None:
    """Refuse what moto's parser and its LIKE, a regular expression, take too long for."""
    if len(expression) > _MOST_FILTER:
        raise AwsError(_CODE, f"Expression of GetPartitions has over {_MOST_FILTER} characters")
    depth = deepest = 0
    for character in _STRING.sub("", expression):
        depth += {"(": 1, ")": -1}.get(character, 0)
        deepest = max(deepest, depth)
    if deepest > _MOST_PARENTHESES:
        raise AwsError(_CODE, f"Expression of GetPartitions is nested more than {_MOST_PARENTHESES} levels deep")
    if any(text.count("%") > _MOST_WILDCARDS for text in _STRING.findall(expression)):
        raise AwsError(_CODE, f"a pattern in Expression of GetPartitions has over {_MOST_WILDCARDS} '%'")


def _check_pattern(pattern: str) -> None:
    if pattern.count("*") > _MOST_WILDCARDS:
        raise AwsError(_CODE, f"Expression of GetTables has over {_MOST_WILDCARDS} '*'")
    if pattern and not _WHOLE_NAMES.fullmatch(pattern):
        raise AwsError(
            _CODE,
            f"Expression {pattern!r} of GetTables is not done by local_aws, which does letters, digits, '_', '-' and "
            "'*', with '*' at the end",
        )


def _partitions(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the definitions of all partitions in a request."""
    if "PartitionInput" in request:
        yield request["PartitionInput"]
    yield from request.get("PartitionInputList", [])
    for entry in request.get("Entries", []):
        yield entry.get("PartitionInput", {})


def _storage_descriptors(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the storage descriptors of the table and of all partitions in a request."""
    for definition in (request.get("TableInput", {}), *_partitions(request)):
        yield definition.get("StorageDescriptor", {})
