"""A running server with a bucket, and a small model to serve."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from local_aws import sagemaker
from tests.local_aws.conftest import RunningServer, running
from tests.local_aws.sagemaker.examples import BUCKET, FEATURES, tar_of, train_booster


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with SageMaker and an empty bucket."""
    with running(tmp_path_factory.mktemp("data"), (sagemaker.build,)) as server:
        server.client = functools.cache(server.client)  # type: ignore[method-assign]
        server.client("s3").create_bucket(Bucket=BUCKET)
        yield server


@pytest.fixture(scope="session")
def booster():
    """A model of five trees over three features."""
    return train_booster(FEATURES)


@pytest.fixture(scope="session")
def model_archive(booster) -> bytes:
    """The ``model.tar.gz`` of that model."""
    return tar_of({"xgboost-model": bytes(booster.save_raw("ubj"))})
