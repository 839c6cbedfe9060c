"""The sweep of expired log events; the operations of CloudWatch Logs are moto's."""

from __future__ import annotations

from local_aws.contracts.operations import Service
from local_aws.kernel.context import Context
from local_aws.kernel.work import HOUR, Loop
from local_aws.services.logs.retention import Retention


def build(context: Context) -> Service:
    """Build the sweep."""
    retention = Retention(context.settings.region)

    def sweep() -> float:
        retention.sweep()
        return HOUR

    sweeps = Loop("log-retention", sweep, retry_seconds=HOUR, finishes=False)
    return Service({}, lambda: sweeps.start(asked=True), sweeps.stop)
