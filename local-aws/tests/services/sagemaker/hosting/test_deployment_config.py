"""Deployment configurations: the steps that they ask for, and those that a fleet cannot follow."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.kernel.errors import AwsError
from local_aws.services.sagemaker.hosting.deployment_config import Plan, plan


def _config(kind: str, wait: int = 5, last_wait: int = 0, most: int | None = None, **sizes: Any) -> dict[str, Any]:
    policy: dict[str, Any] = {
        "TrafficRoutingConfiguration": {"Type": kind, "WaitIntervalInSeconds": wait, **sizes},
        "TerminationWaitInSeconds": last_wait,
    }
    return {"BlueGreenUpdatePolicy": {**policy, **({"MaximumExecutionTimeoutInSeconds": most} if most else {})}}


def _size(kind: str, value: int) -> dict[str, Any]:
    return {"Type": kind, "Value": value}


def test_all_at_once_with_alarms() -> None:
    config = _config("ALL_AT_ONCE", 5, 7, 600) | {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}

    assert plan(config, 1) == Plan((1.0,), 5, 7, ["errors"], 600)


@pytest.mark.parametrize(
    ("config", "instances", "shares"),
    [
        (_config("CANARY", CanarySize=_size("INSTANCE_COUNT", 1)), 2, (0.5, 1.0)),
        (_config("CANARY", CanarySize=_size("INSTANCE_COUNT", 1)), 4, (0.25, 1.0)),
        (_config("CANARY", CanarySize=_size("CAPACITY_PERCENT", 30)), 4, (0.25, 1.0)),
        (_config("LINEAR", LinearStepSize=_size("CAPACITY_PERCENT", 50)), 2, (0.5, 1.0)),
        (_config("LINEAR", LinearStepSize=_size("INSTANCE_COUNT", 1)), 4, (0.25, 0.5, 0.75, 1.0)),
        (_config("LINEAR", LinearStepSize=_size("INSTANCE_COUNT", 1)), 3, (1 / 3, 2 / 3, 1.0)),
    ],
)
def test_steps(config: dict[str, Any], instances: int, shares: tuple[float, ...]) -> None:
    assert plan(config, instances).shares == pytest.approx(shares)


@pytest.mark.parametrize(
    ("config", "instances", "words"),
    [
        (_config("CANARY", CanarySize=_size("INSTANCE_COUNT", 1)), 1, "at least 2 instances, and the variant has 1"),
        (_config("LINEAR", LinearStepSize=_size("INSTANCE_COUNT", 1)), 1, "at least 2 instances"),
        (_config("CANARY", CanarySize=_size("INSTANCE_COUNT", 2)), 3, "at most 50%"),
        (_config("CANARY", CanarySize=_size("CAPACITY_PERCENT", 60)), 4, "at most 50%"),
        (_config("CANARY"), 2, "needs CanarySize"),
        (_config("ALL_AT_ONCE", CanarySize=_size("INSTANCE_COUNT", 1)), 2, "not for traffic routing of type ALL_AT"),
        (_config("ALL_AT_ONCE", 400, 300, 600), 1, "must be over the 700 s"),
    ],
)
def test_what_cannot_be_followed_is_refused(config: dict[str, Any], instances: int, words: str) -> None:
    with pytest.raises(AwsError, match=words):
        plan(config, instances)
