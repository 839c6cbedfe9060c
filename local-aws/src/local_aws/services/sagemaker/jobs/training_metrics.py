"""The metrics of a training job, caught from its log by the regular expressions of its ``MetricDefinitions``."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from typing import Any

from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import now
from local_aws.kernel.regular_expressions import Allowance, Expression, ExpressionError, MatchTimeoutError

_log = logging.getLogger(__name__)
_SECONDS_PER_LINE = 0.1


class MetricCatcher:
    """Keeps the last value of each metric.

    Parameters
    ----------
    definitions
        ``MetricDefinitions`` of the request; each regular expression has one group, the value.

    Raises
    ------
    AwsError
        ``ValidationException`` for an expression that cannot be used.
    """

    def __init__(self, definitions: Sequence[dict[str, str]]) -> None:
        self._patterns = [(entry["Name"], _compiled(entry)) for entry in definitions]
        self._names = list(dict.fromkeys(entry["Name"] for entry in definitions))
        self._last: dict[str, dict[str, Any]] = {}

    def look_at(self, line: str) -> None:
        """Look for metrics in a line of the log; an expression that takes too long on it is not tried again."""
        allowance = Allowance(_SECONDS_PER_LINE)
        for name, pattern in list(self._patterns):
            try:
                values = [_number(text) for text in pattern.first_groups(line, allowance)]
            except MatchTimeoutError as error:
                self._patterns.remove((name, pattern))
                _log.warning("metric %s is not looked for any more: %s", name, error)
                continue
            for value in values:
                if value is not None:
                    self._last[name] = {"MetricName": name, "Value": value, "Timestamp": now()}

    def final(self) -> list[dict[str, Any]]:
        """Return ``FinalMetricDataList``: the last value of each metric, in the order of the definitions."""
        return [self._last[name] for name in self._names if name in self._last]


def _compiled(entry: dict[str, str]) -> Expression:
    try:
        pattern = Expression(entry["Regex"])
    except ExpressionError as error:
        raise AwsError(
            "ValidationException", f"regex of metric {entry['Name']!r} is not a regular expression: {error}"
        ) from error
    if pattern.groups < 1:
        raise AwsError("ValidationException", f"regex of metric {entry['Name']!r} needs a group for the value")
    return pattern


def _number(text: str | None) -> float | None:
    """Read a metric's value; NaN and infinity cannot be reported and count as none."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
