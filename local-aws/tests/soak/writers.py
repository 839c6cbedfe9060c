"""Clients that write until the server dies, and a journal outside it of what it has acknowledged."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

from tests.soak.stores import Clients, Store

_NAMES = 8
_DELETED = None
DEAD = (BotoCoreError, HTTPClientError, ResponseParserError)
"""What a client raises whose server has died; an answer may have been cut off."""


@dataclass
class Journal:
    """What one writer has been told, by name.

    Parameters
    ----------
    acknowledged
        The value of each thing, None once it is deleted.
    pending
        A write that was not answered: its name and the value that it may have given.
    writes
        How many writes were acknowledged.
    """

    acknowledged: dict[str, str | None] = field(default_factory=dict)
    pending: tuple[str, str | None] | None = None
    writes: int = 0


class Writer:
    """Writes things of one kind under names of its own, one after the other.

    Parameters
    ----------
    name
        Of the writer.
    store
        The kind.
    seed
        Of what it chooses.
    """

    def __init__(self, name: str, store: Store, seed: str) -> None:
        self.name = name
        self.journal = Journal()
        self._store = store
        self._random = random.Random(seed)
        self._count = 0

    def write_until(self, stop: threading.Event, clients: Clients) -> None:
        """Write until the event is set or the server is gone."""
        while not stop.is_set():
            name = f"{self.name}-{self._random.randrange(_NAMES)}"
            known = self.journal.acknowledged.get(name)
            self._count += 1
            value = f"{self._count}" if known is None or self._random.random() < 0.7 else _DELETED
            self.journal.pending = (name, value)
            try:
                if value is None:
                    self._store.delete(clients, name)
                else:
                    self._store.put(clients, name, value, is_new=known is None)
            except DEAD:
                return  # the server is dead, and may have done it before
            except ClientError as error:
                # A multipart upload's answer that was cut off reads as an error with the status 200.
                if error.response["ResponseMetadata"]["HTTPStatusCode"] == 200:
                    return
                raise
            self.journal.acknowledged[name] = value
            self.journal.pending = None
            self.journal.writes += 1

    def losses(self, clients: Clients) -> list[str]:
        """Return what is not as it was acknowledged; whatever became of the pending write is known from now on."""
        lost = []
        for name, value in self.journal.acknowledged.items():
            if self.journal.pending is None or name != self.journal.pending[0]:
                seen = self._store.get(clients, name)
                if seen != value:
                    lost.append(f"{name}: {value!r} was acknowledged, {seen!r} is there")
        if self.journal.pending is not None:
            name, value = self.journal.pending
            known, seen = self.journal.acknowledged.get(name), self._store.get(clients, name)
            if seen not in (known, value):
                lost.append(f"{name}: {known!r} was acknowledged, {value!r} was not answered, {seen!r} is there")
            self.journal.acknowledged[name] = seen
            self.journal.pending = None
        return lost

    def expected(self) -> set[str]:
        """Return the names of the things that are there."""
        return {name for name, value in self.journal.acknowledged.items() if value is not None}
