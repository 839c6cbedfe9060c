"""The queue of events that functions are invoked with: durable, retried, and bounded in tries and age."""

from __future__ import annotations

import heapq
import logging
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta

from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, Records, now
from local_aws.services.lambda_.sandbox import Result

KIND = "lambda-event"

RETRY_SECONDS = (1.0, 2.0)
"""Waits before the two retries; Lambda waits one and two minutes."""

_log = logging.getLogger(__name__)
_WORKERS = 4
_MOST_AGE = timedelta(hours=6)
_LONGEST_WAIT_SECONDS = 300.0
"""The longest wait of a throttled event; the first is one second, and each is twice the one before."""
_LAST_EVENTS_SECONDS = 5.0


class EventQueue:
    """Invokes functions with events, in the order in which they are due.

    Parameters
    ----------
    deliver
        Invokes: ``deliver(function name, request id, event's JSON)``.
    give_up
        Told of an event that is not tried again: ``give_up(function name, request id, reason)``.

    Notes
    -----
    An event is handled at least once: a server that is killed while a function runs invokes it again.
    """

    def __init__(
        self,
        records: Records,
        deliver: Callable[[str, str, str], Result],
        give_up: Callable[[str, str, str], None],
    ) -> None:
        self._records = records
        self._deliver = deliver
        self._give_up = give_up
        self._due: list[tuple[float, str]] = []
        self._changed = threading.Condition()
        self._stopping = False
        self._workers: list[threading.Thread] = []

    def add(self, function_name: str, event: str) -> None:
        """Take an event in; it is durable when this returns."""
        request_id = str(uuid.uuid4())
        record = {
            "RequestId": request_id,
            "FunctionName": function_name,
            "Event": event,
            "Failures": 0,
            "Refusals": 0,
            "CreationTime": now(),
        }
        self._records.insert(KIND, request_id, record)
        self._schedule(request_id, 0.0)

    def recover(self) -> None:
        """Take up the events that an earlier server has left."""
        for record in self._records.list(KIND):
            self._schedule(record["RequestId"], 0.0)

    def stop(self) -> None:
        """Start nothing more; what is not handled stays in the records."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        deadline = time.monotonic() + _LAST_EVENTS_SECONDS
        for worker in self._workers:
            worker.join(max(0.0, deadline - time.monotonic()))

    def _schedule(self, request_id: str, delay: float) -> None:
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + delay, request_id))
            if len(self._workers) < min(_WORKERS, len(self._due)) and not self._stopping:
                worker = threading.Thread(target=self._work, name="lambda events", daemon=True)
                self._workers.append(worker)
                worker.start()
            self._changed.notify()

    def _work(self) -> None:
        while (request_id := self._next()) is not None:
            try:
                self._handle(request_id)
            except Exception:  # noqa: BLE001 (the boundary: one event must not end the worker)
                _log.exception("event %s stays in the queue until the next start", request_id)

    def _next(self) -> str | None:
        """Wait for the next event that is due; None when the server stops."""
        with self._changed:
            while not self._stopping:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[1]
                self._changed.wait(wait)
        return None

    def _handle(self, request_id: str) -> None:
        record = self._records.get(KIND, request_id)
        if record is None:
            return
        name = record["FunctionName"]
        try:
            result = self._deliver(name, request_id, record["Event"])
        except AwsError as error:
            self._refused(record, error)
            return
        if not result.failed:
            self._records.delete(KIND, request_id)
            return
        failures = record["Failures"]
        if failures == len(RETRY_SECONDS):
            self._end(record, f"it has failed {failures + 1} times, the last time with {result.error}")
            return
        self._records.put(KIND, request_id, {**record, "Failures": failures + 1})
        self._schedule(request_id, RETRY_SECONDS[failures])

    def _refused(self, record: Record, error: AwsError) -> None:
        """Deal with an event whose function did not run; throttled and changing ones are tried until it is too old."""
        if error.status >= 500:
            _log.info("event %s stays in the queue: %s", record["RequestId"], error)
        elif error.status not in (409, 429) or now() - record["CreationTime"] > _MOST_AGE:
            self._end(record, str(error))
        else:
            refusals = record["Refusals"]
            self._records.put(KIND, record["RequestId"], {**record, "Refusals": refusals + 1})
            self._schedule(record["RequestId"], min(2.0**refusals, _LONGEST_WAIT_SECONDS))

    def _end(self, record: Record, reason: str) -> None:
        _log.warning("event %s of function %s: %s", record["RequestId"], record["FunctionName"], reason)
        self._give_up(record["FunctionName"], record["RequestId"], reason)
        self._records.delete(KIND, record["RequestId"])
