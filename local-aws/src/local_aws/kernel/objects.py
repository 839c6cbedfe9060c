"""S3 objects for the rest of the server: what they are, and how engines reach them. The service S3 keeps them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from local_aws.kernel.errors import AwsError

DEFAULT_TYPE = "binary/octet-stream"

_HOST = r"s3([.-][a-z0-9-]+)?\.amazonaws\.com(\.cn)?"
_WEB_ADDRESSES = (
    re.compile(rf"https://(?P<bucket>[a-z0-9][a-z0-9.-]+)\.{_HOST}/?(?P<key>.*)"),
    re.compile(rf"https://{_HOST}/(?P<bucket>[a-z0-9][a-z0-9.-]+)/?(?P<key>.*)"),
)
"""Source: "Methods for accessing an S3 bucket" of the S3 user guide, with the older ``s3-Region`` hosts."""


@dataclass(frozen=True)
class ObjectInfo:
    """An object."""

    bucket: str
    key: str
    size: int
    """Bytes."""
    etag: str
    """Without quotes."""
    last_modified: datetime
    """When it was put, UTC."""
    path: Path
    """The file that holds its content; read it, never write it."""


class Objects(Protocol):
    """The objects of every bucket; what names a bucket that does not exist raises ``NoSuchBucket``."""

    def require(self, bucket: str) -> None:
        """Check that a bucket exists."""

    def list(self, bucket: str, prefix: str = "") -> list[ObjectInfo]:
        """Return the objects whose key starts with `prefix`, by key."""

    def get(self, bucket: str, key: str) -> ObjectInfo:
        """Return an object, or raise ``NoSuchKey``."""

    def put_file(self, bucket: str, key: str, source: Path, content_type: str = DEFAULT_TYPE) -> ObjectInfo:
        """Copy a file into an object, replacing what was there."""

    def put_bytes(self, bucket: str, key: str, content: bytes, content_type: str = DEFAULT_TYPE) -> ObjectInfo:
        """Write bytes into an object, replacing what was there."""

    def delete(self, bucket: str, key: str) -> None:
        """Remove an object; one that does not exist is not an error, as in S3."""

    def download(self, uri: str, folder: Path) -> Sequence[Path]:
        """Copy an object, or all below a prefix, into a folder.

        Parameters
        ----------
        uri
            ``s3://bucket/key``: the object of that key if there is one, else every object whose key starts with it.
            What follows the prefix is kept as the path below `folder`; a prefix that is not a folder of keys counts
            up to its last slash.

        Raises
        ------
        AwsError
            ``ValidationException`` when nothing is there.
        """

    def upload(self, folder: Path, uri: str) -> Sequence[str]:
        """Put every file below a folder at ``<uri>/<path below the folder>``, and return the keys."""

    def bucket_folders(self) -> dict[str, Path]:
        """Return the folder of each bucket: where its objects lie under their own names."""

    def engine(self, role_arn: str, session: str, has_started: Callable[[], bool]) -> AbstractContextManager[None]:
        """Have the S3 calls of a role's session see what its engine writes once it has started, in the block."""

    def rescan(self, bucket: str) -> None:
        """Synchronize the bucket with its folder after an engine has written into the folder.

        Files that are new or changed become objects; objects whose file is gone are removed. Hidden files, such as
        the ``.crc`` files of Hadoop, are not objects.
        """


def split_uri(uri: str) -> tuple[str, str]:
    """Split ``s3://bucket/key``, or the HTTPS address of an object, into bucket and key; the key may be empty.

    Raises
    ------
    AwsError
        ``ValidationException`` when it is not an S3 URI.
    """
    for pattern in _WEB_ADDRESSES:
        if match := pattern.fullmatch(uri):
            return match["bucket"], unquote(match["key"])
    if not uri.startswith("s3://") or not uri[5:].partition("/")[0]:
        raise AwsError("ValidationException", f"{uri!r} is not an S3 URI; write s3://bucket/key")
    bucket, _, key = uri[5:].partition("/")
    return bucket, key
