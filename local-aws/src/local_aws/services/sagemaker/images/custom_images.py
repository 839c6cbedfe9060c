"""The images that users add to SageMaker (``CreateImage``): none can be added here, so that asking for one finds none.

What stands for an image of a user's own is a line of a file; see `own_images`.
"""

from __future__ import annotations

from typing import NoReturn

from local_aws.contracts.operations import Operation, Pages
from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError


class CustomImages:
    """SageMaker's images and their versions, of which there are none."""

    def operations(self) -> dict[str, Operation]:
        """Return the contract."""
        return {
            "DescribeImage": Operation(_no_image),
            "DescribeImageVersion": Operation(_no_version),
            "ListImages": Operation(_no_images, pages=Pages("Images")),
            "ListImageVersions": Operation(_no_image),
        }


def _no_image(request: Request) -> NoReturn:
    raise _missing(f"Image with ImageName {request['ImageName']}")


def _no_version(request: Request) -> NoReturn:
    version = request.get("Version", request.get("Alias", "Latest"))
    raise _missing(f"{version} ImageVersion with ImageName {request['ImageName']}")


def _no_images(_: Request) -> Answer:
    return {"Images": []}


def _missing(what: str) -> AwsError:
    return AwsError("ResourceNotFound", f"{what} does not exist. Please provide a valid ImageName.")
