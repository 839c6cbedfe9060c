"""What the policy of a queue or a topic lets an AWS service do, as EventBridge needs it to deliver."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.errors import AwsError
from local_aws.services.iam.conditions import holds
from local_aws.services.iam.documents import MalformedPolicyError, Statement, parse_document
from local_aws.services.iam.patterns import action_matches, arn_matches

_TAKES_NO_CONDITION = {("events.amazonaws.com", "sns:Publish")}
"""Calls that a statement with a Condition never allows: "Using resource-based policies for Amazon EventBridge"."""


@dataclass(frozen=True)
class ServiceAccess:
    """A call that a service makes on its own account, not in a role."""

    service: str
    """Its principal, e.g. ``"events.amazonaws.com"``."""
    action: str
    resource: str
    source: str
    """What the call is made for, e.g. the ARN of a rule."""
    source_owner: str | None = None
    """The account that the source is of, where the service says so: the default policy of a topic asks for it."""


def check_service_access(policy: str | None, access: ServiceAccess) -> None:
    """Check that a resource's policy lets a service in.

    Parameters
    ----------
    policy
        The policy's JSON, None for a resource that has none.
    """
    effects = set() if policy is None else _effects(policy, access)
    if effects != {True}:
        reason = "denies it" if False in effects else "does not allow it"
        raise AwsError(
            "AccessDenied",
            f"{access.service} may not call {access.action} on {access.resource} for {access.source}: the policy of "
            f"the resource {reason}",
            403,
        )


def _effects(policy: str, access: ServiceAccess) -> set[bool]:
    """Return what the statements about a call say: True for those that allow, False for those that deny."""
    try:
        statements = parse_document(policy, "Policy", "resource", of_resource=True).statements
    except MalformedPolicyError as error:
        raise AwsError("AccessDenied", f"the policy of {access.resource} cannot be read: {error}", 403) from error
    return {statement.allows for statement in statements if _is_about(statement, access)}


def _is_about(statement: Statement, access: ServiceAccess) -> bool:
    if statement.allows and statement.conditions and (access.service, access.action) in _TAKES_NO_CONDITION:
        return False
    context = {
        "aws:principalservicename": [access.service],
        "aws:securetransport": ["true"],
        "aws:sourceaccount": [ACCOUNT_ID],
        "aws:sourcearn": [access.source],
        **({"aws:sourceowner": [access.source_owner]} if access.source_owner else {}),
    }

    def is_the_service(principals: Mapping[str, Sequence[str]]) -> bool:
        return access.service in principals.get("Service", ()) or "*" in principals.get("AWS", ())

    def is_the_action(pattern: str) -> bool:
        return action_matches(pattern, access.action)

    def is_the_resource(pattern: str) -> bool:
        return arn_matches(pattern, access.resource)

    if statement.principals is not None:
        is_named = is_the_service(statement.principals)
    else:
        is_named = not is_the_service(statement.not_principals or {})
    return (
        is_named
        and _names(statement.actions, statement.not_actions, is_the_action)
        and _names(statement.resources, statement.not_resources, is_the_resource)
        and holds(statement.conditions, context, None)
    )


def _names(named: Sequence[str] | None, excluded: Sequence[str] | None, matches: Callable[[str], bool]) -> bool:
    return any(map(matches, named)) if named is not None else not any(map(matches, excluded or ()))
