"""S3 objects for the rest of the server: list, read and write them, and bring them together with what engines did."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.s3.buckets import BucketRecords
from local_aws.services.s3.checksums import Received
from local_aws.services.s3.metadata import check_key
from local_aws.services.s3.store import DEFAULT_TYPE, Store, new_row


@dataclass(frozen=True)
class ObjectInfo:
    """One object.

    Parameters
    ----------
    bucket, key
        Its name.
    size
        Bytes.
    etag
        Without quotes.
    last_modified
        When it was put, UTC.
    path
        The file that holds its content; read it, never write it.
    """

    bucket: str
    key: str
    size: int
    etag: str
    last_modified: datetime
    path: Path


def split_uri(uri: str) -> tuple[str, str]:
    """Split ``s3://bucket/key`` into bucket and key; the key may be empty.

    Raises
    ------
    AwsError
        ``ValidationException`` when it is no S3 URI.
    """
    if not uri.startswith("s3://") or not uri[5:].partition("/")[0]:
        raise AwsError("ValidationException", f"{uri!r} is no S3 URI; write s3://bucket/key")
    bucket, _, key = uri[5:].partition("/")
    return bucket, key


class Objects:
    """The objects of every bucket.

    Parameters
    ----------
    store
        Rows and files.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._buckets = BucketRecords(store.records)

    def require(self, bucket: str) -> None:
        """Check that there is a bucket.

        Raises
        ------
        AwsError
            ``NoSuchBucket``.
        """
        self._buckets.require(bucket)

    def list(self, bucket: str, prefix: str = "") -> list[ObjectInfo]:
        """Return the objects whose key starts with `prefix`, by key.

        Raises
        ------
        AwsError
            ``NoSuchBucket``.
        """
        self._buckets.require(bucket)
        return [self._info(row) for row in self.store.rows(bucket, prefix)]

    def get(self, bucket: str, key: str) -> ObjectInfo:
        """Return one object.

        Raises
        ------
        AwsError
            ``NoSuchBucket`` or ``NoSuchKey``.
        """
        self._buckets.require(bucket)
        row, descriptor = self.store.open(bucket, key)
        os.close(descriptor)
        return self._info(row)

    def put_file(self, bucket: str, key: str, source: Path, content_type: str = DEFAULT_TYPE) -> ObjectInfo:
        """Copy a file into an object, replacing what was there."""
        with source.open("rb", buffering=0) as stream:
            return self._put(bucket, key, stream, content_type)

    def put_bytes(self, bucket: str, key: str, content: bytes, content_type: str = DEFAULT_TYPE) -> ObjectInfo:
        """Write bytes into an object, replacing what was there."""
        return self._put(bucket, key, io.BytesIO(content), content_type)

    def delete(self, bucket: str, key: str) -> None:
        """Remove an object; one that is not there is no error, as in S3."""
        self._buckets.require(bucket)
        self.store.delete(bucket, key)

    def download(self, uri: str, folder: Path) -> Sequence[Path]:
        """Copy an object, or all below a prefix, into a folder.

        Parameters
        ----------
        uri
            ``s3://bucket/key``: the one object of that key if there is one, else every object whose key starts
            with it. What follows the prefix is kept as the path below `folder`; a prefix that is no folder of keys
            counts up to its last slash.

        Raises
        ------
        AwsError
            ``ValidationException`` when nothing is there.
        """
        bucket, key = split_uri(uri)
        found = self.list(bucket, key)
        exact = [info for info in found if info.key == key]
        chosen = exact or [info for info in found if not info.key.endswith("/")]
        if not chosen:
            raise AwsError("ValidationException", f"no object at or below {uri}; check bucket and prefix")
        folder_key = key.rstrip("/")
        is_folder = any(info.key.startswith(f"{folder_key}/") for info in chosen)
        base = folder_key if is_folder else key.rpartition("/")[0]
        copied = []
        for info in chosen:
            target = folder / info.key[len(base) :].lstrip("/")
            if not target.resolve().is_relative_to(folder.resolve()):
                raise AwsError("ValidationException", f"object key {info.key!r} leads out of the job folder")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.get(bucket, info.key).path, target)
            copied.append(target)
        return copied

    def upload(self, folder: Path, uri: str) -> Sequence[str]:
        """Put every file below a folder at ``<uri>/<path below the folder>``; return the keys."""
        bucket, prefix = split_uri(uri)
        keys = []
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
            relative = path.relative_to(folder).as_posix()
            key = f"{prefix.rstrip('/')}/{relative}" if prefix else relative
            self.put_file(bucket, key, path)
            keys.append(key)
        return keys

    def bucket_folders(self) -> dict[str, Path]:
        """Return the folder of each bucket: where its objects lie under their own names."""
        return {name: self.store.layout.bucket(name) for name in self._buckets.names()}

    def rescan(self, bucket: str) -> None:
        """Bring bucket and folder together after an engine wrote into the folder.

        Files that are new or changed become objects; objects whose file is gone are removed. Hidden files, such as
        the ``.crc`` files of Hadoop, are no objects.
        """
        self.store.rescan(bucket)

    def restore(self) -> None:
        """Bring rows and files together when the server starts."""
        self.store.recover(self._buckets.names())

    def _put(self, bucket: str, key: str, stream: Any, content_type: str) -> ObjectInfo:
        self._buckets.require(bucket)
        check_key(key)
        received = Received({})
        file, content = self.store.write(stream, received)
        row = {**new_row(bucket, key, received), "Headers": {"ContentType": content_type}}
        return self._info(self.store.commit(row, file, content, lambda _current: self.require(bucket)))

    def _info(self, row: Record) -> ObjectInfo:
        path = self.store.layout.path(row["File"])
        return ObjectInfo(row["Bucket"], row["Key"], row["Size"], row["ETag"], row["LastModified"], path)
