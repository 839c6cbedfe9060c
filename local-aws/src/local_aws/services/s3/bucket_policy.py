"""What S3 asks of a bucket policy before it keeps it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence

from local_aws.kernel.errors import AwsError
from local_aws.kernel.nested_json import read_json
from local_aws.services.iam.documents import Document, MalformedPolicyError, Statement, parse_document

_ARN_PARTS = 6
_BROADEST = {4: 8, 6: 32}
"""By version of IP: the shortest prefix that is not a public range."""
_OF_A_ROLES_SESSION = re.compile(r"AROA[A-Z0-9]*:.*", re.DOTALL)


def check_policy(bucket: str, policy: str) -> Document:
    """Check that a policy is well-formed and names its bucket alone, and return it parsed."""
    try:
        content = read_json(policy)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise _malformed("Policies must be valid JSON and the first byte must be '{'")
    if "Statement" not in content:
        raise _malformed("Missing required field Statement")
    try:
        document = parse_document(policy, "Policy", "resource", of_resource=True)
    except MalformedPolicyError as error:
        raise _malformed(str(error)) from error
    if not document.statements:
        raise _malformed("Missing required field Statement")
    for statement in document.statements:
        if (statement.resources is None) == (statement.not_resources is None):
            raise _malformed("a statement must have either Resource or NotResource")
        for resource in statement.resources or ():
            name = resource.removeprefix("arn:aws:s3:::").partition("/")[0]
            if not resource.startswith("arn:aws:s3:::") or name != bucket:
                raise _malformed(f"Policy has invalid resource: {resource} is not of bucket {bucket}")
    return document


def is_public(document: Document) -> bool:
    """Return whether a policy allows anything to more than fixed principals, places or owners.

    Public unless each statement that allows is limited by fixed values, without wildcards and variables: as the section
    'The meaning of "public"' of "Blocking public access to your Amazon S3 storage" in the Amazon S3 User Guide says.
    """
    return any(
        statement.allows and not _names_fixed_principals(statement) and not _is_limited(statement)
        for statement in document.statements
    )


def _names_fixed_principals(statement: Statement) -> bool:
    """Return whether only principals of AWS are named; identity providers, such as Facebook, let anybody in."""
    return statement.principals is not None and all(
        kind != "Federated" and all(map(_is_fixed, values)) for kind, values in statement.principals.items()
    )


def _is_limited(statement: Statement) -> bool:
    """Return whether a condition limits a statement: one is enough, since all must hold."""
    return any(
        all(map(_LIMITS[key.lower()], values))
        for operator, keys in statement.conditions.items()
        for key, values in keys.items()
        if operator.lower().removeprefix("foranyvalue:") in _operators(key) and key.lower() in _LIMITS
    )


def _operators(key: str) -> Sequence[str]:
    """Return the operators that hold only for values which match; those that end in IfExists hold without any value."""
    return ("ipaddress",) if key.lower() == "aws:sourceip" else _POSITIVE


def _is_fixed(value: str) -> bool:
    return not any(mark in value for mark in ("*", "?", "${"))


def _is_narrow_range(value: str) -> bool:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _BROADEST[network.version]


def _is_fixed_user(value: str) -> bool:
    return _is_fixed(value) and not _OF_A_ROLES_SESSION.fullmatch(value)


def _is_of_fixed_account(value: str) -> bool:
    """Return whether an access point's ARN has wildcards in nothing but the access point's name."""
    *head, name = value.split(":", _ARN_PARTS - 1)
    return len(head) == _ARN_PARTS - 1 and all(map(_is_fixed, head)) and head[-1].isdigit() and "${" not in name


_POSITIVE = ("stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike")
_LIMITS: dict[str, Callable[[str], bool]] = {
    **dict.fromkeys(
        (
            *("aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths"),
            *("aws:principalservicename", "aws:sourceaccount", "aws:sourcearn", "aws:sourceowner", "aws:sourcevpc"),
            *("aws:sourcevpce", "s3:dataaccesspointaccount", "s3:x-amz-server-side-encryption-aws-kms-key-id"),
        ),
        _is_fixed,
    ),
    "aws:sourceip": _is_narrow_range,
    "aws:userid": _is_fixed_user,
    "s3:dataaccesspointarn": _is_of_fixed_account,
}
"""By key of a condition: whether a value limits whom a statement speaks of."""


def _malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicy", message)
