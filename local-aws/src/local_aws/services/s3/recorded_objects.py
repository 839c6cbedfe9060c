"""Objects that leave a line in the call log when a role or a user has them read or written, as S3's API would."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from local_aws.http.call_log import CallLog
from local_aws.kernel.objects import DEFAULT_TYPE, ObjectInfo
from local_aws.kernel.principals import SERVICE, principal
from local_aws.services.s3.objects import StoredObjects
from local_aws.services.s3.store import Store


class RecordedObjects(StoredObjects):
    """The objects of every bucket; the call log names whoever `acting_as` names as their caller.

    What Spark and DuckDB do with the files of a bucket they do by themselves, and it is not seen here.
    """

    def __init__(self, store: Store, call_log: CallLog) -> None:
        super().__init__(store)
        self._call_log = call_log

    def list(self, bucket: str, prefix: str = "") -> list[ObjectInfo]:
        """Record ListObjectsV2."""
        with self._recorded("ListObjectsV2", Bucket=bucket, Prefix=prefix):
            return super().list(bucket, prefix)

    def get(self, bucket: str, key: str) -> ObjectInfo:
        """Record GetObject: who asks for an object reads it."""
        with self._recorded("GetObject", Bucket=bucket, Key=key):
            return super().get(bucket, key)

    def put_file(self, bucket: str, key: str, source: Path, content_type: str = DEFAULT_TYPE) -> ObjectInfo:
        """Record PutObject."""
        with self._recorded("PutObject", Bucket=bucket, Key=key):
            return super().put_file(bucket, key, source, content_type)

    def put_bytes(self, bucket: str, key: str, content: bytes, content_type: str = DEFAULT_TYPE) -> ObjectInfo:
        """Record PutObject."""
        with self._recorded("PutObject", Bucket=bucket, Key=key):
            return super().put_bytes(bucket, key, content, content_type)

    def delete(self, bucket: str, key: str) -> None:
        """Record DeleteObject."""
        with self._recorded("DeleteObject", Bucket=bucket, Key=key):
            super().delete(bucket, key)

    def _recorded(self, operation: str, **request: str) -> AbstractContextManager[Any]:
        if principal() == SERVICE:
            return nullcontext()
        return self._call_log.record("s3", operation, request)
