"""Removes log events that are older than their group's retention."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from moto.logs.models import logs_backends

from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.records import now


class Retention:
    """Sweeps the log groups.

    The stored snapshot of the groups is not written again: the next change of any group does that, and a server that
    starts sweeps.
    """

    def __init__(self, region: str, clock: Callable[[], datetime] = now) -> None:
        self._groups = logs_backends[ACCOUNT_ID][region].groups
        self._clock = clock

    def sweep(self) -> None:
        """Remove what is too old."""
        for group in list(self._groups.values()):
            if not group.retention_in_days:
                continue
            horizon = (self._clock() - timedelta(days=int(group.retention_in_days))).timestamp() * 1000
            for stream in list(group.streams.values()):
                # In one step, as events may come in meanwhile; those of a stream come in the order of their times.
                kept_from = (at for at, event in enumerate(stream.events) if event.timestamp >= horizon)
                del stream.events[: next(kept_from, len(stream.events))]
