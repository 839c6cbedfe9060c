"""How full the queues are, as CloudWatch metrics."""

from __future__ import annotations

import threading

from local_aws.kernel.metric_stream import MetricStream
from local_aws.services.sqs.queues import Queues
from local_aws.services.sqs.stored_messages import StoredMessages

_EVERY_SECONDS = 60.0
_PAUSE_SECONDS = 0.2
"""Between reports, so that a busy queue is counted a few times a second and not with each message."""
_LAST_REPORT_SECONDS = 5.0


class QueueDepth:
    """Reports each queue once a minute, as SQS does, and a queue that changed at once."""

    def __init__(self, queues: Queues, messages: StoredMessages, stream: MetricStream) -> None:
        self._queues = queues
        self._messages = messages
        self._stream = stream
        self._wake = threading.Condition()
        self._changed: set[str] = set()
        self._is_open = True
        self._thread = threading.Thread(target=self._run, name="queue depths", daemon=True)

    def start(self) -> None:
        """Begin to report."""
        self._thread.start()

    def changed(self, queue: str) -> None:
        """Note that a queue has other messages than before."""
        with self._wake:
            self._changed.add(queue)
            self._wake.notify()

    def stop(self) -> None:
        """End."""
        with self._wake:
            self._is_open = False
            self._wake.notify()
        if self._thread.ident is not None:
            self._thread.join(_LAST_REPORT_SECONDS)

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._changed or not self._is_open, _EVERY_SECONDS)
                if not self._is_open:
                    return
                names = self._changed or set(self._queues.names())
                self._changed = set()
            for name in names:
                self._report(name)
            with self._wake:
                self._wake.wait_for(lambda: not self._is_open, _PAUSE_SECONDS)

    def _report(self, name: str) -> None:
        depth = self._messages.depth(name)
        for metric, value in (
            ("ApproximateNumberOfMessagesVisible", depth.visible),
            ("ApproximateNumberOfMessagesNotVisible", depth.in_flight),
            ("ApproximateNumberOfMessagesDelayed", depth.delayed),
        ):
            self._stream.put(metric, value, {"QueueName": name})
