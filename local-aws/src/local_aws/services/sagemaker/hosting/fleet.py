"""The instances of a production variant, which take requests in turn."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.services.sagemaker.hosting.instances import Instance
from local_aws.services.sagemaker.hosting.serving import Serving
from local_aws.services.sagemaker.serving.model_server import ModelServerError

MAX_INSTANCES = 4
"""The maximum number of model servers of a variant on one host."""


class Fleet:
    """The instances of a variant, which `start` or their first request starts.

    `take`, `grow` and `shrink` are called under the lock of `traffic.Traffic`.
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
        """Start every instance; see `start_all`."""
        start_all(self._instances)

    def take(self) -> Instance:
        """Return the instance that takes the next request, and count the request as under way.

        It is the next in turn, or that with the fewest requests; a serverless variant at its ``MaxConcurrency`` raises
        ``ThrottlingException``.
        """
        self._turn = (self._turn + 1) % len(self._instances)
        instance = self._instances[self._turn]
        if self.serving.least_outstanding:
            instance = min(self._instances, key=lambda candidate: candidate.under_way)
        limit = self.serving.max_concurrency
        if limit is not None and instance.under_way >= limit:
            raise AwsError(
                "ThrottlingException",
                f"Endpoint {self.serving.endpoint} serves its MaxConcurrency of {limit} requests; try again later.",
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
    """Start instances at the same time; when one does not start, end the others and raise `ModelServerError`."""
    with ThreadPoolExecutor(MAX_INSTANCES, thread_name_prefix="endpoint-instance") as pool:
        starts = [pool.submit(instance.server) for instance in instances]
    errors = [error for start in starts if (error := start.exception()) is not None]
    if errors:
        retire_all(instances)
        raise errors[0] if isinstance(errors[0], ModelServerError) else ModelServerError(repr(errors[0]))


def retire_all(instances: list[Instance]) -> None:
    """End instances, each after its last request."""
    for instance in instances:
        instance.retire()
