"""The deployment that the page shows: its names, and AWS through clients that threads share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config

from console.session import Place, place_of
from infrastructure.names import Names

_CONNECTIONS = 16
_PARALLEL = 8
_FIRST = ("sagemaker", "glue", "athena", "cloudwatch", "s3")


class SharedSession:
    """A boto3 session whose clients are made once: a session makes one at a time, and slowly."""

    def __init__(self, session: boto3.session.Session) -> None:
        self._session = session
        self._clients: dict[str, Any] = {}
        self._making = threading.Lock()

    @property
    def region_name(self) -> str:
        """The session's region."""
        return str(self._session.region_name)

    def client(self, service: str) -> Any:
        """Return the session's client of a service."""
        with self._making:
            if service not in self._clients:
                config = Config(max_pool_connections=_CONNECTIONS)
                self._clients[service] = self._session.client(service, config=config)
            return self._clients[service]


class Deployment:
    """A deployment in the account and region of a session."""

    def __init__(self, session: boto3.session.Session, names: Names) -> None:
        self.session = SharedSession(session)
        self.names = names
        self.figures: dict[str, dict[str, float]] = {}
        """The figures of evaluations by URI: what an execution wrote does not change."""
        self._threads = ThreadPoolExecutor(_PARALLEL, thread_name_prefix="page")

    def client(self, service: str) -> Any:
        """Return the client of a service."""
        return self.session.client(service)

    def warm_up(self) -> None:
        """Make the clients that the overview wants: each reads a model of its service, which takes a while."""
        for service in _FIRST:
            self.client(service)

    def together(self, *calls: Callable[[], Any]) -> list[Any]:
        """Return what calls return, made side by side; raise the first error. The calls may not use this themselves."""
        return [future.result() for future in [self._threads.submit(call) for call in calls]]

    @property
    def place(self) -> Place:
        """Where boto3 sends the calls."""
        return place_of(self.session, self.names.account)
