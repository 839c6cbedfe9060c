"""The model servers behind endpoints, and the requests that are under way in them."""

from __future__ import annotations

import shutil
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from local_aws.context import Context
from local_aws.records import Record
from local_aws.sagemaker.model_containers import ModelContainer
from local_aws.sagemaker.serving.model_server import INVOCATION_SECONDS, ModelServer

LOG_GROUP = "/aws/sagemaker/Endpoints"


@dataclass(frozen=True)
class Serving:
    """What an endpoint serves.

    Parameters
    ----------
    endpoint
        The endpoint's name.
    variant
        The production variant's name.
    container
        The model's container.
    generation
        Distinguishes this server of the endpoint from those before and after it.
    """

    endpoint: str
    variant: str
    container: ModelContainer
    generation: str

    @classmethod
    def new(cls, endpoint: str, variant: str, container: ModelContainer) -> Serving:
        """Give a serving of a generation of its own."""
        return cls(endpoint, variant, container, uuid.uuid4().hex[:12])

    @classmethod
    def of(cls, endpoint: str, record: Record) -> Serving:
        """Give what `record` has stored."""
        return cls(endpoint, record["Variant"], ModelContainer.of(record["Container"]), record["Generation"])

    def record(self) -> Record:
        """Give the serving as a record holds it."""
        return {"Variant": self.variant, "Container": self.container.record(), "Generation": self.generation}

    @property
    def log_stream(self) -> str:
        """The log stream of its server."""
        return f"{self.variant}/{self.generation}"


class Deployment:
    """A model server of an endpoint, and the number of requests under way in it.

    Parameters
    ----------
    context
        The server's parts.
    serving
        What it serves.

    Raises
    ------
    ModelServerError
        If the server does not start.
    """

    def __init__(self, context: Context, serving: Serving) -> None:
        self.serving = serving
        self._folder = context.jobs.folder("endpoints", f"{serving.endpoint}/{serving.generation}")
        self.server: ModelServer = serving.container.start(
            context,
            f"endpoint/{serving.endpoint}/{serving.generation}",
            self._folder,
            (f"{LOG_GROUP}/{serving.endpoint}", serving.log_stream),
            {},
        )
        self._under_way = 0
        self._changed = threading.Condition()

    def enter(self) -> None:
        """Count a request that begins."""
        with self._changed:
            self._under_way += 1

    def leave(self) -> None:
        """Count a request that has ended."""
        with self._changed:
            self._under_way -= 1
            self._changed.notify_all()

    def retire(self) -> None:
        """End the server when its last request has been answered, and drop its copy of the model."""
        with self._changed:
            self._changed.wait_for(lambda: self._under_way == 0, timeout=INVOCATION_SECONDS)
        self.server.stop()
        shutil.rmtree(self._folder / "opt", ignore_errors=True)


class Deployments:
    """The deployments that take requests, by endpoint.

    An endpoint whose server is gone, because the process crashed or this server was started anew, gets one again
    at its next request.

    Parameters
    ----------
    context
        The server's parts.
    current
        Takes an endpoint's name and gives what it is to serve; raises what the caller is to see when it is to serve
        nothing.
    """

    def __init__(self, context: Context, current: Callable[[str], Serving]) -> None:
        self._context = context
        self._current = current
        self._live: dict[str, Deployment] = {}
        self._lock = threading.Lock()
        self._start_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def replace(self, endpoint: str, new: Deployment | None) -> Deployment | None:
        """Send an endpoint's requests to another deployment, or to none, from now on; give the one before."""
        with self._start_lock(endpoint), self._lock:
            old = self._live.pop(endpoint, None)
            if new is not None:
                self._live[endpoint] = new
            return old

    def drop_models(self, endpoint: str) -> None:
        """Drop what servers of the endpoint have unpacked; their logs stay."""
        for files in self._context.jobs.folder("endpoints", endpoint).glob("*/opt"):
            shutil.rmtree(files)

    @contextmanager
    def using(self, endpoint: str) -> Iterator[Deployment]:
        """Give the deployment that takes the endpoint's requests, which stays up for the time of the block.

        Raises
        ------
        AwsError
            When the endpoint is to serve nothing.
        ModelServerError
            If its server has to be started anew and does not start.
        """
        deployment = self._enter_running(endpoint) or self._enter_restarted(endpoint)
        try:
            yield deployment
        finally:
            deployment.leave()

    def _enter_running(self, endpoint: str) -> Deployment | None:
        with self._lock:
            deployment = self._live.get(endpoint)
            if deployment is None or not deployment.server.running:
                return None
            # Entered under the lock: `replace` cannot come between, and who retires it waits for this request.
            deployment.enter()
            return deployment

    def _enter_restarted(self, endpoint: str) -> Deployment:
        with self._start_lock(endpoint):
            running = self._enter_running(endpoint)
            if running is not None:
                return running
            deployment = Deployment(self._context, self._current(endpoint))
            deployment.enter()
            with self._lock:
                self._live[endpoint] = deployment
            return deployment

    def _start_lock(self, endpoint: str) -> threading.Lock:
        with self._lock:
            return self._start_locks[endpoint]
