"""Deliveries under way: recorded first, then made in the background, tried again when they fail."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from local_aws.kernel.context import Context
from local_aws.kernel.metric_stream import MetricStream
from local_aws.kernel.records import Record
from local_aws.kernel.work import Schedule
from local_aws.services.events.failures import Failure, failure_of
from local_aws.services.events.target_types import Delivery, deliver
from local_aws.services.events.undelivered import Undelivered

KIND = "event-delivery"

_log = logging.getLogger(__name__)
_FIRST_RETRY_SECONDS = 0.5
_MAX_RETRY_SECONDS = 60.0
_MAX_RETRIES = 185
_MAX_AGE_SECONDS = 86_400


class Deliveries:
    """Makes deliveries.

    A record has ``Id``, the ``Event`` as JSON, ``Target``, ``Rule``, ``CreatedAt`` in seconds of the epoch and
    ``Attempts``. It is removed when the delivery was made, or was given up and kept by `Undelivered`; a server that
    is killed in between makes it again.
    """

    def __init__(self, context: Context, undelivered: Undelivered, metrics: MetricStream) -> None:
        self._context = context
        self._records = context.records
        self._undelivered = undelivered
        self._metrics = metrics
        self._schedule = Schedule("event deliveries", self._make)
        self._lock = threading.Lock()
        self._under_way: set[str] = set()

    def start(self) -> None:
        """Go on with the deliveries that an earlier server left."""
        self._put(record["Id"] for record in self._records.list(KIND))

    def stop(self) -> None:
        """Stop; what is not delivered stays recorded."""
        self._schedule.stop()

    def add(self, records: Iterable[Record]) -> None:
        """Record deliveries; they are made soon."""
        added = []
        for record in records:
            self._records.insert(KIND, record["Id"], record)
            added.append(record["Id"])
        self._put(added)

    def _put(self, keys: Iterable[str]) -> None:
        """Schedule deliveries; those of events that services announce while the server starts come here twice."""
        with self._lock:
            new = [key for key in keys if key not in self._under_way]
            self._under_way.update(new)
        for key in new:
            self._schedule.put(key)

    def _make(self, key: str) -> None:
        record = self._records.get(KIND, key)
        if record is None:
            return
        delivery = Delivery(key, json.loads(record["Event"]), record["Target"], record["Rule"])
        failure = self._try(delivery)
        if failure is None:
            self._end(delivery)
            return
        attempts = record["Attempts"] + 1
        seconds = min(_FIRST_RETRY_SECONDS * 2.0 ** min(attempts - 1, 10), _MAX_RETRY_SECONDS)
        exhausted = _exhausted(delivery.target, attempts, time.time() + seconds - record["CreatedAt"])
        if failure.is_passing and exhausted is None:
            self._records.put(KIND, key, {**record, "Attempts": attempts})
            self._schedule.put(key, seconds)
            return
        self._undelivered.keep(delivery, failure, attempts, exhausted if failure.is_passing else None)
        self._metrics.put("FailedInvocations", 1, {"RuleName": delivery.rule["Name"]})
        self._end(delivery)

    def _end(self, delivery: Delivery) -> None:
        """Forget a delivery that was made or given up."""
        self._metrics.put("Invocations", 1, {"RuleName": delivery.rule["Name"]})
        self._records.delete(KIND, delivery.id)
        with self._lock:
            self._under_way.discard(delivery.id)

    def _try(self, delivery: Delivery) -> Failure | None:
        try:
            deliver(self._context, delivery)
        except Exception as error:  # noqa: BLE001 (the boundary: whatever a target does is its answer)
            failure = failure_of(error)
            _log.info("%s of %s: %s", delivery.target["Arn"], delivery.rule["Name"], failure.message)
            return failure
        return None


def _exhausted(target: Mapping[str, Any], attempts: int, age: float) -> str | None:
    """Return the bound of the RetryPolicy that another try would break."""
    policy = target.get("RetryPolicy", {})
    if attempts > policy.get("MaximumRetryAttempts", _MAX_RETRIES):
        return "MaximumRetryAttempts"
    if age > policy.get("MaximumEventAgeInSeconds", _MAX_AGE_SECONDS):
        return "MaximumEventAgeInSeconds"
    return None
