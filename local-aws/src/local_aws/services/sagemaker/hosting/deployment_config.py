"""``DeploymentConfig``: in which steps traffic goes to the new fleet, and which alarms take it back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from local_aws.kernel.records import Record
from local_aws.services.sagemaker.errors import invalid

_MIN_LINEAR_PERCENT, _MAX_PERCENT = 10, 50
DEPLOYMENT_MEMBERS = ("BlueGreenUpdatePolicy", "AutoRollbackConfiguration")


@dataclass(frozen=True)
class Plan:
    """The steps and bounds of a deployment."""

    shares: Sequence[float] = (1.0,)
    """The share of requests that the new fleet takes in each step; the last is 1."""
    wait_seconds: int = 0
    termination_wait_seconds: int = 0
    """How long the old fleet stays up after the last step has baked; that time is watched too."""
    alarms: Sequence[str] = ()
    max_seconds: int | None = None
    """Bound on the whole deployment."""


def alarm_names(config: Record) -> list[str]:
    """Return the names of the alarms that a deployment configuration has watched."""
    return [alarm["AlarmName"] for alarm in config.get("AutoRollbackConfiguration", {}).get("Alarms", [])]


def plan(config: Record, instance_count: int) -> Plan:
    """Return the plan of a deployment configuration; one that the fleet cannot follow is refused."""
    policy = config.get("BlueGreenUpdatePolicy")
    if policy is None:
        return Plan(alarms=alarm_names(config))
    routing = policy["TrafficRoutingConfiguration"]
    wait, last_wait = routing["WaitIntervalInSeconds"], policy.get("TerminationWaitInSeconds", 0)
    shares = _shares(routing, instance_count)
    bound = policy.get("MaximumExecutionTimeoutInSeconds")
    if bound is not None and bound <= len(shares) * wait + last_wait:
        raise invalid(
            f"MaximumExecutionTimeoutInSeconds must be over the {len(shares) * wait + last_wait} s that "
            "WaitIntervalInSeconds and TerminationWaitInSeconds ask for"
        )
    return Plan(shares, wait, last_wait, alarm_names(config), bound)


def _shares(routing: Record, instance_count: int) -> Sequence[float]:
    kind = routing["Type"]
    sizes = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
    surplus = [member for of_kind, member in sizes.items() if of_kind != kind and member in routing]
    if surplus:
        raise invalid(f"{', '.join(surplus)} is not for traffic routing of type {kind}")
    if kind == "ALL_AT_ONCE":
        return (1.0,)
    if instance_count < 2:
        raise invalid(
            f"Traffic routing of type {kind} shifts a part of the instances, at most half of them: it needs at least "
            f"2 instances, and the variant has {instance_count}"
        )
    if sizes[kind] not in routing:
        raise invalid(f"Traffic routing of type {kind} needs {sizes[kind]}")
    share = _share(routing[sizes[kind]], instance_count, sizes[kind])
    if kind == "CANARY":
        return (share, 1.0)
    if share < _MIN_LINEAR_PERCENT / 100:
        raise invalid(f"LinearStepSize must be at least {_MIN_LINEAR_PERCENT}% of the fleet")
    steps = math.ceil(1 / share)
    return tuple(min((step + 1) * share, 1.0) for step in range(steps))


def _share(size: Record, instance_count: int, member: str) -> float:
    """Return a capacity size as a share of the fleet: whole instances, as SageMaker activates them."""
    if size["Type"] == "INSTANCE_COUNT":
        share = size["Value"] / instance_count
    else:
        share = max(math.floor(size["Value"] / 100 * instance_count), 1) / instance_count
    percent = size["Value"] if size["Type"] == "CAPACITY_PERCENT" else share * 100
    if percent > _MAX_PERCENT:
        raise invalid(f"{member} must be at most {_MAX_PERCENT}% of the variant's {instance_count} instances")
    return share
