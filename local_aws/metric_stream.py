"""Metrics of a service, sent to CloudWatch in the background."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Mapping
from typing import Any

from local_aws.context import Context
from local_aws.errors import AwsError
from local_aws.records import now

_log = logging.getLogger(__name__)
_BACKLOG = 10_000
_BATCH = 1_000
_LAST_BATCH_SECONDS = 5.0


class MetricStream:
    """Sends data points with PutMetricData, many in one call, in a thread of its own.

    A data point that is not sent when the server is killed is lost, as metrics may be. A server without CloudWatch
    is asked once.

    Parameters
    ----------
    context
        The server's parts.
    namespace
        E.g. ``"AWS/Events"``.
    """

    def __init__(self, context: Context, namespace: str) -> None:
        self._context = context
        self._namespace = namespace
        self._waiting: queue.Queue[dict[str, Any] | None] = queue.Queue(_BACKLOG)
        self._thread = threading.Thread(target=self._run, name=f"metrics of {namespace}", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def put(self, name: str, value: float, dimensions: Mapping[str, str], unit: str = "Count") -> None:
        """Add a data point of this moment; returns at once."""
        datum = {
            "MetricName": name,
            "Value": float(value),
            "Unit": unit,
            "Timestamp": now(),
            "Dimensions": [{"Name": key, "Value": item} for key, item in dimensions.items()],
        }
        try:
            self._waiting.put_nowait(datum)
        except queue.Full:
            _log.warning("%s %s is dropped: %d data points wait to be sent", self._namespace, name, _BACKLOG)

    def stop(self) -> None:
        """Send what waits, and end."""
        try:
            self._waiting.put(None, timeout=_LAST_BATCH_SECONDS)
        except queue.Full:
            return
        if self._thread.ident is not None:
            self._thread.join(_LAST_BATCH_SECONDS)

    def _run(self) -> None:
        is_wanted, is_open = True, True
        while is_open:
            batch = [self._waiting.get()]
            while len(batch) < _BATCH and not self._waiting.empty():
                batch.append(self._waiting.get())
            is_open = None not in batch
            data = [datum for datum in batch if datum is not None]
            if data and is_wanted:
                is_wanted = self._send(data)

    def _send(self, data: list[dict[str, Any]]) -> bool:
        """Send a batch; False when nobody here takes metrics."""
        try:
            self._context.call("cloudwatch", "PutMetricData", {"Namespace": self._namespace, "MetricData": data})
        except AwsError as error:
            if error.code == "NotImplemented":
                return False
            _log.warning("%d data points of %s are lost: %s", len(data), self._namespace, error)
        except Exception:  # noqa: BLE001 (the boundary of the thread: a fault in CloudWatch must not end it)
            _log.exception("%d data points of %s are lost", len(data), self._namespace)
        return True
