"""Attributes of a queue: which there are, their defaults and their limits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from local_aws.contracts.members import unsupported_error
from local_aws.kernel.errors import AwsError
from local_aws.kernel.nested_json import read_json
from local_aws.services.iam.documents import MalformedPolicyError, parse_document

DEFAULTS = {
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "SqsManagedSseEnabled": "true",
    "VisibilityTimeout": "30",
}

NAMES = frozenset(
    {
        *(*DEFAULTS, "All", "Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"),
        *("KmsDataKeyReusePeriodSeconds", "QueueArn", "CreatedTimestamp", "LastModifiedTimestamp"),
        *("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"),
        *("ApproximateNumberOfMessagesNotVisible", "FifoQueue", "ContentBasedDeduplication"),
        *("DeduplicationScope", "FifoThroughputLimit"),
    }
)
"""The names that GetQueueAttributes takes; a standard queue does not have all of them."""

_RANGES = {
    "DelaySeconds": (0, 900),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
    "MaximumMessageSize": (1_024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
}
_RECORDED = frozenset({"KmsMasterKeyId", "SqsManagedSseEnabled"})
_UNSUPPORTED = frozenset({"RedriveAllowPolicy"})
_ONLY_FIFO = frozenset({"DeduplicationScope", "FifoThroughputLimit"})
_REMOVED_BY_EMPTY = frozenset({"KmsMasterKeyId", "Policy", "RedrivePolicy"})


def merged(old: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """Return a queue's attributes after a change; an empty policy removes the one that was there."""
    for name, value in changes.items():
        if not (value == "" and name in _REMOVED_BY_EMPTY):
            _check(name, value)
    has_new_key = bool(changes.get("KmsMasterKeyId"))
    if has_new_key and changes.get("SqsManagedSseEnabled") == "true":
        raise AwsError(
            "InvalidAttributeName",
            "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS "
            "SSE.",
        )
    new = {**old, **({"SqsManagedSseEnabled": "false"} if has_new_key else {}), **changes}
    if not new.get("KmsMasterKeyId"):
        new.pop("KmsDataKeyReusePeriodSeconds", None)
    return {name: value for name, value in new.items() if value != ""}


def redrive(attributes: Mapping[str, str]) -> tuple[str, int] | None:
    """Return the ARN of the dead-letter queue and how often a message may be received; None without a RedrivePolicy."""
    if "RedrivePolicy" not in attributes:
        return None
    policy = json.loads(attributes["RedrivePolicy"])
    return policy["deadLetterTargetArn"], int(policy["maxReceiveCount"])


def _check(name: str, value: str) -> None:
    if name in _RANGES:
        minimum, maximum = _RANGES[name]
        if not value.isascii() or not value.isdigit() or not minimum <= int(value) <= maximum:
            raise _invalid(name, value, f"it must be an integer from {minimum} to {maximum}")
    elif name == "Policy":
        try:
            parse_document(value, name, "resource", of_resource=True)
        except MalformedPolicyError as error:
            raise _invalid(name, value, str(error)) from error
    elif name == "RedrivePolicy":
        policy = _object(name, value)
        if set(policy) != {"deadLetterTargetArn", "maxReceiveCount"}:
            raise _invalid(name, value, "it must have deadLetterTargetArn and maxReceiveCount, and nothing else")
        if not str(policy["maxReceiveCount"]).isdigit() or not 1 <= int(policy["maxReceiveCount"]) <= 1_000:
            raise _invalid(name, value, "maxReceiveCount must be from 1 to 1000")
    elif name in _UNSUPPORTED:
        raise unsupported_error(f"attribute {name}", "queues", "InvalidAttributeName")
    elif name in _ONLY_FIFO:
        raise AwsError("InvalidAttributeName", f"You can specify the {name} only when FifoQueue is set to true.")
    elif name not in _RECORDED:
        raise unknown_attribute(name)


def unknown_attribute(name: str) -> AwsError:
    """Return the error for an attribute that a standard queue does not have."""
    return AwsError("InvalidAttributeName", f"Unknown Attribute {name}.")


def _object(name: str, value: str) -> dict[str, Any]:
    try:
        content = read_json(value)
    except ValueError as error:
        raise _invalid(name, value, f"it must be JSON: {error}") from None
    if not isinstance(content, dict):
        raise _invalid(name, value, "it must be a JSON object")
    return content


def _invalid(name: str, value: str, reason: str) -> AwsError:
    return AwsError("InvalidAttributeValue", f"Invalid value for the parameter {name}: {value!r}; {reason}.")
