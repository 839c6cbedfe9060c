"""Uploads of code assets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from pipelines.code_assets import CodeAsset


def upload_missing(s3_client: Any, bucket: str, assets: Sequence[CodeAsset]) -> list[str]:
    """Upload the objects that are not in the bucket yet, and return their keys.

    Every object is looked up by itself, so the next run completes an interrupted upload.

    Raises
    ------
    PermissionError
        The caller may not look up objects in the bucket.
    botocore.exceptions.ClientError
        S3 refused for another reason, such as a missing bucket.
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
