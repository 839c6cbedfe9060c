"""Images that users add to SageMaker: none is there, in SageMaker's words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import RunningServer


@pytest.mark.parametrize(
    ("operation", "request_members", "words"),
    [
        ("describe_image", {}, "Image with ImageName project-image does not exist"),
        ("describe_image_version", {}, "Latest ImageVersion with ImageName project-image does not exist"),
        ("describe_image_version", {"Version": 2}, "2 ImageVersion with ImageName project-image does not exist"),
        ("list_image_versions", {}, "Image with ImageName project-image does not exist"),
    ],
)
def test_image_is_not_found(server: RunningServer, operation: str, request_members: dict[str, Any], words: str) -> None:
    client = server.client("sagemaker")
    with pytest.raises(client.exceptions.ResourceNotFound, match=words):
        getattr(client, operation)(ImageName="project-image", **request_members)


def test_listing_of_images_is_empty(server: RunningServer) -> None:
    assert server.client("sagemaker").list_images()["Images"] == []
