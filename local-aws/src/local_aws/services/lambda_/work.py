"""The queue of events that functions are invoked with: durable, retried, and bounded in tries and age."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import timedelta

from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, Records, now
from local_aws.kernel.work import Schedule
from local_aws.services.lambda_.results import Result

KIND = "lambda-event"

RETRY_SECONDS = (1.0, 2.0)
"""Waits before the two retries; Lambda waits one and two minutes."""

_log = logging.getLogger(__name__)
_MAX_AGE = timedelta(hours=6)
_MAX_WAIT_SECONDS = 300.0
"""The longest wait of a throttled event; the first is one second, and each is twice the one before."""


class EventQueue:
    """Invokes functions with events, by ``deliver(function name, request id, event's JSON)``, when they are due.

    An event is handled at least once: a server that is killed while a function runs invokes it again. For an event that
    is not tried again, ``give_up(function name, request id, reason)`` is called.
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
        self._schedule = Schedule("lambda events", self._handle)
        self.stop = self._schedule.stop

    def add(self, function_name: str, event: str) -> None:
        """Add an event; it is durable when this returns."""
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
        self._schedule.put(request_id)

    def recover(self) -> None:
        """Schedule the events that an earlier server has left."""
        for record in self._records.list(KIND):
            self._schedule.put(record["RequestId"])

    def _handle(self, request_id: str) -> None:
        record = self._records.get(KIND, request_id)
        if record is None:
            return
        try:
            result = self._deliver(record["FunctionName"], request_id, record["Event"])
        except AwsError as error:
            self._handle_refusal(record, error)
            return
        failures = record["Failures"]
        if not result.failed:
            self._records.delete(KIND, request_id)
        elif failures < len(RETRY_SECONDS):
            self._records.put(KIND, request_id, {**record, "Failures": failures + 1})
            self._schedule.put(request_id, RETRY_SECONDS[failures])
        else:
            self._end(record, f"it has failed {failures + 1} times, the last time with {result.error}")

    def _handle_refusal(self, record: Record, error: AwsError) -> None:
        """Retry an event whose function did not run because it was throttled or changed, until it is too old."""
        if error.status >= 500:
            _log.info("event %s stays in the queue: %s", record["RequestId"], error)
        elif error.status not in (409, 429) or now() - record["CreationTime"] > _MAX_AGE:
            self._end(record, str(error))
        else:
            refusals = record["Refusals"]
            self._records.put(KIND, record["RequestId"], {**record, "Refusals": refusals + 1})
            self._schedule.put(record["RequestId"], min(2.0**refusals, _MAX_WAIT_SECONDS))

    def _end(self, record: Record, reason: str) -> None:
        _log.warning("event %s of function %s: %s", record["RequestId"], record["FunctionName"], reason)
        self._give_up(record["FunctionName"], record["RequestId"], reason)
        self._records.delete(KIND, record["RequestId"])
