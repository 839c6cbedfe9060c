"""Lifecycle rules: which are taken, which objects they mean and when those expire."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from local_aws.contracts.members import unsupported_error
from local_aws.kernel.errors import AwsError

Rule = Mapping[str, Any]

_DAY = timedelta(days=1)
_ACTIONS = (
    "Expiration",
    "AbortIncompleteMultipartUpload",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransitions",
)
"""What a rule may ask for. No bucket here has versions, so what is for noncurrent ones finds none, as in S3."""


def checked_rules(configuration: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Check a lifecycle configuration, and return its rules, each with an ID."""
    rules = [{**rule, "ID": rule.get("ID") or uuid.uuid4().hex} for rule in configuration["Rules"]]
    if len({rule["ID"] for rule in rules}) < len(rules):
        raise AwsError("InvalidArgument", "Rule ID must be unique")
    for rule in rules:
        _check(rule)
    return rules


def expiry(rule: Rule, last_modified: datetime) -> datetime | None:
    """Return when a rule removes an object, None if it never does."""
    expiration = rule.get("Expiration", {})
    if "Date" in expiration:
        return expiration["Date"] if isinstance(expiration["Date"], datetime) else None
    return days_after(last_modified, expiration["Days"]) if "Days" in expiration else None


def days_after(start: datetime, days: int) -> datetime:
    """Return the midnight, UTC, at or after `start` plus some days, which is when S3 acts."""
    due = start.astimezone(UTC) + days * _DAY
    midnight = due.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if midnight == due else midnight + _DAY


def prefix(rule: Rule) -> str:
    """Return the prefix of the keys that a rule selects."""
    return str(_conditions(rule).get("Prefix", rule.get("Prefix", "")))


def wants_tags(rule: Rule) -> dict[str, str]:
    """Return the tags of the objects that a rule selects."""
    return {tag["Key"]: tag["Value"] for tag in _conditions(rule).get("Tags", [])}


def fits_size(rule: Rule, size: int) -> bool:
    """Return whether a rule selects objects of a size in bytes."""
    conditions = _conditions(rule)
    return conditions.get("ObjectSizeGreaterThan", -1) < size < conditions.get("ObjectSizeLessThan", size + 1)


def _conditions(rule: Rule) -> dict[str, Any]:
    """Return a rule's filter in the form of ``And``."""
    chosen = dict(rule.get("Filter", {}))
    chosen |= chosen.pop("And", {})
    if "Tag" in chosen:
        chosen["Tags"] = [chosen.pop("Tag")]
    return chosen


def _check(rule: Rule) -> None:
    name = rule["ID"]
    if rule.get("Transitions") or rule.get("Transition"):
        raise unsupported_error("Transitions", f"lifecycle rule {name}", "NotImplemented", 501)
    if not any(action in rule for action in _ACTIONS):
        raise AwsError("InvalidRequest", f"At least one action needs to be specified in rule {name}")
    if ("Filter" in rule) == ("Prefix" in rule):
        raise AwsError("InvalidRequest", f"Rule {name} must have Filter or Prefix, and not both")
    expiration = rule.get("Expiration", {})
    if "Expiration" in rule and len(expiration) != 1:
        raise AwsError("InvalidRequest", f"Expiration of rule {name} must have one of Days, Date")
    days = [expiration.get("Days", 1), rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation", 1)]
    if min(days) < 1:
        raise AwsError("InvalidArgument", f"days of rule {name} must be a positive integer")
    conditions = _conditions(rule)
    if "AbortIncompleteMultipartUpload" in rule and conditions.keys() - {"Prefix"}:
        raise AwsError(
            "InvalidRequest", f"AbortIncompleteMultipartUpload of rule {name} cannot be filtered by tags or sizes"
        )
