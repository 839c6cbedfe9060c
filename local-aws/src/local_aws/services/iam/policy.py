"""May a principal do this? Policies evaluated as the IAM User Guide's "Policy evaluation logic" says.

Pure: documents, a request and its context in; a decision and the statements that made it out.

A resource's policy that names an account gives nothing by itself: it lets the account's own policies do so. A key's
policy and a role's trust policy, where they are given, must name the principal or the account: without that, no policy
of the principal counts ("Key policies in AWS KMS", and "Resource-based policies" of the page above).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from local_aws.services.iam.conditions import holds, keys_of
from local_aws.services.iam.documents import Document, Statement
from local_aws.services.iam.patterns import Lookup, NoValueError, action_matches, arn_matches, variables

Effect = Literal["allowed", "explicitDeny", "implicitDeny"]
ALLOWED: Effect = "allowed"
EXPLICIT_DENY: Effect = "explicitDeny"
IMPLICIT_DENY: Effect = "implicitDeny"

Matched = tuple[Document, Statement]

_ASKS_ITS_RESOURCE = ("kms:*", "sts:AssumeRole")
"""The actions that the resource's policy must let in, whatever the principal's own policies say."""


@dataclass(frozen=True)
class Access:
    """One action on one resource."""

    action: str
    resource: str
    """An ARN, or ``"*"`` for no resource in particular."""
    principal: str
    context: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def lookup(self, key: str) -> str | None:
        """Return the value of a policy variable; one with several values has none."""
        values = self.context.get(key.lower(), ())
        return values[0] if len(values) == 1 else None


@dataclass(frozen=True)
class Policies:
    """What is evaluated."""

    identity: Sequence[Document]
    boundary: Sequence[Document] | None = None
    """Its permissions boundary, None for one that has none."""
    resource: Document | None = None
    """The resource's policy, if it has one."""
    resource_is_elsewhere: bool = False
    """Whether the resource is another account's: then both sides must allow."""


@dataclass(frozen=True)
class Decision:
    """What comes of it."""

    effect: Effect
    matched: tuple[Matched, ...]
    """The statements that made it: those that deny, else those that allow."""
    missing: tuple[str, ...]
    by_kind: Mapping[str, Effect]
    within_boundary: bool | None
    """Whether the boundary allows it; None without a boundary."""


def decide(policies: Policies, access: Access) -> Decision:
    """Evaluate policies for one action on one resource."""
    resource = () if policies.resource is None else (policies.resource,)
    own = _Side.of(policies.identity, access)
    theirs = _Side.of(resource, access)
    bound = None if policies.boundary is None else _Side.of(policies.boundary, access)
    sides = [own, theirs, *([bound] if bound else [])]
    by_kind = {"identity": own.effect, **({"resource": theirs.effect} if resource else {})}
    if bound is not None:
        by_kind["boundary"] = bound.effect
    effect, matched = _combined(own, theirs, bound, policies, access)
    missing = sorted({key for side in sides for key in side.keys if key.lower() not in access.context}, key=str.lower)
    return Decision(effect, tuple(matched), tuple(missing), by_kind, None if bound is None else bound.effect == ALLOWED)


@dataclass(frozen=True)
class _Side:
    """What the policies of one kind say; what they allow to the principal's account only is in `delegations`."""

    allows: list[Matched]
    delegations: list[Matched]
    denies: list[Matched]
    keys: list[str]

    @property
    def effect(self) -> Effect:
        return EXPLICIT_DENY if self.denies else ALLOWED if self.allows or self.delegations else IMPLICIT_DENY

    @classmethod
    def of(cls, documents: Iterable[Document], access: Access) -> _Side:
        side = cls([], [], [], [])
        for document in documents:
            for statement in document.statements:
                lookup = access.lookup if statement.has_variables else None
                if not _is_about(statement, access):
                    continue
                side.keys.extend(_keys(statement))
                if _names_resource(statement, access, lookup) and holds(statement.conditions, access.context, lookup):
                    side._list_for(statement, access).append((document, statement))
        return side

    def _list_for(self, statement: Statement, access: Access) -> list[Matched]:
        """Return the list that a statement about the request goes to."""
        if not statement.allows:
            return self.denies
        return self.allows if _names_principal(statement, access) else self.delegations


def _combined(
    own: _Side, theirs: _Side, bound: _Side | None, policies: Policies, access: Access
) -> tuple[Effect, list[Matched]]:
    denies = own.denies + theirs.denies + (bound.denies if bound else [])
    if denies:
        return EXPLICIT_DENY, denies
    within = bound is None or bool(bound.allows)
    let_in = bool(theirs.allows or theirs.delegations)
    if policies.resource_is_elsewhere:
        allowed = within and bool(own.allows) and let_in
    else:
        asks = policies.resource is not None and any(action_matches(one, access.action) for one in _ASKS_ITS_RESOURCE)
        by_own = bool(own.allows) and (let_in or not asks)
        # What a resource's policy gives to a user by name, no boundary takes away; what it gives to a role, one does.
        by_name = ":user/" in access.principal and any(_names_exactly(one, access) for _, one in theirs.allows)
        allowed = (within and (by_own or bool(theirs.allows))) or by_name
    return (ALLOWED, own.allows + theirs.allows + theirs.delegations) if allowed else (IMPLICIT_DENY, [])


def _is_about(statement: Statement, access: Access) -> bool:
    """Return whether a statement's actions and principals are those of the request."""
    if statement.actions is not None:
        named = any(action_matches(pattern, access.action) for pattern in statement.actions)
    else:
        named = not any(action_matches(pattern, access.action) for pattern in statement.not_actions or ())
    if statement.principals is not None:
        return named and _is_among(statement.principals, access.principal)
    if statement.not_principals is not None:
        return named and not _is_among(statement.not_principals, access.principal)
    return named


def _names_resource(statement: Statement, access: Access, lookup: Lookup | None) -> bool:
    if statement.resources is not None:
        return any(_matches(pattern, access.resource, lookup) for pattern in statement.resources)
    if statement.not_resources is not None:
        return not any(_matches(pattern, access.resource, lookup) for pattern in statement.not_resources)
    return True


def _matches(pattern: str, resource: str, lookup: Lookup | None) -> bool:
    try:
        return arn_matches(pattern, resource, lookup)
    except NoValueError:
        return False


def _is_among(principals: Mapping[str, Sequence[str]], principal: str) -> bool:
    account = principal.split(":")[4]
    names = {principal, account, f"arn:aws:iam::{account}:root", "*"}
    return any(name in names for name in principals.get("AWS", ()))


def _names_principal(statement: Statement, access: Access) -> bool:
    """Return whether a statement about the request gives to the principal itself, not to its account."""
    return (
        statement.principals is None or "*" in statement.principals.get("AWS", ()) or _names_exactly(statement, access)
    )


def _names_exactly(statement: Statement, access: Access) -> bool:
    return access.principal in (statement.principals or {}).get("AWS", ())


def _keys(statement: Statement) -> list[str]:
    """Return the context keys that a statement looks at."""
    context_keys = keys_of(statement.conditions)
    for resource in (*(statement.resources or ()), *(statement.not_resources or ())):
        context_keys += variables(resource) if statement.has_variables else []
    return context_keys
