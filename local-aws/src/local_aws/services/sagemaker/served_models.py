"""What a model serves: its container, or the containers of an inference pipeline, one after another."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from local_aws.kernel.context import Context
from local_aws.kernel.processes.container import CONTAINER
from local_aws.kernel.records import Record
from local_aws.services.sagemaker.model_containers import ModelContainer
from local_aws.services.sagemaker.serving.model_server import INVOCATION_SECONDS, ModelServer, ModelServerError, Reply

_ACCEPT, _CONTENT_TYPE = "Accept", "Content-Type"


class Server(Protocol):
    """What answers a model's invocations; see `ModelServer`."""

    @property
    def running(self) -> bool:
        """True until a process of it has ended."""

    def invoke(self, body: bytes, headers: Mapping[str, str], timeout_seconds: float = INVOCATION_SECONDS) -> Reply:
        """Send an invocation; a server that does not answer raises `ModelServerError`."""

    def get(self, path: str) -> Reply:
        """Get ``/execution-parameters``; a server that does not answer raises `ModelServerError`."""

    def stop(self) -> None:
        """End its processes and wait for their end."""


@dataclass(frozen=True)
class ServedModel:
    """The containers of a model, in the order in which they are invoked; several have names."""

    containers: tuple[ModelContainer, ...]

    @classmethod
    def of(cls, record: Record) -> ServedModel:
        """Return what `record` has stored."""
        return cls(tuple(map(ModelContainer.of, record.get("Containers", [record]))))

    def record(self) -> Record:
        """Return the model as a record holds it."""
        first, *others = self.containers
        return first.record() if not others else {"Containers": [each.record() for each in self.containers]}

    @property
    def is_pipeline(self) -> bool:
        """True when several containers answer one after another."""
        return len(self.containers) > 1

    @property
    def images(self) -> tuple[str, ...]:
        """The images of the containers."""
        return tuple(container.image for container in self.containers)

    @property
    def role_arn(self) -> str:
        """The model's role."""
        return self.containers[0].role_arn

    def with_environment(self, environment: Mapping[str, str]) -> ServedModel:
        """Return the model with more variables in each of its containers."""
        return ServedModel(
            tuple(replace(each, environment={**each.environment, **environment}) for each in self.containers)
        )

    def check(self, context: Context) -> None:
        """Raise ``ValidationException`` for model data that are not there, or variables that are not supported."""
        for container in self.containers:
            container.check_model_data(context)
        self.check_environment(context)

    def check_environment(self, context: Context) -> None:
        """Raise ``ValidationException`` for variables that ask for what is not supported."""
        for container in self.containers:
            container.check_environment(context)

    def start(
        self, context: Context, job_id: str, folder: Path, log: tuple[str, str], variables: Mapping[str, str]
    ) -> Server:
        """Start a server of each container, which answer on return; see `ModelContainer.start`.

        In a pipeline each has a folder and a log stream of its own, below the given ones.
        """
        if not self.is_pipeline:
            return self.containers[0].start(context, job_id, folder, log, variables)
        servers: list[tuple[str, ModelServer]] = []
        group, stream = log
        try:
            for number, container in enumerate(self.containers, 1):
                name = container.hostname
                own_id = job_id if number == 1 else f"{job_id}/{name}"  # whoever stops the job stops the first
                own_folder = folder / f"{number}-{name}"
                own_folder.mkdir(parents=True, exist_ok=True)
                try:
                    server = container.start(context, own_id, own_folder, (group, f"{stream}/{name}"), variables)
                except ModelServerError as error:
                    raise ModelServerError(f"container {name}: {error}") from error
                servers.append((name, server))
        except BaseException:
            _stop(servers)
            raise
        return SerialServer(servers)


class SerialServer:
    """The servers of an inference pipeline: what one answers is the next one's request, with its type.

    The type of the answer that a client accepts is the last one's matter: each other one answers in its own default.

    Parameters
    ----------
    servers
        Each with its container's name.
    """

    def __init__(self, servers: Sequence[tuple[str, ModelServer]]) -> None:
        self._servers = servers

    @property
    def running(self) -> bool:
        """True until a process of it has ended."""
        return all(server.running for _, server in self._servers)

    def invoke(self, body: bytes, headers: Mapping[str, str], timeout_seconds: float = INVOCATION_SECONDS) -> Reply:
        """Send an invocation through all of them; the first error ends it, and names its container."""
        deadline = time.monotonic() + timeout_seconds
        sent = {name: value for name, value in headers.items() if name != _ACCEPT}
        reply = Reply(HTTPStatus.OK, "", body)
        for number, (name, server) in enumerate(self._servers, 1):
            if number == len(self._servers) and _ACCEPT in headers:
                sent[_ACCEPT] = headers[_ACCEPT]
            try:
                reply = server.invoke(reply.body, sent, max(deadline - time.monotonic(), 0.001))
            except ModelServerError as error:
                raise ModelServerError(f"container {name}: {error}") from error
            if reply.status >= HTTPStatus.MULTIPLE_CHOICES:
                return replace(reply, container=name)
            sent.pop(_CONTENT_TYPE, None)
            if reply.content_type:
                sent[_CONTENT_TYPE] = reply.content_type
        return reply

    def get(self, path: str) -> Reply:
        """Get the first one's answer: it gets what a client sends."""
        return self._servers[0][1].get(path)

    def stop(self) -> None:
        """End all processes and wait for their end."""
        _stop(self._servers)


def remove_containers(folder: Path) -> None:
    """Remove from the folder of a model's servers what their containers hold; their logs stay."""
    for place in (folder, *(path for path in folder.iterdir() if path.name[0].isdecimal())):
        shutil.rmtree(place / CONTAINER, ignore_errors=True)


def _stop(servers: Sequence[tuple[str, ModelServer]]) -> None:
    for _, server in servers:
        server.stop()
