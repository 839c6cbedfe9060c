"""The metrics of a training job, read from its log by the definitions that SageMaker has for its XGBoost image."""

from __future__ import annotations

import math
import re
from typing import Any

from local_aws.kernel.records import now

_ROUND = re.compile(r"\[[0-9]+\]")
# A tab stands in CloudWatch Logs as #011, which is what the service's expressions look for.
_METRIC = re.compile(
    r"(?:#011|\t)(?P<channel>train|validation)-(?P<metric>[a-z0-9@-]+):"
    r"(?P<value>[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)(?![^\s#])"
)
_METRICS = frozenset(
    {
        *("accuracy", "auc", "error", "f1", "gamma-deviance", "logloss", "mae", "map", "merror", "mlogloss", "mse"),
        *("ndcg", "poisson-nloglik", "precision", "r2", "recall", "rmse"),
    }
)


class MetricCatcher:
    """Keeps the last value of each metric, such as ``validation:auc`` of ``[7]#011validation-auc:0.86``."""

    def __init__(self) -> None:
        self._last: dict[str, dict[str, Any]] = {}

    def look_at(self, line: str) -> None:
        """Look for metrics in a line of the log."""
        if not _ROUND.search(line):
            return
        for match in _METRIC.finditer(line):
            value = float(match["value"])
            if match["metric"] in _METRICS and math.isfinite(value):
                name = f"{match['channel']}:{match['metric']}"
                self._last[name] = {"MetricName": name, "Value": value, "Timestamp": now()}

    def final(self) -> list[dict[str, Any]]:
        """Return ``FinalMetricDataList``: the last value of each metric, in the order in which they were first seen."""
        return list(self._last.values())
