"""Deliveries under way: recorded first, then made in the background, tried again when they fail."""

from __future__ import annotations

import heapq
import json
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from local_aws.kernel.context import Context
from local_aws.kernel.metric_stream import MetricStream
from local_aws.kernel.records import Record
from local_aws.services.events.failures import Failure, failure_of
from local_aws.services.events.target_types import Delivery, deliver
from local_aws.services.events.undelivered import Undelivered

KIND = "event-delivery"

_log = logging.getLogger(__name__)
_THREADS = 4
_FIRST_RETRY_SECONDS = 0.5
_LONGEST_RETRY_SECONDS = 60.0
_MOST_RETRIES = 185
_OLDEST_SECONDS = 86_400
_LAST_DELIVERIES_SECONDS = 5.0


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
        self._wake = threading.Condition()
        self._due: list[tuple[float, str]] = []
        self._under_way: set[str] = set()
        self._is_open = True
        self._threads = [
            threading.Thread(target=self._run, name=f"event deliveries {number}", daemon=True)
            for number in range(_THREADS)
        ]

    def start(self) -> None:
        """Begin to deliver, and go on with what an earlier server left."""
        self._await(record["Id"] for record in self._records.list(KIND))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; what is not delivered stays recorded."""
        with self._wake:
            self._is_open = False
            self._wake.notify_all()
        deadline = time.monotonic() + _LAST_DELIVERIES_SECONDS
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))

    def add(self, records: Iterable[Record]) -> None:
        """Record deliveries; they are made soon."""
        added = []
        for record in records:
            self._records.insert(KIND, record["Id"], record)
            added.append(record["Id"])
        self._await(added)

    def _await(self, keys: Iterable[str]) -> None:
        """Make deliveries wait for their turn; what a service announces while the server starts comes here twice."""
        moment = time.monotonic()
        with self._wake:
            for key in keys:
                if key not in self._under_way:
                    self._under_way.add(key)
                    heapq.heappush(self._due, (moment, key))
            self._wake.notify_all()

    def _run(self) -> None:
        while (key := self._next()) is not None:
            try:
                self._make(key)
            except Exception:  # noqa: BLE001 (the boundary of the thread: it must go on with other deliveries)
                _log.exception("the delivery %s is left until the next start", key)

    def _next(self) -> str | None:
        """Wait for a delivery whose time has come; None when the server stops."""
        with self._wake:
            while self._is_open:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[1]
                self._wake.wait(wait)
        return None

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
        seconds = min(_FIRST_RETRY_SECONDS * 2.0 ** min(attempts - 1, 10), _LONGEST_RETRY_SECONDS)
        exhausted = _exhausted(delivery.target, attempts, time.time() + seconds - record["CreatedAt"])
        if failure.is_passing and exhausted is None:
            self._records.put(KIND, key, {**record, "Attempts": attempts})
            with self._wake:
                heapq.heappush(self._due, (time.monotonic() + seconds, key))
                self._wake.notify()
            return
        self._undelivered.keep(delivery, failure, attempts, exhausted if failure.is_passing else None)
        self._metrics.put("FailedInvocations", 1, {"RuleName": delivery.rule["Name"]})
        self._end(delivery)

    def _end(self, delivery: Delivery) -> None:
        """Forget a delivery that was made or given up."""
        self._metrics.put("Invocations", 1, {"RuleName": delivery.rule["Name"]})
        self._records.delete(KIND, delivery.id)
        with self._wake:
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
    if attempts > policy.get("MaximumRetryAttempts", _MOST_RETRIES):
        return "MaximumRetryAttempts"
    if age > policy.get("MaximumEventAgeInSeconds", _OLDEST_SECONDS):
        return "MaximumEventAgeInSeconds"
    return None
