"""The messages of the queues, as durable records."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from local_aws.kernel.records import Record, Records


@dataclass(frozen=True)
class Depth:
    """How many messages a queue has, by what can be done with them."""

    visible: int
    in_flight: int
    delayed: int


@dataclass(frozen=True)
class _Times:
    """What decides whether a message can be received."""

    visible_at: float
    expires_at: float
    is_received: bool


class StoredMessages:
    """Adds, finds, changes and removes messages.

    A message's record has ``MessageId``, ``Body``, ``MessageAttributes``, ``SenderId``; ``SentAt``, ``VisibleAt`` and
    ``ExpiresAt`` in seconds of the epoch; ``ReceiveCount``; once received, ``FirstReceivedAt`` and ``Receipt``.

    Notes
    -----
    The times of all messages are in memory too, read when a queue is first used: a long queue is looked through for
    each receive and each datapoint of its depth.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._lock = threading.RLock()
        self._times: dict[str, dict[str, _Times]] = {}

    def add(self, queue: str, message: Record) -> None:
        """Add a message to a queue."""
        with self._lock:
            times = self._times_of(queue)
            self._records.insert(_kind(queue), message["MessageId"], message)
            times[message["MessageId"]] = _times(message)

    def find(self, queue: str, message_id: str) -> Record | None:
        """Return a message, or None."""
        return self._records.get(_kind(queue), message_id)

    def replace(self, queue: str, message: Record) -> None:
        """Store a message that has changed."""
        with self._lock:
            times = self._times_of(queue)
            self._records.put(_kind(queue), message["MessageId"], message)
            times[message["MessageId"]] = _times(message)

    def remove(self, queue: str, message_id: str) -> None:
        """Remove a message; one that is gone already is not an error."""
        with self._lock:
            self._records.delete(_kind(queue), message_id)
            self._times_of(queue).pop(message_id, None)

    def visible(self, queue: str) -> Iterator[Record]:
        """Yield the messages of a queue that can be received now, oldest first."""
        moment = time.time()
        for message_id, times in self._alive(queue):
            if times.visible_at <= moment and (message := self.find(queue, message_id)) is not None:
                yield message

    def next_visible_at(self, queue: str) -> float | None:
        """Return the time at which the next message becomes visible; None if the queue is empty."""
        return min((times.visible_at for _, times in self._alive(queue)), default=None)

    def clear(self, queue: str) -> None:
        """Remove all messages of a queue."""
        with self._lock:
            for message_id in list(self._times_of(queue)):
                self.remove(queue, message_id)
            del self._times[queue]

    def depth(self, queue: str) -> Depth:
        """Count the messages of a queue."""
        moment = time.time()
        times = [times for _, times in self._alive(queue)]
        hidden = [each for each in times if each.visible_at > moment]
        in_flight = sum(each.is_received for each in hidden)
        return Depth(len(times) - len(hidden), in_flight, len(hidden) - in_flight)

    def _alive(self, queue: str) -> list[tuple[str, _Times]]:
        """Return the times of a queue's messages, oldest first; messages past their retention are removed."""
        moment = time.time()
        with self._lock:
            times = self._times_of(queue)
            for message_id in [message_id for message_id, each in times.items() if each.expires_at <= moment]:
                self.remove(queue, message_id)
            return list(times.items())

    def _times_of(self, queue: str) -> dict[str, _Times]:
        if queue not in self._times:
            self._times[queue] = {each["MessageId"]: _times(each) for each in self._records.each(_kind(queue))}
        return self._times[queue]


def _times(message: Record) -> _Times:
    return _Times(message["VisibleAt"], message["ExpiresAt"], bool(message["ReceiveCount"]))


def _kind(queue: str) -> str:
    return f"sqs-message/{queue}"
