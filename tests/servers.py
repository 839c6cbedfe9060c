"""A local_aws on a free port, as the commands start it: a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from console import local_server
from tests.clients import client_of


class RunningServer:
    """A server in a process of its own.

    Parameters
    ----------
    data_dir
        Its data folder.
    environment
        The variables that point AWS clients at it.
    """

    def __init__(self, data_dir: Path, environment: dict[str, str]) -> None:
        self.data_dir = data_dir
        self.environment = environment

    def client(self, service: str, **config: Any) -> Any:
        """Make a boto3 client that calls as the user."""
        return client_of(self.environment, service, **config)


@contextmanager
def running(data_dir: Path) -> Iterator[RunningServer]:
    """Run a server for the time of the block."""
    server = local_server.start(data_dir, keep=False)
    try:
        yield RunningServer(data_dir, server.environment)
    finally:
        server.stop()
