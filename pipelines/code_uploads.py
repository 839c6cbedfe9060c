"""Uploads of code assets, which complete each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from pipelines.code_assets import CodeAsset


def upload_missing(s3_client: Any, bucket: str, assets: Sequence[CodeAsset]) -> list[str]:
    """Upload the objects that are not in the bucket yet.

    Every object is looked up by itself: an upload that was cut short is completed the next time, and there is
    no marker that could claim otherwise.

    Parameters
    ----------
    s3_client : botocore client
        Client for S3.
    bucket : str
        Bucket that holds the project's code.
    assets : Sequence[CodeAsset]
        Assets to bring there.

    Returns
    -------
    list[str]
        Keys that were uploaded, empty when all were there.

    Raises
    ------
    PermissionError
        The caller may not look up objects in the bucket.
    botocore.exceptions.ClientError
        Any other refusal of S3, a missing bucket for instance.
    """
    uploaded = []
    for asset in assets:
        for path, body in sorted(asset.objects.items()):
            key = asset.prefix + path
            if not _exists(s3_client, bucket, key):
                s3_client.put_object(Bucket=bucket, Key=key, Body=body)
                uploaded.append(key)
    return uploaded


def _exists(s3_client: Any, bucket: str, key: str) -> bool:
    """Tell whether the object is in the bucket."""
    try:
        s3_client.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "404":
            return False
        if code == "403":
            raise PermissionError(
                f"S3 refused to look up s3://{bucket}/{key}: the caller needs s3:GetObject and s3:ListBucket "
                "on the bucket"
            ) from error
        raise
    return True
