"""Metrics of a service, sent to CloudWatch in the background."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import now
from local_aws.kernel.work import Loop

_log = logging.getLogger(__name__)
_BACKLOG = 10_000
_BATCH = 1_000


class MetricStream:
    """Sends data points with PutMetricData, in batches, in a thread of its own.

    A data point that is not sent when the server is killed is lost, as metrics may be. A server without CloudWatch
    is asked once.
    """

    def __init__(self, context: Context, namespace: str) -> None:
        self._context = context
        self._namespace = namespace
        self._waiting: deque[dict[str, Any]] = deque()
        self._is_wanted = True
        self._loop = Loop(f"metrics of {namespace}", self._flush)

    def start(self) -> None:
        """Begin to send."""
        self._loop.start()

    def put(self, name: str, value: float, dimensions: Mapping[str, str], unit: str = "Count") -> None:
        """Add a data point with the current time, and return at once."""
        if not self._is_wanted:
            return
        if len(self._waiting) >= _BACKLOG:
            _log.warning("%s %s is dropped: %d data points wait to be sent", self._namespace, name, _BACKLOG)
            return
        self._waiting.append(
            {
                "MetricName": name,
                "Value": float(value),
                "Unit": unit,
                "Timestamp": now(),
                "Dimensions": [{"Name": key, "Value": item} for key, item in dimensions.items()],
            }
        )
        self._loop.ask()

    def stop(self) -> None:
        """Send what waits, and end."""
        self._loop.stop()

    def _flush(self) -> None:
        data = [self._waiting.popleft() for _ in range(len(self._waiting))]
        self._is_wanted = publish(self._context, self._namespace, data)


def publish(context: Context, namespace: str, data: Sequence[Mapping[str, Any]]) -> bool:
    """Send data points, in batches of the size PutMetricData allows; False when the server has no CloudWatch."""
    for first in range(0, len(data), _BATCH):
        batch = list(data[first : first + _BATCH])
        try:
            context.call("cloudwatch", "PutMetricData", {"Namespace": namespace, "MetricData": batch})
        except AwsError as error:
            if error.code == "NotImplemented":
                return False
            _log.warning("%d data points of %s are lost: %s", len(batch), namespace, error)
    return True
