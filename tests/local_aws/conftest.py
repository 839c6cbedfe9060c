"""A running server on a free port, with clients for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local_aws.context import Context, Service
from local_aws.server import Server
from tests.clients import client_of


class RunningServer:
    """A server in a thread of this process."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.context = server.context
        self.url = server.settings.endpoint_url

    def client(self, service: str, **config: Any) -> Any:
        """Make a boto3 client of the server."""
        return client_of(self.url, service, **config)

    def client_of_role(self, role_arn: str, service: str, session: str = "test") -> Any:
        """Make a client that calls with a role's keys, as a job of the role does."""
        keys = self.context.credentials.of_role(role_arn, session)
        return self.client_with(
            {"AccessKeyId": keys["AWS_ACCESS_KEY_ID"], "SecretAccessKey": "local", "SessionToken": "local"}, service
        )

    def client_with(self, keys: Mapping[str, str], service: str) -> Any:
        """Make a client that calls with keys as AssumeRole gives them."""
        named = {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"],
        }
        return client_of(self.url, service, named)


@contextmanager
def running(data_dir: Path, builders: Iterable[Callable[[Context], Service]] = ()) -> Iterator[RunningServer]:
    """Run a server for the time of the block."""
    server = Server(data_dir, builders)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield RunningServer(server)
    finally:
        server.stop()
        thread.join(10)


@pytest.fixture
def run_server() -> Callable[..., Any]:
    """Give `running`: ``with run_server(folder, (glue.build,)) as server``."""
    return running
