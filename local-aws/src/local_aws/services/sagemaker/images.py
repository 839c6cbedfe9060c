"""The container images that this interpreter stands for."""

from __future__ import annotations

import re
from importlib import metadata
from typing import Literal, TypeAlias

from local_aws.kernel.errors import AwsError

_ECR_URI = re.compile(
    r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/(?P<repository>[a-z0-9._/-]+):(?P<tag>[\w.-]+)"
)
_XGBOOST_TAG = re.compile(r"(?P<version>\d+\.\d+)-\d+(-cpu-py3)?")
_AUTOGLUON_TAG = re.compile(r"(?P<version>\d+\.\d+\.\d+)-cpu-py\d+(-ubuntu[\d.]+)?")

_AUTOGLUON_REPOSITORY = "autogluon-inference"

Framework: TypeAlias = Literal["xgboost", "autogluon"]


def require_xgboost_image(uri: str) -> None:
    """Raise ``ValidationException`` unless an image is SageMaker's XGBoost image of the installed version.

    A model trained by one version of xgboost scores differently in another without any warning.
    """
    installed = metadata.version("xgboost")
    image = _ECR_URI.fullmatch(uri)
    tag = _XGBOOST_TAG.fullmatch(image["tag"]) if image and image["repository"] == "sagemaker-xgboost" else None
    if tag is None or tag["version"] != ".".join(installed.split(".")[:2]):
        raise AwsError("ValidationException", f"image {uri!r} is not available here; {_available(installed)} is")


def serving_framework(uri: str) -> Framework:
    """Return the framework of an image, in the registry of any account and region.

    It is XGBoost's image, or AutoGluon's inference image of exactly the installed version, because its models are
    pickled objects of that version. Any other image raises ``ValidationException``.
    """
    image = _ECR_URI.fullmatch(uri)
    if image is None or image["repository"] != _AUTOGLUON_REPOSITORY:
        require_xgboost_image(uri)
        return "xgboost"
    installed = autogluon_version()
    tag = _AUTOGLUON_TAG.fullmatch(image["tag"])
    if installed is None or tag is None or tag["version"] != installed:
        what = f"autogluon.tabular {installed} is" if installed else "autogluon.tabular is not"
        raise AwsError("ValidationException", f"image {uri!r} is not available here: {what} installed")
    return "autogluon"


def autogluon_version() -> str | None:
    """Return the installed version of AutoGluon; None without it."""
    try:
        return metadata.version("autogluon.tabular")
    except metadata.PackageNotFoundError:
        return None


def _available(installed: str) -> str:
    version = ".".join(installed.split(".")[:2])
    return f"sagemaker-xgboost:{version}-0 (of any account and region; xgboost {installed} is installed)"
