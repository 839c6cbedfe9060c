"""Files of the jobs' tables at ``s3://`` and ``file://`` URIs: list, copy, mark and delete.

The Spark job moves its finished file with these, and not with Hadoop's classes behind ``spark._jvm``, which Glue does
not document. The module travels beside the jobs in ``--extra-py-files``. boto3 honours ``AWS_ENDPOINT_URL`` by itself.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
from botocore.exceptions import ClientError


def list_files(folder_uri: str) -> Iterator[str]:
    """Yield the URIs of the files below a folder, in no particular order; none if it does not exist."""
    if _is_local(folder_uri):
        yield from (f"file://{path}" for path in local_path(folder_uri).rglob("*") if path.is_file())
        return
    bucket, prefix = bucket_and_key(folder_uri)
    pages = s3_client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/")
    for page in pages:
        for entry in page.get("Contents", ()):
            yield f"s3://{bucket}/{entry['Key']}"


def copy_file(source_uri: str, target_uri: str, metadata: Mapping[str, str] | None = None) -> None:
    """Copy a file onto another in one atomic step, so that readers see the old file or the new one.

    Parameters
    ----------
    metadata
        Text to keep with the copy, ASCII and 2 KB at most: S3 user metadata, which is written in the same step, or a
        hidden file beside a local copy. By default S3 keeps the source's.
    """
    if _is_local(target_uri):
        target = local_path(target_uri)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")
        shutil.copyfile(local_path(source_uri), part)
        part.replace(target)
        if metadata is not None:
            _metadata_file(target).write_text(json.dumps(dict(metadata)))
        return
    source_bucket, source_key = bucket_and_key(source_uri)
    arguments = None if metadata is None else {"Metadata": dict(metadata), "MetadataDirective": "REPLACE"}
    source = {"Bucket": source_bucket, "Key": source_key}
    s3_client().copy(source, *bucket_and_key(target_uri), ExtraArgs=arguments)


def read_metadata(uri: str) -> dict[str, str] | None:
    """Return what `copy_file`, or whoever else wrote the file, keeps with it; None without a file, or without any."""
    if _is_local(uri):
        file = _metadata_file(local_path(uri))
        if not (local_path(uri).exists() and file.exists()):
            return None
        local: dict[str, str] = json.loads(file.read_text())
        return local
    bucket, key = bucket_and_key(uri)
    try:
        metadata: dict[str, str] = s3_client().head_object(Bucket=bucket, Key=key)["Metadata"]
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
            return None
        raise
    return metadata


def fetch_file(uri: str, destination: Path) -> None:
    """Copy a file to this machine's disk."""
    if _is_local(uri):
        shutil.copyfile(local_path(uri), destination)
        return
    s3_client().download_file(*bucket_and_key(uri), str(destination))


def create_empty_file(uri: str) -> None:
    """Create or replace a file that holds nothing, such as ``_SUCCESS``."""
    if _is_local(uri):
        local_path(uri).write_bytes(b"")
        return
    bucket, key = bucket_and_key(uri)
    s3_client().put_object(Bucket=bucket, Key=key, Body=b"")


def delete_folder(folder_uri: str) -> None:
    """Delete the files below a folder, if there are any."""
    if _is_local(folder_uri):
        shutil.rmtree(local_path(folder_uri), ignore_errors=True)
        return
    client = s3_client()
    for uri in list_files(folder_uri):
        bucket, key = bucket_and_key(uri)
        client.delete_object(Bucket=bucket, Key=key)


def bucket_and_key(uri: str) -> tuple[str, str]:
    """Split an ``s3://`` URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def local_path(uri: str) -> Path:
    """Return the path of a ``file://`` URI."""
    return Path(unquote(urlsplit(uri).path))


def s3_client() -> Any:
    """Return a client; each thread needs its own."""
    return boto3.client("s3")


def _metadata_file(target: Path) -> Path:
    return target.with_name(f".{target.name}.source.json")


def _is_local(uri: str) -> bool:
    return uri.startswith("file:")
