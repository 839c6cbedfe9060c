"""The instances of a production variant, which take requests in turn."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.services.sagemaker.hosting.instances import Instance
from local_aws.services.sagemaker.hosting.serving import Serving
from local_aws.services.sagemaker.serving.model_server import ModelServerError

MAX_INSTANCES = 4
"""How many model servers of a variant one host is good for."""


class Fleet:
    """Instances that serve the same.

    `take`, `grow` and `shrink` are called under the lock of `traffic.Traffic`.

    Parameters
    ----------
    serving
        What they serve; its instances are started by `start`, or by their first request.
    """

    def __init__(self, context: Context, serving: Serving) -> None:
        self.serving = serving
        self._context = context
        self._made = 0
        self._turn = 0
        self._instances = self.more(serving.instance_count)

    @property
    def size(self) -> int:
        """How many instances there are."""
        return len(self._instances)

    def more(self, count: int) -> list[Instance]:
        """Return instances that take no requests yet."""
        made = [Instance(self._context, self.serving, self._made + index) for index in range(count)]
        self._made += count
        return made

    def start(self) -> None:
        """Start every instance.

        Raises
        ------
        ModelServerError
            If one does not start; none runs then.
        """
        start_all(self._instances)

    def take(self) -> Instance:
        """Return the instance whose turn it is, or that has least to do, with one more request under way.

        Raises
        ------
        AwsError
            ``ThrottlingException`` when a serverless variant serves as many as it may.
        """
        self._turn = (self._turn + 1) % len(self._instances)
        instance = self._instances[self._turn]
        if self.serving.least_outstanding:
            instance = min(self._instances, key=lambda candidate: candidate.under_way)
        most = self.serving.max_concurrency
        if most is not None and instance.under_way >= most:
            raise AwsError(
                "ThrottlingException",
                f"Endpoint {self.serving.endpoint} serves its MaxConcurrency of {most} requests; try again later.",
                429,
            )
        instance.enter()
        return instance

    def grow(self, instances: list[Instance]) -> None:
        """Let more instances take requests."""
        self._instances = self._instances + instances

    def shrink(self, count: int) -> list[Instance]:
        """Let the instances over a count take no more requests; return them."""
        self._instances, surplus = self._instances[:count], self._instances[count:]
        return surplus

    def retire(self) -> None:
        """End every instance after its last request."""
        retire_all(self._instances)


def start_all(instances: list[Instance]) -> None:
    """Start instances at the same time.

    Raises
    ------
    ModelServerError
        If one does not start; none runs then.
    """
    with ThreadPoolExecutor(MAX_INSTANCES, thread_name_prefix="endpoint-instance") as pool:
        starts = [pool.submit(instance.server) for instance in instances]
    faults = [fault for start in starts if (fault := start.exception()) is not None]
    if faults:
        retire_all(instances)
        raise faults[0] if isinstance(faults[0], ModelServerError) else ModelServerError(repr(faults[0]))


def retire_all(instances: list[Instance]) -> None:
    """End instances, each after its last request."""
    for instance in instances:
        instance.retire()
