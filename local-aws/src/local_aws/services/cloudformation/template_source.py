"""The source of a template: the request's body, or an object of this server's S3."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.services.cloudformation.errors import invalid

_MAX_BODY_BYTES = 51_200
_MAX_OBJECT_BYTES = 1_048_576
_AWS_HOST = re.compile(r"(?:(?P<bucket>[a-z0-9][a-z0-9.-]+)\.)?s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com", re.ASCII)


def template_text(context: Context, request: dict[str, Any]) -> str | None:
    """Return the text that a request has or points at, None when it does neither."""
    body, url = request.get("TemplateBody"), request.get("TemplateURL")
    sources = [name for name in ("TemplateBody", "TemplateURL", "UsePreviousTemplate") if request.get(name)]
    if len(sources) > 1:
        raise invalid(f"Specify only one of {', '.join(sources)}")
    if body is not None:
        if len(body.encode()) > _MAX_BODY_BYTES:
            raise invalid(
                f"1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have "
                f"length less than or equal to {_MAX_BODY_BYTES}; put the template into S3 and pass TemplateURL"
            )
        return body
    return None if url is None else _object_text(context, url)


def _object_text(context: Context, url: str) -> str:
    bucket, key = _bucket_and_key(context, url)
    try:
        path = context.objects.get(bucket, key).path
        content = path.read_bytes()
    except (AwsError, FileNotFoundError) as error:
        raise invalid(f"TemplateURL {url} cannot be read: {error}") from None
    if len(content) > _MAX_OBJECT_BYTES:
        raise invalid(f"Template may not exceed {_MAX_OBJECT_BYTES} bytes in size.")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise invalid(f"TemplateURL {url} is not UTF-8 text: {error}") from None


def _bucket_and_key(context: Context, url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    path = unquote(parts.path).lstrip("/")
    if parts.query:
        raise invalid(f"TemplateURL must not have a query, as that of a version or a signature has: {url}")
    aws = _AWS_HOST.fullmatch(parts.hostname or "")
    is_ours = parts.netloc in (f"127.0.0.1:{context.settings.port}", f"localhost:{context.settings.port}")
    if parts.scheme not in ("http", "https") or not (aws or is_ours):
        raise invalid(f"TemplateURL must be a supported URL: of an object in this server's S3 or in S3, not {url}")
    if aws and aws["bucket"]:
        return aws["bucket"], path
    bucket, _, key = path.partition("/")
    return bucket, key
