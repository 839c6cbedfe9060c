"""Whether IAM would let the roles of a run on local_aws make the calls that they made in it."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any

from tests.infrastructure.call_actions import demands
from tests.infrastructure.demand import Demand, Place

Lines = list[dict[str, Any]]

_OF_BOUNDED_ROLE = frozenset(
    f"iam:{action}"
    for action in (
        "AttachRolePolicy",
        "DeleteRolePolicy",
        "DetachRolePolicy",
        "PutRolePolicy",
        "DeleteRolePermissionsBoundary",
    )
)
"""Of these, AWS tells the boundary that the role has."""


def logged(data_dir: Path) -> Lines:
    """Return all lines of the call log, in order of time."""
    texts = [path.read_text() for path in data_dir.glob("calls*.jsonl")]
    return sorted((json.loads(line) for text in texts for line in text.splitlines()), key=itemgetter("time"))


def calls_of_roles(lines: Lines) -> dict[str, Lines]:
    """Return the lines of a call log that roles have left, by the role's ARN."""
    found: dict[str, Lines] = defaultdict(list)
    for line in lines:
        if ":role/" in line["principal"]:
            found[line["principal"]].append(line)
    return found


def with_work_groups(lines: Lines, athena: Any) -> Lines:
    """Return lines in which Athena's calls name the work group of their query, on which AWS checks them."""
    found = []
    for line in lines:
        request = line["request"]
        if line["service"] == "athena" and "QueryExecutionId" in request:
            group = athena.get_query_execution(**request)["QueryExecution"]["WorkGroup"]
            line = {**line, "request": {**request, "WorkGroup": group}}
        found.append(line)
    return found


def demanded(lines: Iterable[Mapping[str, Any]], place: Place) -> dict[Demand, str]:
    """Return all that some calls demand, each with an operation that does.

    Calls that concern the policies of a role demand it for a role with its boundary: the request of its creation, or
    of the boundary's change, must be among the calls.
    """
    found: dict[Demand, str] = {}
    boundaries: dict[str, str] = {}
    for line in lines:
        request = line["request"]
        if "PermissionsBoundary" in request:
            boundaries[request["RoleName"]] = request["PermissionsBoundary"]
        for one in demands(line, place):
            if one.action in _OF_BOUNDED_ROLE and request["RoleName"] in boundaries:
                bound = ("iam:PermissionsBoundary", boundaries[request["RoleName"]])
                one = dataclasses.replace(one, context=(*one.context, bound))
            found[one] = f"{line['service']}:{line['operation']}"
    return found


def refused(iam: Any, role_arn: str, asked: Mapping[Demand, str]) -> list[str]:
    """Return what a role's policies, within its boundary, do not allow.

    Parameters
    ----------
    iam
        Client of the server that has the role.
    role_arn
        The role.
    asked
        As `demanded` gives it.
    """
    alike: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = defaultdict(list)
    for one in asked:
        alike[one.action, one.context].append(one.resource)
    denied = set()
    for (action, context), resources in alike.items():
        result = iam.simulate_principal_policy(
            PolicySourceArn=role_arn,
            ActionNames=[action],
            ResourceArns=resources,
            ContextEntries=[
                {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
                for key, value in context
            ],
        )["EvaluationResults"][0]
        for each in result["ResourceSpecificResults"]:
            if each["EvalResourceDecision"] != "allowed":
                denied.add((action, each["EvalResourceName"]))
    return sorted(
        f"{operation}: {one.action} on {one.resource} {dict(one.context) or ''}".rstrip()
        for one, operation in asked.items()
        if (one.action, one.resource) in denied
    )
