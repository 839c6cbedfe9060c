"""What S3 asks of a bucket policy before it keeps it."""

from __future__ import annotations

import json
from typing import Any

from local_aws.errors import AwsError


def check_policy(bucket: str, policy: str) -> dict[str, Any]:
    """Check a policy's form, and that it speaks of the bucket alone; give it parsed.

    Raises
    ------
    AwsError
        ``MalformedPolicy``.
    """
    try:
        document = json.loads(policy)
    except ValueError as error:
        raise _malformed(f"This policy contains invalid Json: {error}") from None
    statements = _statements(document)
    if not statements:
        raise _malformed("Missing required field Statement")
    for statement in statements:
        if statement.get("Effect") not in ("Allow", "Deny"):
            raise _malformed(f"Invalid effect: {statement.get('Effect')}")
        for either in ("Principal", "Action", "Resource"):
            if not {either, f"Not{either}"} & statement.keys():
                raise _malformed(f"Missing required field {either}")
        for resource in _listed(statement.get("Resource", [])):
            name = str(resource).removeprefix("arn:aws:s3:::").partition("/")[0]
            if not str(resource).startswith("arn:aws:s3:::") or name != bucket:
                raise _malformed(f"Policy has invalid resource: {resource} is not of bucket {bucket}")
    return dict(document)


def is_public(document: dict[str, Any]) -> bool:
    """Tell whether a policy allows anybody anything without a condition."""
    return any(
        statement["Effect"] == "Allow" and "Condition" not in statement and _anybody(statement.get("Principal"))
        for statement in _statements(document)
    )


def _statements(document: object) -> list[dict[str, Any]]:
    found = _listed(document.get("Statement", [])) if isinstance(document, dict) else []
    return found if all(isinstance(statement, dict) for statement in found) else []


def _anybody(principal: object) -> bool:
    if isinstance(principal, dict):
        return "*" in _listed(principal.get("AWS", []))
    return principal == "*"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicy", message)
