"""Requests to Glue's catalog that moto would not serve as Glue does, or would take too long for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from local_aws.contracts.members import Members, unsupported_error
from local_aws.kernel.errors import AwsError

_CODE = "InvalidInputException"

_MAX_FILTER = 2048
_MAX_PARENTHESES = 10
_MAX_WILDCARDS = 3
"""moto matches wildcards by backtracking: on a name of 255 characters three of them take milliseconds, seven hours."""

_STRING = re.compile(r"'[^']*+'")
_WHOLE_NAMES = re.compile(r"[\w*-]*\.?\*")
"""Patterns that end in a wildcard. With others moto looks at the beginning of a name, Glue at the whole of it."""


def apply_rules(operation: str, request: dict[str, Any]) -> None:
    """Raise ``InvalidInputException`` for what moto would serve in another way than Glue."""
    if operation in ("CreateTable", "UpdateTable") and "TableInput" not in request:
        raise AwsError(_CODE, f"{operation} needs TableInput")
    if operation == "GetTables":
        _check_pattern(request.get("Expression", ""))
    if operation == "GetPartitions":
        _check_filter(request.get("Expression", ""))
    if operation == "UpdateDatabase":
        Members(values={"DatabaseInput.Name": (request["Name"],)}).check(request, operation, _CODE)
    for partition in _partitions(request):
        if "Values" not in partition:
            raise AwsError(_CODE, "each PartitionInput must have Values, one for each partition key of the table")


def _check_filter(expression: str) -> None:
    """Refuse what moto's parser and its LIKE, a regular expression, take too long for."""
    if len(expression) > _MAX_FILTER:
        raise AwsError(_CODE, f"Expression of GetPartitions has over {_MAX_FILTER} characters")
    depth = deepest = 0
    for character in _STRING.sub("", expression):
        depth += {"(": 1, ")": -1}.get(character, 0)
        deepest = max(deepest, depth)
    if deepest > _MAX_PARENTHESES:
        raise AwsError(_CODE, f"Expression of GetPartitions is nested more than {_MAX_PARENTHESES} levels deep")
    if any(text.count("%") > _MAX_WILDCARDS for text in _STRING.findall(expression)):
        raise AwsError(_CODE, f"a pattern in Expression of GetPartitions has over {_MAX_WILDCARDS} '%'")


def _check_pattern(pattern: str) -> None:
    if pattern.count("*") > _MAX_WILDCARDS:
        raise AwsError(_CODE, f"Expression of GetTables has over {_MAX_WILDCARDS} '*'")
    if pattern and not _WHOLE_NAMES.fullmatch(pattern):
        supported = "letters, digits, '_', '-' and '*', with '*' at the end"
        raise unsupported_error(f"Expression {pattern!r} (supported: {supported})", "GetTables", _CODE)


def _partitions(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the definitions of all partitions in a request."""
    if "PartitionInput" in request:
        yield request["PartitionInput"]
    yield from request.get("PartitionInputList", [])
    for entry in request.get("Entries", []):
        yield entry.get("PartitionInput", {})
