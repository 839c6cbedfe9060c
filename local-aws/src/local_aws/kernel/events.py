"""State changes of services, and the feed that takes them to EventBridge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local_aws.kernel.records import now


@dataclass(frozen=True)
class Event:
    """A state change, in the terms of the event that AWS documents for it."""

    source: str
    """E.g. ``"aws.glue"``."""
    detail_type: str
    """E.g. ``"Glue Job State Change"``."""
    detail: Mapping[str, Any]
    """The event's ``detail``, JSON values only."""
    resources: Sequence[str] = ()
    """ARNs of what it happened to."""
    time: datetime = field(default_factory=now)


class EventFeed:
    """Passes events on to listeners, in the thread of whoever announces them."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Event], None]] = []

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Add a listener; it must be quick, and must not raise."""
        self._listeners.append(listener)

    def announce(self, event: Event) -> None:
        """Call every listener with the event."""
        for listener in self._listeners:
            listener(event)
