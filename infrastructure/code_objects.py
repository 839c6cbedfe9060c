"""Objects of the code bucket, whose keys hold a digest of what lies there: ``code/<sha256>/…``."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError


def upload_once(s3: Any, bucket: str, key: str, body: bytes) -> bool:
    """Upload an object unless it is there, and return whether this call did.

    The bucket's policy accepts no other upload than one that cannot overwrite. What another deployment uploads
    meanwhile has the same content, as it has the same key.

    Raises
    ------
    PermissionError
        The caller may not look up objects in the bucket.
    botocore.exceptions.ClientError
        S3 refused for another reason, such as a missing bucket.
    """
    if _exists(s3, bucket, key):
        return False
    try:
        s3.put_object(Bucket=bucket, Key=key, Body=body, IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] != "PreconditionFailed":
            raise
        return False
    return True


def _exists(s3: Any, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
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
