"""What a request says about an object beside its content: headers, metadata, tags, encryption."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from email.header import decode_header, make_header
from email.quoprimime import header_encode
from typing import Any
from urllib.parse import parse_qsl

from local_aws.kernel.context import Settings
from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import DEFAULT_TYPE
from local_aws.kernel.records import Record

_HEADERS = (
    *("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires"),
    "WebsiteRedirectLocation",
)
MAX_KEY_BYTES = 1024
_MAX_METADATA_BYTES = 2048
_MAX_TAG_KEY, _MAX_TAG_VALUE = 128, 256
_TAG = re.compile(r"[\w\s+\-=.:/@]*")
MAX_OBJECT_TAGS, MAX_BUCKET_TAGS = 10, 50


def check_key(key: str) -> None:
    """Check the length of a key."""
    size = len(key.encode())
    if size > MAX_KEY_BYTES:
        raise AwsError("KeyTooLongError", f"Your key is too long: it has {size} bytes of at most {MAX_KEY_BYTES}")


def described(request: Mapping[str, Any]) -> Record:
    """Return headers and metadata of a request in the form of a row."""
    headers = {name: request[name] for name in _HEADERS if request.get(name) is not None}
    encodings = [part.strip() for part in headers.pop("ContentEncoding", "").split(",")]
    if kept := [part for part in encodings if part not in ("", "aws-chunked")]:
        headers["ContentEncoding"] = ",".join(kept)
    headers["ContentType"] = headers.get("ContentType") or DEFAULT_TYPE
    target = headers.get("WebsiteRedirectLocation", "/")
    if not target.startswith(("/", "http://", "https://")):
        raise AwsError(
            "InvalidRedirectLocation",
            f"The website redirect location must have a prefix of 'http://', 'https://' or '/': {target!r}",
        )
    return {"Headers": headers, "Metadata": _metadata(request.get("Metadata") or {})}


def metadata_headers(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return metadata as it goes out: what is not ASCII as RFC 2047 writes it, as S3 does."""
    return {name: value if value.isascii() else _encoded(value) for name, value in metadata.items()}


def encryption(request: Mapping[str, Any], of_bucket: Mapping[str, Any], settings: Settings) -> Record:
    """Return the encryption that an object says it has: the request's, the bucket's default, or S3's."""
    rules = of_bucket.get("ServerSideEncryptionConfiguration", {}).get("Rules") or [{}]
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {})
    algorithm = request.get("ServerSideEncryption")
    key = request.get("SSEKMSKeyId")
    if algorithm is None and key is not None:
        raise AwsError(
            "InvalidArgument",
            "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : "
            "aws:kms",
        )
    if algorithm is None:
        algorithm, key = default.get("SSEAlgorithm", "AES256"), default.get("KMSMasterKeyID")
    if algorithm == "AES256":
        if key is not None:
            raise AwsError("InvalidArgument", "SSEKMSKeyId needs ServerSideEncryption aws:kms; got AES256")
        return {"ServerSideEncryption": algorithm}
    if algorithm != "aws:kms":
        raise AwsError(
            "NotImplemented", f"ServerSideEncryption must be one of AES256, aws:kms here; got {algorithm!r}", 501
        )
    bucket_key = request.get("BucketKeyEnabled", rules[0].get("BucketKeyEnabled", False))
    key = key or settings.arn("kms", "alias/aws/s3")
    return {"ServerSideEncryption": algorithm, "SSEKMSKeyId": key, "BucketKeyEnabled": bool(bucket_key)}


def header_tags(header: str | None) -> dict[str, str]:
    """Return the tags of an ``x-amz-tagging`` header."""
    if not header:
        return {}
    try:
        pairs = parse_qsl(header, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError as error:
        raise AwsError(
            "InvalidArgument", f"The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded: {error}"
        ) from None
    return checked_tags([{"Key": key, "Value": value} for key, value in pairs], MAX_OBJECT_TAGS)


def checked_tags(tags: Sequence[Mapping[str, str]], limit: int) -> dict[str, str]:
    """Check a set of tags, and return it as a map."""
    if len(tags) > limit:
        of_what = "Object tags cannot be greater than" if limit == MAX_OBJECT_TAGS else "Bucket tag count cannot exceed"
        raise AwsError("BadRequest", f"{of_what} {limit}")
    checked: dict[str, str] = {}
    for tag in tags:
        key, value = tag["Key"], tag["Value"]
        if key in checked:
            raise AwsError("InvalidTag", "Cannot provide multiple Tags with the same key", members={"TagKey": key})
        if not key or len(key) > _MAX_TAG_KEY or not _TAG.fullmatch(key):
            raise AwsError(
                "InvalidTag", "The TagKey you have provided is invalid", members={"TagKey": key[:_MAX_TAG_KEY]}
            )
        if len(value) > _MAX_TAG_VALUE or not _TAG.fullmatch(value):
            raise AwsError(
                "InvalidTag",
                "The TagValue you have provided is invalid",
                members={"TagKey": key, "TagValue": value[:_MAX_TAG_VALUE]},
            )
        if key.startswith("aws:"):
            message = (
                "Your TagKey cannot be prefixed with aws:"
                if limit == MAX_OBJECT_TAGS
                else "System tags cannot be added/updated by requester"
            )
            raise AwsError("InvalidTag", message, members={"TagKey": key})
        checked[key] = value
    return checked


def tag_set(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags in the form of answers."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def _metadata(headers: Mapping[str, str]) -> dict[str, str]:
    metadata = {name.lower(): _decoded(value) for name, value in headers.items()}
    size = sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
    if size > _MAX_METADATA_BYTES:
        raise AwsError(
            "MetadataTooLarge",
            f"Your metadata headers exceed the maximum allowed metadata size: {size} of {_MAX_METADATA_BYTES} bytes",
        )
    return metadata


def _decoded(value: str) -> str:
    """Return a header's text: of the bytes that HTTP gives as Latin-1, or of RFC 2047's encoded words."""
    with_text = value
    with contextlib.suppress(UnicodeError):
        with_text = value.encode("latin-1").decode()
    if "=?" not in with_text or len(with_text) > 4 * _MAX_METADATA_BYTES:
        return with_text
    try:
        return str(make_header(decode_header(with_text)))
    except (LookupError, UnicodeError, ValueError):
        return with_text


def _encoded(value: str) -> str:
    return header_encode(value.encode(), "UTF-8")
