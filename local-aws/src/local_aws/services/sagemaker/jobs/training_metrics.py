"""The metrics of a training job, read from its log by the job's definitions, or by SageMaker's for XGBoost."""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from local_aws.kernel.records import now
from local_aws.kernel.regular_expressions import Allowance, Expression, ExpressionError, MatchTimeoutError
from local_aws.services.sagemaker.errors import invalid

_ROUND = re.compile(r"\[[0-9]+\]")
# A tab stands in CloudWatch Logs as #011, which is what the service's expressions look for.
_METRIC = re.compile(
    r"(?:#011|\t)(?P<channel>train|validation)-(?P<metric>[a-z0-9@-]+):"
    r"(?P<value>[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)(?![^\s#])"
)
METRICS = frozenset(
    {
        *("accuracy", "auc", "error", "f1", "gamma-deviance", "logloss", "mae", "map", "merror", "mlogloss", "mse"),
        *("ndcg", "poisson-nloglik", "precision", "r2", "recall", "rmse"),
    }
)
"""The metrics of XGBoost that SageMaker reads from its log."""
_OWN_EXPRESSION = r".*\[[0-9]+\].*#011{channel}-{metric}:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*"
_LINE_SECONDS = 0.1
_MAX_VALUES = 10_000


class MetricCatcher:
    """Keeps the values of each metric, such as ``validation:auc`` of ``[7]#011validation-auc:0.86``.

    Parameters
    ----------
    definitions
        The job's ``MetricDefinitions``; without any the service's own apply.
    """

    def __init__(self, definitions: Iterable[Mapping[str, str]]) -> None:
        self._expressions = [(entry["Name"], Expression(entry["Regex"])) for entry in definitions]
        self._last: dict[str, dict[str, Any]] = {}
        self._values: deque[dict[str, Any]] = deque(maxlen=_MAX_VALUES)

    def look_at(self, line: str) -> None:
        """Look for metrics in a line of the log."""
        for name, value in self._defined(line) if self._expressions else _of_xgboost(line):
            if math.isfinite(value):
                self._last[name] = {"MetricName": name, "Value": value, "Timestamp": now()}
                self._values.append(self._last[name])

    def final(self) -> list[dict[str, Any]]:
        """Return ``FinalMetricDataList``: the last value of each metric, in the order in which they were first seen."""
        return list(self._last.values())

    def datapoints(self, job: str) -> list[dict[str, Any]]:
        """Return the values of a job as PutMetricData takes them; of many the last ones."""
        dimensions = [{"Name": "TrainingJobName", "Value": job}]
        return [{**value, "Dimensions": dimensions} for value in self._values]

    def _defined(self, line: str) -> Iterator[tuple[str, float]]:
        allowance = Allowance(_LINE_SECONDS)
        for name, expression in self._expressions:
            try:
                for text in expression.first_groups(line, allowance):
                    yield name, float(text or "nan")
            except (ValueError, MatchTimeoutError):
                continue  # what is not a number, or takes too long to find, is not a value of the metric


def own_definitions() -> list[dict[str, str]]:
    """Return the definitions with which jobs of the XGBoost image are described."""
    return [
        {"Name": f"{channel}:{metric}", "Regex": _OWN_EXPRESSION.format(channel=channel, metric=metric)}
        for channel in ("train", "validation")
        for metric in sorted(METRICS)
    ]


def check_definitions(definitions: Iterable[Mapping[str, str]]) -> None:
    """Raise ``ValidationException`` for a definition whose expression is not valid or captures nothing."""
    for entry in definitions:
        try:
            groups = Expression(entry["Regex"]).groups
        except ExpressionError as error:
            raise invalid(f"Regex of metric {entry['Name']!r}: {error}") from error
        if not groups:
            raise invalid(f"Regex of metric {entry['Name']!r} has no group for the value")


def _of_xgboost(line: str) -> Iterator[tuple[str, float]]:
    if not _ROUND.search(line):
        return
    for match in _METRIC.finditer(line):
        if match["metric"] in METRICS:
            yield f"{match['channel']}:{match['metric']}", float(match["value"])
