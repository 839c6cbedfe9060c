"""SimulatePrincipalPolicy and SimulateCustomPolicy: what policies would allow, evaluated for real."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import USER_ARN
from local_aws.services.iam.documents import Document, MalformedPolicyError, parse_document
from local_aws.services.iam.identities import Identities, Identity
from local_aws.services.iam.policy import ALLOWED, EXPLICIT_DENY, IMPLICIT_DENY, Access, Decision, Policies, decide

COMMON = (
    *("ActionNames", "CallerArn", "ContextEntries", "Marker", "MaxItems", "PermissionsBoundaryPolicyInputList"),
    *("PolicyInputList", "ResourceArns", "ResourceOwner", "ResourcePolicy"),
)
"""The members that both simulations honour."""
_ACTION = re.compile(r"[A-Za-z0-9.-]+:[A-Za-z0-9]+")
_STRICTEST = (EXPLICIT_DENY, IMPLICIT_DENY, ALLOWED)
_KINDS = {
    "identity": "IAM Policy",
    "resource": "Resource Policy",
    "boundary": "Permissions Boundary Policy",
}


class Simulation:
    """Serves the simulation operations."""

    def __init__(self, context: Context) -> None:
        self._identities = Identities(context)

    def of_principal(self, request: Request) -> Answer:
        """Serve SimulatePrincipalPolicy."""
        source = self._identities.find(request["PolicySourceArn"])
        caller = request.get("CallerArn", source.arn)
        boundary = _documents(request, "PermissionsBoundaryPolicyInputList") or (
            [source.boundary] if source.boundary else None
        )
        return _simulate(request, [*source.policies, *_documents(request, "PolicyInputList")], boundary, source, caller)

    def of_documents(self, request: Request) -> Answer:
        """Serve SimulateCustomPolicy."""
        if "ResourcePolicy" in request and "CallerArn" not in request:
            raise AwsError("InvalidInput", "CallerArn is required with ResourcePolicy: its Principal needs a value")
        boundary = _documents(request, "PermissionsBoundaryPolicyInputList") or None
        caller = request.get("CallerArn", USER_ARN)
        return _simulate(request, _documents(request, "PolicyInputList"), boundary, None, caller)


def _simulate(
    request: Request, identity: list[Document], boundary: list[Document] | None, source: Identity | None, caller: str
) -> Answer:
    if caller.count(":") < 5 or not caller.startswith("arn:") or ":iam:" not in caller:
        raise AwsError("InvalidInput", f"CallerArn {caller} is not the ARN of a user, group or role")
    if "ResourcePolicy" in request and ":role/" in caller:
        raise AwsError(
            "InvalidInput",
            f"Simulation of resource-based policies isn't supported for IAM roles ({caller}); leave out "
            "ResourcePolicy, or simulate an IAM user",
        )
    home = caller.split(":")[4]
    owner = request.get("ResourceOwner", home).removeprefix("arn:aws:iam::").partition(":")[0]
    resource_policy = _resource_policy(request)
    context = {**(source.context(caller) if source else {}), **_request_context(request)}
    resources = request.get("ResourceArns") or ["*"]
    _check_names(request["ActionNames"], resources)
    results = []
    for action in request["ActionNames"]:
        decisions = []
        for resource in resources:
            account = _account_of(resource) or owner
            elsewhere = account != home
            policies = Policies(identity, boundary, resource_policy, elsewhere)
            access = Access(action, resource, caller, {"aws:resourceaccount": [account], **context})
            decisions.append((resource, elsewhere, decide(policies, access)))
        results.append(_result(action, decisions, bool(request.get("ResourceArns"))))
    items, marker = page(results, request, token_key="Marker", size_key="MaxItems")  # noqa: S106 (a member's name)
    return {"EvaluationResults": items, "IsTruncated": marker is not None, **({"Marker": marker} if marker else {})}


def _check_names(actions: Iterable[str], resources: Iterable[str]) -> None:
    for action in actions:
        if not _ACTION.fullmatch(action):
            raise AwsError(
                "InvalidInput", f"Invalid action name {action!r}; it must be service:action, without wildcards"
            )
    for resource in resources:
        if resource != "*" and not resource.startswith("arn:"):
            raise AwsError("InvalidInput", f'Invalid resource {resource!r}; it must be in ARN format or "*"')


def _result(action: str, decisions: list[tuple[str, bool, Decision]], has_resources: bool) -> Answer:
    """Return the result of an action: the strictest of its resources' decisions, and each of those."""
    effects = [decision.effect for _, _, decision in decisions]
    overall = next(effect for effect in _STRICTEST if effect in effects)
    matched = [entry for _, _, decision in decisions if decision.effect == overall for entry in _matched(decision)]
    bounds = [decision.within_boundary for _, _, decision in decisions if decision.within_boundary is not None]
    return {
        "EvalActionName": action,
        "EvalResourceName": decisions[0][0] if len(decisions) == 1 else "*",
        "EvalDecision": overall,
        "MatchedStatements": [entry for index, entry in enumerate(matched) if entry not in matched[:index]],
        "MissingContextValues": sorted({key for _, _, decision in decisions for key in decision.missing}),
        **({"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": all(bounds)}} if bounds else {}),
        **({"ResourceSpecificResults": [_specific(*decision) for decision in decisions]} if has_resources else {}),
    }


def _specific(resource: str, elsewhere: bool, decision: Decision) -> Answer:
    within = decision.within_boundary
    return {
        "EvalResourceName": resource,
        "EvalResourceDecision": decision.effect,
        "MatchedStatements": _matched(decision),
        "MissingContextValues": list(decision.missing),
        "EvalDecisionDetails": {_KINDS[kind]: effect for kind, effect in decision.by_kind.items()} if elsewhere else {},
        **({} if within is None else {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": within}}),
    }


def _matched(decision: Decision) -> list[Answer]:
    return [
        {
            "SourcePolicyId": document.name,
            "SourcePolicyType": document.kind,
            "StartPosition": document.position(statement.start),
            "EndPosition": document.position(statement.end),
        }
        for document, statement in decision.matched
    ]


def _documents(request: Request, member: str) -> list[Document]:
    name = "PolicyInputList" if member == "PolicyInputList" else "PermissionsBoundaryPolicyInputList"
    return [_parsed(text, f"{name}.{number}", "none") for number, text in enumerate(request.get(member, ()), 1)]


def _resource_policy(request: Request) -> Document | None:
    if "ResourcePolicy" not in request:
        return None
    return _parsed(request["ResourcePolicy"], "ResourcePolicy", "resource")


def _parsed(text: str, name: str, kind: str) -> Document:
    try:
        return parse_document(text, name, kind, of_resource=kind == "resource")
    except MalformedPolicyError as error:
        raise AwsError("InvalidInput", str(error)) from error


def _request_context(request: Request) -> dict[str, list[str]]:
    entries: Iterable[Mapping[str, Any]] = request.get("ContextEntries", ())
    return {entry["ContextKeyName"].lower(): list(entry.get("ContextKeyValues", ())) for entry in entries}


def _account_of(resource: str) -> str:
    """Return the account in an ARN; empty where it has none, as S3's."""
    parts = resource.split(":")
    account = parts[4] if len(parts) > 5 else ""
    return account if account.isdigit() else ""
