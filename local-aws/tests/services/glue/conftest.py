"""A running server with the Glue service, one a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local_aws.services import glue
from tests.conftest import RunningServer, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Yield a server whose state the tests of a module share."""
    with running(tmp_path_factory.mktemp("data"), (glue.build,)) as server:
        yield server
