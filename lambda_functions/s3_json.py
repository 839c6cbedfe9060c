"""JSON objects in S3, by their URIs."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError


def read_text(s3: Any, uri: str) -> str:
    """Return an object's text; raise `ClientError` if it is not there."""
    body: bytes = s3.get_object(**_place(uri))["Body"].read()
    return body.decode()


def read_if_exists(s3: Any, uri: str) -> dict[str, Any]:
    """Return a JSON object; empty if it is not there."""
    try:
        content: dict[str, Any] = json.loads(read_text(s3, uri))
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return {}
    return content


def write(s3: Any, uri: str, content: dict[str, Any]) -> None:
    """Write a JSON object."""
    s3.put_object(**_place(uri), Body=json.dumps(content, indent=1).encode(), ContentType="application/json")


def _place(uri: str) -> dict[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return {"Bucket": bucket, "Key": key}
