"""What IAM refuses and moto lets through, and the policies of AWS that moto has but does not load.

Loading all 1,582 of them costs 80 ms at each start and 4 MB in each snapshot; one that is asked for costs nothing.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from moto.backends import get_backend
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.models import AWSManagedPolicy
from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator

from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.errors import AwsError
from local_aws.kernel.nested_json import read_json
from local_aws.services.iam.documents import MalformedPolicyError, parse_document

_OF_AWS = "arn:aws:iam::aws:policy/"
# The default quotas of "IAM and AWS STS quotas".
_MOST_MANAGED = 6_144
_MOST_IN_ROLE = 10_240
_MOST_TRUST = 2_048


def apply_rules(operation: str, request: dict[str, Any]) -> None:
    """Refuse what IAM refuses; make a policy of AWS known that the request names."""
    if not request.get("Marker", "0").isdecimal():
        raise AwsError("ValidationError", f"Invalid Marker: {request['Marker']!r} is none that a listing gave")
    if not request.get("PolicyArn", "arn:").startswith("arn:"):
        raise AwsError("ValidationError", "Invalid ARN:  Could not be parsed!")
    for arn in (request.get("PolicyArn", ""), request.get("PermissionsBoundary", "")):
        if arn.startswith(_OF_AWS):
            _admit(arn)
    rule = _RULES.get(operation)
    if rule is not None:
        rule(request)


def _backend() -> Any:
    return get_backend("iam")[ACCOUNT_ID]["aws"]


def _admit(arn: str) -> None:
    """Put a policy of AWS among moto's, if it is not there and there is one."""
    known = _backend().managed_policies
    data = _policies_of_aws().get(arn)
    if arn not in known and data is not None:
        known[arn] = AWSManagedPolicy.from_data(arn.rpartition("/")[2], ACCOUNT_ID, "aws", data)


@functools.cache
def _policies_of_aws() -> dict[str, dict[str, Any]]:
    policies = json.loads(aws_managed_policies_data)
    return {f"{_OF_AWS[:-1]}{data['Path']}{name}": data for name, data in policies.items()}


def _check_boundary(request: dict[str, Any]) -> None:
    arn = request.get("PermissionsBoundary")
    if arn and arn not in _backend().managed_policies:
        raise AwsError("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.", 404)


def _size(document: str) -> int:
    """Return what counts of a policy: the characters that are not white space."""
    return len("".join(document.split()))


def _check_trust_size(request: dict[str, Any]) -> None:
    for member in ("AssumeRolePolicyDocument", "PolicyDocument"):
        if _size(request.get(member, "")) > _MOST_TRUST:
            raise AwsError("LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {_MOST_TRUST}", 409)


def _check_managed_policy(request: dict[str, Any]) -> None:
    if _size(request["PolicyDocument"]) > _MOST_MANAGED:
        raise AwsError("LimitExceeded", f"Cannot exceed quota for PolicySize: {_MOST_MANAGED}", 409)
    _check_document(request)


def _check_role_policy(request: dict[str, Any]) -> None:
    name = request["RoleName"]
    others = [
        _size(document)
        for role in _backend().roles.values()
        if role.name == name
        for policy, document in role.policies.items()
        if policy != request["PolicyName"]
    ]
    if sum(others) + _size(request["PolicyDocument"]) > _MOST_IN_ROLE:
        raise AwsError("LimitExceeded", f"Maximum policy size of {_MOST_IN_ROLE} bytes exceeded for role {name}", 409)
    _check_document(request)


def _check_new_role(request: dict[str, Any]) -> None:
    _check_trust_size(request)
    _check_boundary(request)
    try:
        read_json(request["AssumeRolePolicyDocument"])
    except ValueError as error:
        raise AwsError("MalformedPolicyDocument", "This policy contains invalid Json") from error
    try:
        IAMTrustPolicyDocumentValidator(request["AssumeRolePolicyDocument"]).validate()
    except MalformedPolicyDocument as error:
        raise AwsError("MalformedPolicyDocument", error.message) from error


def _check_document(request: dict[str, Any]) -> None:
    """Refuse a document that the simulator could not read; moto's own check lets some through."""
    try:
        parse_document(request["PolicyDocument"], "PolicyDocument", "identity")
    except MalformedPolicyError as error:
        raise AwsError("MalformedPolicyDocument", str(error)) from error


def _check_deletable(request: dict[str, Any]) -> None:
    backend, arn = _backend(), request["PolicyArn"]
    if arn.startswith(_OF_AWS):
        raise AwsError("AccessDenied", f"{arn} is AWS's own; it cannot be changed or deleted", 403)
    policy = backend.managed_policies.get(arn)
    if policy is None:
        raise AwsError("NoSuchEntity", f"Policy {arn} was not found.", 404)
    holders = [role.name for role in backend.roles.values() if arn in role.managed_policies]
    bound = [role.name for role in backend.roles.values() if role.permissions_boundary_arn == arn]
    if holders:
        raise AwsError(
            "DeleteConflict",
            f"Cannot delete a policy attached to entities: {arn} is attached to {', '.join(sorted(holders))}",
            409,
        )
    if bound:
        raise AwsError(
            "DeleteConflict",
            f"Cannot delete a policy in use as permissions boundary: {arn} bounds {', '.join(sorted(bound))}",
            409,
        )
    if len(policy.versions) > 1:
        raise AwsError(
            "DeleteConflict",
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy.",
            409,
        )


_RULES: dict[str, Callable[[dict[str, Any]], None]] = {
    "CreatePolicy": _check_managed_policy,
    "CreatePolicyVersion": _check_managed_policy,
    "CreateRole": _check_new_role,
    "DeletePolicy": _check_deletable,
    "PutRolePermissionsBoundary": _check_boundary,
    "PutRolePolicy": _check_role_policy,
    "UpdateAssumeRolePolicy": _check_trust_size,
}
