"""An instance of an endpoint: a model server, and the requests that are under way in it."""

from __future__ import annotations

import threading
from pathlib import Path

from local_aws.kernel.context import Context
from local_aws.services.sagemaker.hosting.serving import Serving
from local_aws.services.sagemaker.served_models import Server, remove_containers
from local_aws.services.sagemaker.serving.model_server import INVOCATION_SECONDS

LOG_GROUP = "/aws/sagemaker/Endpoints"


class Instance:
    """A model server that is started when it is asked for, and again after it has ended."""

    def __init__(self, context: Context, serving: Serving, number: int) -> None:
        self.serving = serving
        self._context = context
        self._name = f"{serving.generation}-{number}"
        self._server: Server | None = None
        self._starting = threading.Lock()
        self._under_way = 0
        self._changed = threading.Condition()

    @property
    def under_way(self) -> int:
        """The number of requests that it is serving."""
        return self._under_way

    def server(self) -> Server:
        """Return the running model server; start it if there is none."""
        server = self._server
        if server is not None and server.running:
            return server
        with self._starting:
            if self._server is None or not self._server.running:
                if self._server is not None:
                    self._server.stop()  # of several containers the others still run
                self._server = self._start()
            return self._server

    def enter(self) -> None:
        """Count a request that starts."""
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
        with self._starting:
            if self._server is not None:
                self._server.stop()
        remove_containers(self._folder)

    @property
    def _folder(self) -> Path:
        return self._context.jobs.folder("endpoints", f"{self.serving.endpoint}/{self._name}")

    def _start(self) -> Server:
        return self.serving.model.start(
            self._context,
            f"endpoint/{self.serving.endpoint}/{self._name}",
            self._folder,
            (f"{LOG_GROUP}/{self.serving.endpoint}", f"{self.serving.variant}/{self._name}"),
            {},
        )
