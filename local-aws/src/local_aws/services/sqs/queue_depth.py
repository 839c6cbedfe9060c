"""How full the queues are, as CloudWatch metrics."""

from __future__ import annotations

import threading

from local_aws.kernel.metric_stream import MetricStream
from local_aws.kernel.work import Loop
from local_aws.services.sqs.queues import Queues
from local_aws.services.sqs.stored_messages import StoredMessages

_EVERY_SECONDS = 60.0
_PAUSE_SECONDS = 0.2
"""Between reports, so that a busy queue is counted a few times per second and not with each message."""


class QueueDepth:
    """Reports each queue once a minute, as SQS does, and a queue that changed at once."""

    def __init__(self, queues: Queues, messages: StoredMessages, stream: MetricStream) -> None:
        self._queues = queues
        self._messages = messages
        self._stream = stream
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._loop = Loop("queue depths", self._round, gather_seconds=_PAUSE_SECONDS, finishes=False)

    def start(self) -> None:
        """Start to report."""
        self._loop.start()

    def changed(self, queue: str) -> None:
        """Note that a queue has other messages than before."""
        with self._lock:
            self._changed.add(queue)
        self._loop.ask()

    def stop(self) -> None:
        """Stop reporting."""
        self._loop.stop()

    def _round(self) -> float:
        with self._lock:
            names, self._changed = self._changed or set(self._queues.names()), set()
        for name in names:
            self._report(name)
        return _EVERY_SECONDS

    def _report(self, name: str) -> None:
        depth = self._messages.depth(name)
        for metric, value in (
            ("ApproximateNumberOfMessagesVisible", depth.visible),
            ("ApproximateNumberOfMessagesNotVisible", depth.in_flight),
            ("ApproximateNumberOfMessagesDelayed", depth.delayed),
        ):
            self._stream.put(metric, value, {"QueueName": name})
