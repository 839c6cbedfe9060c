"""Target tracking as a function: which instance count the last minutes ask for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

OUT_MINUTES = 3
"""Application Auto Scaling's alarm for scaling out looks at three minutes,"""
IN_MINUTES = 15
"""the one for scaling in at fifteen."""
_IN_SHARE = 0.9
DEFAULT_COOLDOWN_SECONDS = 300


def wanted(policy: Mapping[str, Any], current: int, per_minute: Mapping[int, float], at: int, changed: int) -> int:
    """Return the instance count that a policy asks for.

    Parameters
    ----------
    per_minute
        Invocations per instance by the minute's start; a minute without data is none of the keys.
    at
        Now, in seconds since the epoch.
    changed
        When the count was changed last; minutes before that say nothing of it.
    """
    target = policy["TargetValue"]
    minute = at - at % 60
    seen = [per_minute.get(minute - 60 * age) for age in range(1, IN_MINUTES + 1) if minute - 60 * age >= changed]
    recent = [value for value in seen[:OUT_MINUTES] if value is not None]
    if len(recent) == OUT_MINUTES and min(recent) > target:
        if at - changed < policy.get("ScaleOutCooldown", DEFAULT_COOLDOWN_SECONDS):
            return current
        return math.ceil(current * recent[0] / target)
    calm = [value for value in seen if value is not None]
    if policy.get("DisableScaleIn") or len(calm) < IN_MINUTES or max(calm) >= _IN_SHARE * target:
        return current
    if at - changed < policy.get("ScaleInCooldown", DEFAULT_COOLDOWN_SECONDS):
        return current
    return max(math.ceil(current * max(calm[:OUT_MINUTES]) / target), 1)
