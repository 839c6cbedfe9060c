"""The changes of endpoints, each in a thread: into service, updated, scaled, taken down."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from local_aws.kernel.context import Context
from local_aws.kernel.records import Record
from local_aws.kernel.work import Running, Work
from local_aws.services.sagemaker.hosting.deployment_config import Plan
from local_aws.services.sagemaker.hosting.endpoint_records import (
    failed,
    in_service,
    pending_status,
    rolled_back,
    scaled,
)
from local_aws.services.sagemaker.hosting.fleet import Fleet, retire_all
from local_aws.services.sagemaker.hosting.instances import Instance
from local_aws.services.sagemaker.hosting.rollout import InterruptedRolloutError, RolledBackError, Rollout
from local_aws.services.sagemaker.hosting.serving import Serving
from local_aws.services.sagemaker.hosting.traffic import Traffic
from local_aws.services.sagemaker.resources import Resources
from local_aws.services.sagemaker.serving.model_server import ModelServerError

_log = logging.getLogger(__name__)
_Retire = Callable[[], None]


class EndpointChanges:
    """Changes endpoints, and their records when that is done."""

    def __init__(self, context: Context, work: Work, resources: Resources, traffic: Traffic) -> None:
        self._context = context
        self._work = work
        self._resources = resources
        self._traffic = traffic
        self._stopping = threading.Event()

    def create(self, config: Record, serving: Serving) -> None:
        """Start the fleet of a new endpoint, and put the endpoint into service."""

        def run() -> None:
            fleet = Fleet(self._context, serving)
            fleet.start()
            self._traffic.open(serving.endpoint, fleet)
            self._resources.change(serving.endpoint, lambda record: in_service(record, config, serving))

        self._start(serving.endpoint, run, failed)

    def update(self, config: Record, serving: Serving, plan: Plan) -> None:
        """Deploy another configuration to an endpoint; the deployment can be rolled back."""
        name = serving.endpoint

        def note(status: str) -> None:
            self._resources.change(name, lambda record: pending_status(record, status))

        def run() -> _Retire:
            Rollout(self._context, self._traffic, self._stopping, note).run(Fleet(self._context, serving), plan)
            self._resources.change(name, lambda record: in_service(record, config, serving))
            return self._traffic.settle(name).retire

        self._start(name, run, rolled_back)

    def scale(self, name: str, count: int | None) -> None:
        """Set the number of instances of an endpoint's variant; None leaves it."""

        def run() -> _Retire:
            surplus: list[Instance] = [] if count is None else self._traffic.resize(name, count)
            self._resources.change(name, scaled)
            return lambda: retire_all(surplus)

        self._start(name, run, rolled_back)

    def delete(self, name: str) -> None:
        """Take an endpoint down after its last request."""
        self._start(name, lambda: self.take_down(name), failed)

    def take_down(self, name: str) -> None:
        """Take an endpoint down, in this thread."""
        fleet = self._traffic.close(name)
        if fleet is not None:
            fleet.retire()
        self._traffic.drop_models(name)
        self._resources.remove(name)

    def stop(self) -> None:
        """End deployments under way; the next start rolls them back."""
        self._stopping.set()

    def _start(self, name: str, change: Callable[[], _Retire | None], fail: Callable[[Record, str], None]) -> None:
        """Change an endpoint in a thread; the servers that the change retires end after its own end was announced."""

        def run(_running: Running) -> _Retire | None:
            try:
                return change()
            except InterruptedRolloutError:
                pass
            except Exception as error:  # noqa: BLE001 (the boundary: the endpoint must not stay as it is)
                reason = _reason(error)
                self._resources.change(name, lambda record: fail(record, reason))
            return None

        # A change whose final status is recorded may not have ended yet.
        key = f"{self._resources.kind.resource}/{name}"
        self._work.wait(key)
        self._work.start(key, run)


def _reason(error: Exception) -> str:
    if isinstance(error, RolledBackError):
        return f"The update was rolled back: {error}."
    if isinstance(error, ModelServerError):
        return f"The container for the production variant did not come into service: {error}"
    _log.error("an endpoint could not be changed", exc_info=error)
    return f"InternalServerError: {type(error).__name__}: {error}"
