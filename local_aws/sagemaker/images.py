"""Which container images this interpreter stands for."""

from __future__ import annotations

import re
from importlib import metadata

from local_aws.errors import AwsError

_ECR_URI = re.compile(
    r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/(?P<repository>[a-z0-9._/-]+):(?P<tag>[\w.-]+)"
)
_XGBOOST_TAG = re.compile(r"(?P<version>\d+\.\d+)-\d+(-cpu-py3)?")


def require_xgboost_image(uri: str) -> None:
    """Accept an image that this interpreter can stand for: SageMaker's XGBoost image of the installed version.

    A model trained by one version of xgboost scores differently in another without any warning, so the versions
    must agree.

    Parameters
    ----------
    uri
        The image's URI in any account's and region's registry.

    Raises
    ------
    AwsError
        ``ValidationException`` naming the image that is available.
    """
    installed = metadata.version("xgboost")
    found = _ECR_URI.fullmatch(uri)
    tag = _XGBOOST_TAG.fullmatch(found["tag"]) if found and found["repository"] == "sagemaker-xgboost" else None
    if tag is None or tag["version"] != ".".join(installed.split(".")[:2]):
        raise AwsError("ValidationException", f"image {uri!r} is not available here; {_available(installed)} is")


def _available(installed: str) -> str:
    version = ".".join(installed.split(".")[:2])
    return f"sagemaker-xgboost:{version}-0 (of any account and region; xgboost {installed} is installed)"
