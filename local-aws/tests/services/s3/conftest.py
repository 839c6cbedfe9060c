"""A running server with S3's own part."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local_aws.services import s3
from tests.conftest import RunningServer, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Yield a server whose state the tests of a module share."""
    with running(tmp_path_factory.mktemp("data"), (s3.build,)) as server:
        yield server
