"""A running server with Athena, a database and buckets for tables and results."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from local_aws.services import athena, sagemaker
from tests.conftest import RunningServer, running
from tests.services.athena.queries import BUCKET, DATABASE


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with Athena and SageMaker."""
    with running(tmp_path_factory.mktemp("data"), (athena.build, sagemaker.build)) as server:
        server.client = functools.cache(server.client)  # type: ignore[method-assign]
        for bucket in (BUCKET, "athena-results"):
            server.client("s3").create_bucket(Bucket=bucket)
        server.client("glue").create_database(DatabaseInput={"Name": DATABASE})
        yield server
