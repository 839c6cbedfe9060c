"""What a trigger may say, checked before it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local_aws.contracts.members import Members, unsupported_error
from local_aws.services.glue.errors import invalid
from local_aws.services.glue.job_arguments import check_arguments

JOB_STATES = ("SUCCEEDED", "STOPPED", "FAILED", "TIMEOUT")
CRAWL_STATES = ("SUCCEEDED", "FAILED", "CANCELLED")
"""The ends that a trigger can wait for, as the Glue developer guide lists them."""

MAX_CRAWLERS = 2
"""Glue lets one trigger start so many crawlers."""

_TYPES = ("ON_DEMAND", "CONDITIONAL")
_ACTION = Members(refused=("NotificationProperty", "SecurityConfiguration"))
_OF_JOBS_ONLY = ("Arguments", "Timeout")


def check_definition(definition: Mapping[str, Any]) -> None:
    """Check everything about a trigger that does not depend on other resources.

    Parameters
    ----------
    definition
        ``Type``, ``Actions``, ``Predicate``, and what else CreateTrigger takes.
    """
    kind = definition["Type"]
    if kind not in _TYPES:
        raise unsupported_error(f"Type {kind} (supported: {', '.join(_TYPES)})", "triggers", "InvalidInputException")
    for member in ("Schedule", "EventBatchingCondition"):
        if definition.get(member):
            raise invalid(f"{member} is of no use to a trigger of Type {kind}")
    if kind == "ON_DEMAND" and definition.get("StartOnCreation"):
        raise invalid("StartOnCreation is not supported for ON_DEMAND triggers")
    if (kind == "CONDITIONAL") != bool(definition.get("Predicate")):
        raise invalid(f"A Predicate is {'required for' if kind == 'CONDITIONAL' else 'not for'} {kind} triggers")
    if kind == "CONDITIONAL":
        _check_predicate(definition["Predicate"])
    _check_actions(definition.get("Actions", []))


def jobs_and_crawlers(definition: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """Return the names of the jobs and of the crawlers that a trigger starts or watches."""
    parts = [*definition["Actions"], *definition.get("Predicate", {}).get("Conditions", [])]
    return (
        {part["JobName"] for part in parts if "JobName" in part},
        {part["CrawlerName"] for part in parts if "CrawlerName" in part},
    )


def _check_actions(actions: Sequence[Mapping[str, Any]]) -> None:
    if not actions:
        raise invalid("Actions is empty: a trigger starts at least one job or crawler")
    for action in actions:
        _check_one_of(action, "an action")
        _ACTION.check(action, "an action of a trigger", "InvalidInputException")
        useless = [member for member in _OF_JOBS_ONLY if member in action and "CrawlerName" in action]
        if useless:
            raise invalid(f"{', '.join(useless)} of an action is for jobs, not for crawler {action['CrawlerName']}")
        check_arguments(action.get("Arguments", {}))
    if sum("CrawlerName" in action for action in actions) > MAX_CRAWLERS:
        raise invalid(f"A trigger starts at most {MAX_CRAWLERS} crawlers")


def _check_predicate(predicate: Mapping[str, Any]) -> None:
    conditions = predicate.get("Conditions", [])
    if not conditions:
        raise invalid("Predicate.Conditions is empty: a conditional trigger watches at least one job or crawler")
    if len(conditions) > 1 and "Logical" not in predicate:
        raise invalid("Predicate.Logical is required with several conditions: AND or ANY")
    for condition in conditions:
        _check_one_of(condition, "a condition")
        member, states = ("State", JOB_STATES) if "JobName" in condition else ("CrawlState", CRAWL_STATES)
        other = "CrawlState" if member == "State" else "State"
        if other in condition or condition.get(member) not in states:
            named = condition.get("JobName") or condition["CrawlerName"]
            raise invalid(f"The condition on {named} needs a {member}, one of {', '.join(states)}, and no {other}")


def _check_one_of(part: Mapping[str, Any], what: str) -> None:
    if ("JobName" in part) == ("CrawlerName" in part):
        raise invalid(f"{what} names either a JobName or a CrawlerName: {dict(part)}")
