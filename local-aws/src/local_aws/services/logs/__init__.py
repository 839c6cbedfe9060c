"""What moto does not do of CloudWatch Logs: it keeps a group's retention, and this acts on it."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service
from local_aws.kernel.hourly import Hourly
from local_aws.services.logs.retention import Retention


def build(context: Context) -> Service:
    """Build the sweep of expired log events."""
    sweeps = Hourly("log-retention", Retention(context.settings.region).sweep)
    return Service({}, sweeps.start, sweeps.stop)
