"""Which images this interpreter stands for."""

from __future__ import annotations

import pytest
import xgboost

from local_aws.kernel.errors import AwsError
from local_aws.services.sagemaker.images import require_xgboost_image

_VERSION = ".".join(xgboost.__version__.split(".")[:2])


@pytest.mark.parametrize(
    "uri",
    [
        f"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:{_VERSION}-0",
        f"390948362332.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-xgboost:{_VERSION}-1",
        f"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:{_VERSION}-0-cpu-py3",
    ],
)
def test_image_of_the_installed_version(uri: str) -> None:
    require_xgboost_image(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:0.90-1",
        f"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:{_VERSION}-0",
        f"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:{_VERSION}",
        f"sagemaker-xgboost:{_VERSION}-0",
    ],
)
def test_other_image_names_what_is_available(uri: str) -> None:
    with pytest.raises(AwsError, match=f"{uri}.*sagemaker-xgboost:{_VERSION}-0"):
        require_xgboost_image(uri)
