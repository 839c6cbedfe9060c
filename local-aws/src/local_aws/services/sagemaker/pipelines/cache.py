"""Step caching: which runs of a step count as the same, and for how long.

Source: the developer guide's "Caching pipeline steps" and "Default cache key attributes by pipeline step type". The
key is made of the arguments, URIs included; the objects behind the URIs are not looked at.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta
from typing import Any

from local_aws.services.sagemaker.pipelines.faults import DefinitionError

_DURATION = re.compile(
    r"P?(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?)?",
    re.IGNORECASE,
)
_DAYS = {"years": 365, "months": 30, "weeks": 7, "days": 1}


def parse_duration(text: str) -> timedelta:
    """Read an ISO 8601 duration such as ``P30D``, ``30dT5h`` or ``PT16M``.

    The leading P may be missing and case does not count, as in AWS's examples. A month is 30 days, a year 365.

    Raises
    ------
    DefinitionError
        If it is none, or is empty.
    """
    match = _DURATION.fullmatch(text)
    amounts = {unit: int(amount) for unit, amount in match.groupdict().items() if amount} if match else {}
    if not amounts:
        raise DefinitionError(f"ExpireAfter {text!r} is no ISO 8601 duration such as P30D or PT12H")
    days = sum(_DAYS[unit] * amount for unit, amount in amounts.items() if unit in _DAYS)
    return timedelta(days=days, hours=amounts.get("hours", 0), minutes=amounts.get("minutes", 0))


def parse_cache_config(node: Any) -> timedelta | None:
    """Read a step's ``CacheConfig``: how old a run may be to be used again; None when caching is off.

    Raises
    ------
    DefinitionError
        If it is ill-formed, or on without a time.
    """
    if not isinstance(node, dict) or not node.keys() <= {"Enabled", "ExpireAfter"}:
        raise DefinitionError(f"CacheConfig takes Enabled and ExpireAfter, not {node!r}")
    enabled, expire_after = node.get("Enabled", False), node.get("ExpireAfter")
    if not isinstance(enabled, bool) or not isinstance(expire_after, str | None):
        raise DefinitionError(f"CacheConfig takes a boolean Enabled and a string ExpireAfter, not {node!r}")
    if not enabled:
        return None
    if expire_after is None:
        raise DefinitionError("CacheConfig is enabled without ExpireAfter; say how long a run may be used again")
    return parse_duration(expire_after)


def cache_key(step_type: str, attributes: tuple[str, ...], arguments: dict[str, Any]) -> str:
    """Return the digest of those arguments that make two runs of a step the same.

    Parameters
    ----------
    attributes
        Paths of members, e.g. ``("AppSpecification", "AutoMLJobConfig.Mode")``.
    """
    chosen = {attribute: _member(arguments, attribute) for attribute in attributes}
    canonical = json.dumps([step_type, chosen], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _member(arguments: dict[str, Any], path: str) -> Any:
    value: Any = arguments
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
