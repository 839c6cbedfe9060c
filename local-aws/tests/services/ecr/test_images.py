"""An image is there when jobs here can stand for it."""

from __future__ import annotations

import pytest
import xgboost
from botocore.exceptions import ClientError

from local_aws.services import ecr
from tests.conftest import running

XGBOOST = {"registryId": "683313688378", "repositoryName": "sagemaker-xgboost"}
TAG = ".".join(xgboost.__version__.split(".")[:2]) + "-0"


@pytest.fixture
def client(tmp_path):
    with running(tmp_path, (ecr.build,)) as server:
        yield server.client("ecr")


def test_the_image_that_runs_here_is_found(client) -> None:
    answer = client.batch_get_image(**XGBOOST, imageIds=[{"imageTag": TAG}, {"imageTag": "0.1-0"}])
    assert [image["imageId"] for image in answer["images"]] == [{"imageTag": TAG}]
    (failure,) = answer["failures"]
    assert (failure["imageId"], failure["failureCode"]) == ({"imageTag": "0.1-0"}, "ImageNotFound")
    assert client.describe_images(**XGBOOST, imageIds=[{"imageTag": TAG}])["imageDetails"][0]["imageTags"] == [TAG]


def test_other_images_are_not(client) -> None:
    with pytest.raises(ClientError, match="ImageNotFound"):
        client.describe_images(repositoryName="our-own", imageIds=[{"imageTag": "1"}])
    with pytest.raises(ClientError, match="name them"):
        client.describe_images(repositoryName="our-own")
