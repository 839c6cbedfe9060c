"""The objects in S3's buckets, for the rest of the server.

What it does with them for a role or a user leaves the line in the call log that S3's API would leave.
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from local_aws.http.call_log import CallLog
from local_aws.http.checksums import Received
from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import DEFAULT_TYPE, ObjectInfo, Objects, split_uri
from local_aws.kernel.principals import SERVICE, principal
from local_aws.kernel.records import Record
from local_aws.services.s3.buckets import BucketRecords
from local_aws.services.s3.engines import Engines
from local_aws.services.s3.metadata import check_key
from local_aws.services.s3.store import Store, new_row


class StoredObjects(Objects):
    """The objects in a store of rows and files; the call log names whoever `acting_as` names as their caller.

    What Spark and DuckDB do with the files of a bucket they do by themselves, and it is not seen here.
    """

    def __init__(self, store: Store, call_log: CallLog) -> None:
        self.store = store
        self._call_log = call_log
        self.engines = Engines()
        self._buckets = BucketRecords(store.records)

    def require(self, bucket: str) -> None:
        self._buckets.require(bucket)

    def list(self, bucket: str, prefix: str = "") -> list[ObjectInfo]:
        with self._recorded("ListObjectsV2", Bucket=bucket, Prefix=prefix):
            self._buckets.require(bucket)
            return [self._info(row) for row in self.store.rows(bucket, prefix)]

    def get(self, bucket: str, key: str) -> ObjectInfo:
        with self._recorded("GetObject", Bucket=bucket, Key=key):
            self._buckets.require(bucket)
            row, descriptor = self.store.open(bucket, key)
            os.close(descriptor)
            return self._info(row)

    def put_file(self, bucket: str, key: str, source: Path, content_type: str = DEFAULT_TYPE) -> ObjectInfo:
        with self._recorded("PutObject", Bucket=bucket, Key=key), source.open("rb", buffering=0) as stream:
            return self._put(bucket, key, stream, content_type)

    def put_bytes(self, bucket: str, key: str, content: bytes, content_type: str = DEFAULT_TYPE) -> ObjectInfo:
        with self._recorded("PutObject", Bucket=bucket, Key=key):
            return self._put(bucket, key, io.BytesIO(content), content_type)

    def delete(self, bucket: str, key: str) -> None:
        with self._recorded("DeleteObject", Bucket=bucket, Key=key):
            self._buckets.require(bucket)
            self.store.delete(bucket, key)

    def download(self, uri: str, folder: Path) -> Sequence[Path]:
        bucket, key = split_uri(uri)
        objects = self.list(bucket, key)
        exact = [info for info in objects if info.key == key]
        chosen = exact or [info for info in objects if not info.key.endswith("/")]
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
        bucket, prefix = split_uri(uri)
        keys = []
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
            relative = path.relative_to(folder).as_posix()
            key = f"{prefix.rstrip('/')}/{relative}" if prefix else relative
            self.put_file(bucket, key, path)
            keys.append(key)
        return keys

    def bucket_folders(self) -> dict[str, Path]:
        return {name: self.store.layout.bucket(name) for name in self._buckets.names()}

    def engine(self, role_arn: str, session: str, has_started: Callable[[], bool]) -> AbstractContextManager[None]:
        return self.engines.running(role_arn, session, has_started)

    def rescan(self, bucket: str) -> None:
        self.store.rescan(bucket)

    def restore(self) -> None:
        """Synchronize rows and files when the server starts."""
        self.store.recover(self._buckets.names())

    def _put(self, bucket: str, key: str, stream: Any, content_type: str) -> ObjectInfo:
        self._buckets.require(bucket)
        check_key(key)
        received = Received({})
        file, content = self.store.write(stream, received)
        row = {**new_row(bucket, key, received), "Headers": {"ContentType": content_type}}
        return self._info(self.store.commit(row, file, content, lambda _current: self.require(bucket)))

    def _recorded(self, operation: str, **request: str) -> AbstractContextManager[Any]:
        return nullcontext() if principal() == SERVICE else self._call_log.record("s3", operation, request)

    def _info(self, row: Record) -> ObjectInfo:
        path = self.store.layout.path(row["File"])
        return ObjectInfo(row["Bucket"], row["Key"], row["Size"], row["ETag"], row["LastModified"], path)
