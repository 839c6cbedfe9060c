"""A server for tests of commands, and the environment that points the commands at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import RunningServer, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Yield a server on which nothing has happened yet."""
    with running(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def aws(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> RunningServer:
    """Return the server, as what the environment points boto3 at."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return server
