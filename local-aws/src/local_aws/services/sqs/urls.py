"""The URLs of queues."""

from __future__ import annotations

from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.context import Settings


def queue_url(settings: Settings, queue: str) -> str:
    """Return the URL of a queue, by its name or ARN."""
    return f"{settings.endpoint_url}/{ACCOUNT_ID}/{queue.rpartition(':')[2]}"
