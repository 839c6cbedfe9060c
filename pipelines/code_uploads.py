"""Uploads of code assets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infrastructure.code_objects import upload_once
from pipelines.code_assets import CodeAsset


def upload_missing(s3_client: Any, bucket: str, assets: Sequence[CodeAsset]) -> list[str]:
    """Upload the objects that are not in the bucket yet, and return their keys.

    Every object is looked up by itself, so the next run completes an interrupted upload. The errors are those of
    :func:`infrastructure.code_objects.upload_once`.
    """
    return [
        asset.prefix + path
        for asset in assets
        for path, body in sorted(asset.objects.items())
        if upload_once(s3_client, bucket, asset.prefix + path, body)
    ]
