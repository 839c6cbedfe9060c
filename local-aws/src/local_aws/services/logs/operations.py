"""The sweep of expired log events; the operations of CloudWatch Logs are moto's."""

from __future__ import annotations

from datetime import datetime, timedelta

from moto.logs.models import logs_backends

from local_aws.contracts.operations import Service
from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.context import Context
from local_aws.kernel.records import now
from local_aws.kernel.work import HOUR, Loop


def build(context: Context) -> Service:
    """Build the sweep."""

    def sweep() -> float:
        remove_expired(context.settings.region, now())
        return HOUR

    sweeps = Loop("log-retention", sweep, retry_seconds=HOUR, finishes=False)
    return Service({}, lambda: sweeps.start(asked=True), sweeps.stop)


def remove_expired(region: str, at: datetime) -> None:
    """Remove the log events that are older at a time than their group's retention.

    The stored snapshot of the groups is not written again: the next change of any group does that, and a server that
    starts sweeps.
    """
    for group in list(logs_backends[ACCOUNT_ID][region].groups.values()):
        if not group.retention_in_days:
            continue
        horizon = (at - timedelta(days=int(group.retention_in_days))).timestamp() * 1000
        for stream in list(group.streams.values()):
            # In one step, as events may come in meanwhile; those of a stream come in the order of their times.
            kept_from = (index for index, event in enumerate(stream.events) if event.timestamp >= horizon)
            del stream.events[: next(kept_from, len(stream.events))]
