"""Versions of a model package group, found by number, ARN or age."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from console.errors import CommandError
from console.registry import package_version, packages
from tests.definitions import BUCKET, IMAGE
from tests.servers import running

GROUP = "playground-accessibility"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """SageMaker with a group of twelve versions."""
    with running(tmp_path_factory.mktemp("server")) as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        server.client("s3").put_object(Bucket=BUCKET, Key="model.tar.gz", Body=b"model")
        specification = {
            "Containers": [{"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        }
        client = server.client("sagemaker")
        client.create_model_package_group(ModelPackageGroupName=GROUP)
        for _ in range(12):
            client.create_model_package(ModelPackageGroupName=GROUP, InferenceSpecification=specification)
        yield client


def test_all_versions_are_listed_the_newest_first(client):
    assert [found.version for found in packages(client, GROUP)] == list(range(12, 0, -1))


def test_a_version_is_found_by_number_arn_or_age(client):
    second = package_version(client, GROUP, "2")
    assert second.version == 2
    assert package_version(client, GROUP, second.arn) == second
    assert package_version(client, GROUP, "latest").version == 12


def test_a_version_that_is_not_there_is_told_with_those_that_are(client):
    with pytest.raises(CommandError, match="has no version 13; it has 12, 11, 10"):
        package_version(client, GROUP, "13")


def test_a_group_that_is_not_there_has_no_versions(client):
    assert packages(client, "other") == []
    with pytest.raises(CommandError, match="group other has no versions yet"):
        package_version(client, "other", "latest")
