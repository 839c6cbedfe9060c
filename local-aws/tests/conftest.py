"""A running server on a free port, with clients for it."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local_aws.contracts.operations import Service
from local_aws.kernel.context import Context
from local_aws.server import Server
from local_aws.services.sagemaker.images.resolution import VARIABLE as IMAGE_VERSIONS
from tests.clients import client_of, with_keys
from tests.job_roots import require_own_root

os.environ[IMAGE_VERSIONS] = "installed"  # for servers in processes of their own too: no test reaches a package index
# Processes of tests share the processors: OpenMP's threads must not spin while they wait.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def pytest_collection() -> None:
    """Spare the garbage collector what the tests import, which stays."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Have garbage collected among what comes after the imports."""
    gc.freeze()
    gc.enable()


class RunningServer:
    """A server in a thread of this process."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.context = server.context
        self.url = server.settings.endpoint_url
        self.environment = server.settings.client_environment()

    def client(self, service: str, **config: Any) -> Any:
        """Make a boto3 client that calls as the user."""
        return client_of(self.environment, service, **config)

    def client_of_role(self, role_arn: str, service: str, session: str = "test") -> Any:
        """Make a client that calls with a role's keys, as a job of the role does."""
        return client_of(self.environment | self.context.credentials.of_role(role_arn, session), service)

    def client_with(self, keys: Mapping[str, Any], service: str) -> Any:
        """Make a client that calls with keys as AssumeRole gives them."""
        return client_of(with_keys(self.environment, keys), service)


@contextmanager
def running(
    data_dir: Path, builders: Iterable[Callable[[Context], Service]] = (), **options: Any
) -> Iterator[RunningServer]:
    """Run a server for the time of the block; `options` are those of `Server`."""
    server = Server(data_dir, builders, **options)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield RunningServer(server)
    finally:
        server.stop()
        thread.join(10)


@pytest.fixture(scope="session")
def own_root(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Go on only where jobs have a root of their own: the test's scripts name ``/opt/ml``, as people's do."""
    require_own_root(tmp_path_factory.mktemp("root"))


@pytest.fixture
def run_server() -> Callable[..., Any]:
    """Yield `running`: ``with run_server(folder, (glue.build,)) as server``."""
    return running
