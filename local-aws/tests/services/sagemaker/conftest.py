"""A running server with a bucket, and a small model to serve."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws.kernel.processes.isolation import VARIABLE
from tests.conftest import RunningServer
from tests.services.sagemaker.examples import BUCKET, FEATURES, running_sagemaker, tar_of, train_booster


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with SageMaker and an empty bucket."""
    with running_sagemaker(tmp_path_factory.mktemp("data")) as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        yield server


@pytest.fixture
def own_root_server(tmp_path: Path, own_root: None) -> Iterator[RunningServer]:
    """A server whose jobs have a root of their own."""
    with running_sagemaker(tmp_path / "data") as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        yield server


@pytest.fixture
def rewriting_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningServer]:
    """A server whose jobs get rewritten paths."""
    monkeypatch.setenv(VARIABLE, "rewritten")
    with running_sagemaker(tmp_path / "data") as server:
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
