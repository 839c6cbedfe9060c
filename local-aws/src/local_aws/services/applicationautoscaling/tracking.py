"""Target tracking as a function: the instance count that the load of the last minutes requires."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

OUT_MINUTES = 3
IN_MINUTES = 15
"""The minutes that Application Auto Scaling's alarms evaluate for scaling out and in."""
_IN_SHARE = 0.9
DEFAULT_COOLDOWN_SECONDS = 300


def wanted(policy: Mapping[str, Any], current: int, per_minute: Mapping[int, float], at: int, changed: int) -> int:
    """Return the instance count that a policy asks for.

    Parameters
    ----------
    per_minute
        Invocations per instance by the minute's start in seconds; a minute without data is not a key.
    at
        The present time, in seconds since the epoch.
    changed
        The time of the last change of the count; minutes before it do not count.
    """
    target = policy["TargetValue"]
    minute = at - at % 60
    values = [per_minute.get(minute - 60 * age) for age in range(1, IN_MINUTES + 1) if minute - 60 * age >= changed]
    recent = [value for value in values[:OUT_MINUTES] if value is not None]
    if len(recent) == OUT_MINUTES and min(recent) > target:
        if at - changed < policy.get("ScaleOutCooldown", DEFAULT_COOLDOWN_SECONDS):
            return current
        return math.ceil(current * recent[0] / target)
    calm = [value for value in values if value is not None]
    if policy.get("DisableScaleIn") or len(calm) < IN_MINUTES or max(calm) >= _IN_SHARE * target:
        return current
    if at - changed < policy.get("ScaleInCooldown", DEFAULT_COOLDOWN_SECONDS):
        return current
    return max(math.ceil(current * max(calm[:OUT_MINUTES]) / target), 1)
