"""ECR's contract: whether an image is there that jobs and endpoints here can stand for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from local_aws.contracts.operations import Service, operations
from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.services.sagemaker.images.resolution import Images


def build(context: Context) -> Service:
    """Build the service."""
    table = {"BatchGetImage": partial(_batch_get, context), "DescribeImages": partial(_describe, context)}
    return Service(operations("ecr", table))


def _batch_get(context: Context, request: Request) -> Answer:
    where = _where(request)
    images, failures = [], []
    for image_id in request["imageIds"]:
        reason = _missing(context, where, image_id)
        if reason is None:
            images.append({**where, "imageId": image_id})
        else:
            failures.append({"imageId": image_id, "failureCode": "ImageNotFound", "failureReason": reason})
    return {"images": images, "failures": failures}


def _describe(context: Context, request: Request) -> Answer:
    where = _where(request)
    if not request.get("imageIds"):
        raise AwsError("InvalidParameterException", "local_aws does not support listing images; name them in imageIds")
    for image_id in request["imageIds"]:
        reason = _missing(context, where, image_id)
        if reason is not None:
            raise AwsError("ImageNotFoundException", reason)
    return {"imageDetails": [{**where, "imageTags": [image_id["imageTag"]]} for image_id in request["imageIds"]]}


def _where(request: Request) -> dict[str, str]:
    return {"registryId": request.get("registryId", ACCOUNT_ID), "repositoryName": request["repositoryName"]}


def _missing(context: Context, where: Mapping[str, str], image_id: Mapping[str, Any]) -> str | None:
    """Return why an image is not there, None when it is."""
    if "imageTag" not in image_id:
        return "images here have tags only: name one by imageTag"
    registry = f"{where['registryId']}.dkr.ecr.{context.settings.region}.amazonaws.com"
    try:
        Images.of(context.settings).find(f"{registry}/{where['repositoryName']}:{image_id['imageTag']}")
    except AwsError as error:
        return error.message
    return None
