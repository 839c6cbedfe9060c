"""A running server with the Glue service, one a module."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local_aws import glue
from tests.local_aws.conftest import RunningServer, running

_PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Give a server whose state the tests of a module share."""
    with running(tmp_path_factory.mktemp("data"), (glue.build,)) as server:
        yield server


def wait_until(finished: Callable[[], Any]) -> Any:
    """Poll until `finished` gives something true, and give that."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = finished()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"nothing happened within {_PATIENCE_SECONDS} s")
