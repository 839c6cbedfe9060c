"""The messages of the queues, as durable records."""

from __future__ import annotations

import time
from dataclasses import dataclass

from local_aws.records import Record, Records


@dataclass(frozen=True)
class Depth:
    """How many messages a queue has, by what can be done with them."""

    visible: int
    in_flight: int
    delayed: int


class StoredMessages:
    """Adds, finds, changes and removes messages.

    A message's record has ``MessageId``, ``Body``, ``MessageAttributes``, ``SenderId``; ``SentAt``, ``VisibleAt`` and
    ``ExpiresAt`` in seconds of the epoch; ``ReceiveCount``; once received, ``FirstReceivedAt`` and ``Receipt``.

    Parameters
    ----------
    records
        The server's records.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def add(self, queue: str, message: Record) -> None:
        """Add a message to a queue."""
        self._records.insert(_kind(queue), message["MessageId"], message)

    def find(self, queue: str, message_id: str) -> Record | None:
        """Give a message, or None."""
        return self._records.get(_kind(queue), message_id)

    def replace(self, queue: str, message: Record) -> None:
        """Store a message that has changed."""
        self._records.put(_kind(queue), message["MessageId"], message)

    def remove(self, queue: str, message_id: str) -> None:
        """Remove a message; one that is gone already is no error."""
        self._records.delete(_kind(queue), message_id)

    def all(self, queue: str) -> list[Record]:
        """Give the messages of a queue, oldest first; those past their retention are removed."""
        alive = []
        moment = time.time()
        for message in self._records.list(_kind(queue)):
            if message["ExpiresAt"] > moment:
                alive.append(message)
            else:
                self.remove(queue, message["MessageId"])
        return alive

    def clear(self, queue: str) -> None:
        """Remove all messages of a queue."""
        for message in self._records.list(_kind(queue)):
            self.remove(queue, message["MessageId"])

    def depth(self, queue: str) -> Depth:
        """Count the messages of a queue."""
        moment = time.time()
        messages = self.all(queue)
        hidden = [message for message in messages if message["VisibleAt"] > moment]
        in_flight = sum(1 for message in hidden if message["ReceiveCount"])
        return Depth(len(messages) - len(hidden), in_flight, len(hidden) - in_flight)


def _kind(queue: str) -> str:
    return f"sqs-message/{queue}"
