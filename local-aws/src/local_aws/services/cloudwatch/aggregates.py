"""What is kept of a metric's values: count, sum, extremes, and a histogram for percentiles."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_aws.kernel.errors import AwsError

STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_BIN_WIDTH = math.log(1.01)
"""A percentile is within 1 % of the value that has it."""


@dataclass
class Aggregate:
    """Values of a metric taken together."""

    count: float
    total: float
    least: float
    most: float
    bins: dict[str, float] = field(default_factory=dict)
    """Counts by the logarithm of the value, ``""`` for zero; without one of them no percentile can be given, as when
    values are negative or were published as a statistic set."""

    @classmethod
    def of_values(cls, values: Iterable[tuple[float, float]]) -> Aggregate:
        """Take values with their counts together; there must be one."""
        pairs = list(values)
        bins: Counter[str] = Counter()
        if all(value >= 0 for value, _ in pairs):
            for value, count in pairs:
                bins[str(round(math.log(value) / _BIN_WIDTH)) if value else ""] += count  # type: ignore[assignment]
        return cls(
            sum(count for _, count in pairs),
            math.fsum(value * count for value, count in pairs),
            min(value for value, _ in pairs),
            max(value for value, _ in pairs),
            dict(bins),
        )

    @classmethod
    def of_statistics(cls, statistics: Mapping[str, float]) -> Aggregate:
        """Take a published statistic set."""
        count, total = statistics["SampleCount"], statistics["Sum"]
        least, most = statistics["Minimum"], statistics["Maximum"]
        if count > 0 and least == most:
            return cls.of_values([(least, count)])
        return cls(count, total, least, most)

    def __add__(self, other: Aggregate) -> Aggregate:
        bins: dict[str, float] = {}
        if self.bins and other.bins:
            bins = dict(self.bins)
            for name, count in other.bins.items():
                bins[name] = bins.get(name, 0) + count
        return Aggregate(
            self.count + other.count,
            self.total + other.total,
            min(self.least, other.least),
            max(self.most, other.most),
            bins,
        )

    def statistic(self, name: str) -> float | None:
        """Return a statistic: one of `STATISTICS` or a percentile as ``p99.9``; None when it cannot be told."""
        if name in STATISTICS:
            average = self.total / self.count if self.count else 0.0
            return {
                "SampleCount": self.count,
                "Average": average,
                "Sum": self.total,
                "Minimum": self.least,
                "Maximum": self.most,
            }[name]
        return self._percentile(float(name[1:]) / 100)

    def _percentile(self, share: float) -> float | None:
        if not self.bins:
            return None
        reached = 0.0
        by_value = sorted(self.bins.items(), key=lambda item: float(item[0] or "-inf"))
        for name, count in by_value:
            reached += count
            if reached >= share * self.count:
                value = math.exp(int(name) * _BIN_WIDTH) if name else 0.0
                return min(max(value, self.least), self.most)
        return self.most


def check_statistic(name: str) -> None:
    """Refuse a statistic that is not given here.

    Raises
    ------
    AwsError
        ``InvalidParameterValue`` naming it.
    """
    if name in STATISTICS:
        return
    try:
        if name.startswith("p") and 0 <= float(name[1:]) <= 100:
            return
    except ValueError:
        pass
    raise AwsError(
        "InvalidParameterValue",
        f"The value {name} for the statistic is not supported here; it is one of {', '.join(STATISTICS)}, or a "
        "percentile such as p99 or p99.9",
    )


def published(datum: Mapping[str, Any], path: str) -> Aggregate:
    """Return what a datum of PutMetricData publishes.

    Parameters
    ----------
    path
        The datum's place in the request, for messages.

    Raises
    ------
    AwsError
        ``InvalidParameterCombination`` or ``InvalidParameterValue`` for a datum without values, or ill-formed ones.
    """
    forms = [form for form in ("Value", "Values", "StatisticValues") if form in datum]
    if not forms:
        raise AwsError(
            "InvalidParameterCombination", f"{path} must have exactly one of Value, Values and StatisticValues"
        )
    if len(forms) > 1:
        raise AwsError(
            "InvalidParameterCombination",
            f"The parameters {path}.{forms[0]} and {path}.{forms[1]} are mutually exclusive and you have specified "
            "both.",
        )
    if forms == ["StatisticValues"]:
        return Aggregate.of_statistics(datum["StatisticValues"])
    values = datum["Values"] if forms == ["Values"] else [datum["Value"]]
    counts = datum.get("Counts", [1.0] * len(values))
    if len(counts) != len(values):
        raise AwsError(
            "InvalidParameterValue", f"The parameters {path}.Values and {path}.Counts must be of the same size."
        )
    if not values or len(values) > 150:
        raise AwsError("InvalidParameterValue", f"{path}.Values must have 1 to 150 items, not {len(values)}")
    if not all(math.isfinite(value) for value in values):
        raise AwsError("InvalidParameterValue", f"The value of metric {datum['MetricName']} must be a finite number")
    return Aggregate.of_values(zip(values, counts, strict=True))
