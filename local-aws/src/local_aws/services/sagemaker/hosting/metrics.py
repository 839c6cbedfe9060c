"""The CloudWatch metrics of endpoints: counted for each invocation, published each second."""

from __future__ import annotations

import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from local_aws.kernel.context import Context
from local_aws.kernel.metric_stream import publish
from local_aws.kernel.work import Loop

NAMESPACE = "AWS/SageMaker"
_FLUSH_SECONDS = 1.0
_VALUES = 150

_Invocation = tuple[str, str, int, int, int, int, int]


class EndpointMetrics:
    """Publishes what invocations were like, in a server that has CloudWatch."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._seen: deque[_Invocation] = deque()
        self._is_wanted = True
        self._loop = Loop("endpoint metrics", self._flush, gather_seconds=_FLUSH_SECONDS)

    def start(self) -> None:
        """Start to publish."""
        self._loop.start()

    def stop(self) -> None:
        """Publish what is left."""
        self._loop.stop()

    def count(
        self, endpoint: str, variant: str, instances: int, status: int, model_seconds: float, overhead_seconds: float
    ) -> None:
        """Count an invocation; cheap, because the answer waits for it."""
        if not self._is_wanted:
            return
        microseconds = (int(model_seconds * 1e6), int(overhead_seconds * 1e6))
        self._seen.append((endpoint, variant, int(time.time()), instances, status, *microseconds))
        self._loop.ask()

    def _flush(self) -> None:
        groups: defaultdict[tuple[str, str, int], list[_Invocation]] = defaultdict(list)
        while self._seen:
            invocation = self._seen.popleft()
            groups[invocation[:3]].append(invocation)
        data = [datum for group, invocations in groups.items() for datum in _data(group, invocations)]
        self._is_wanted = publish(self._context, NAMESPACE, data)


def _data(group: tuple[str, str, int], invocations: list[_Invocation]) -> Iterator[dict[str, Any]]:
    endpoint, variant, second = group
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
    count = len(invocations)
    refused = sum(400 <= status < 500 for *_, status, _, _ in invocations)
    broken = sum(status >= 500 for *_, status, _, _ in invocations)
    for name, unit, values in (
        ("Invocations", "None", Counter({1.0: count})),
        ("InvocationsPerInstance", "None", Counter(1 / instances for _, _, _, instances, *_ in invocations)),
        ("Invocation4XXErrors", "None", Counter({1.0: refused, 0.0: count - refused})),
        ("Invocation5XXErrors", "None", Counter({1.0: broken, 0.0: count - broken})),
        ("ModelLatency", "Microseconds", Counter(float(model) for *_, model, _ in invocations)),
        ("OverheadLatency", "Microseconds", Counter(float(overhead) for *_, overhead in invocations)),
    ):
        pairs = [(value, number) for value, number in values.items() if number]
        for first in range(0, len(pairs), _VALUES):
            part = pairs[first : first + _VALUES]
            yield {
                "MetricName": name,
                "Dimensions": dimensions,
                "Timestamp": datetime.fromtimestamp(second, UTC),
                "Values": [value for value, _ in part],
                "Counts": [float(number) for _, number in part],
                "Unit": unit,
                "StorageResolution": 1,
            }
