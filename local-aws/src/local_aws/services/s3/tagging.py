"""Tags of objects."""

from __future__ import annotations

from local_aws.kernel.context import Answer, Handler, Request
from local_aws.services.s3.buckets import BucketRecords
from local_aws.services.s3.metadata import MAX_OBJECT_TAGS, check_key, checked_tags, tag_set
from local_aws.services.s3.store import Store, no_such_key


class TagOperations:
    """The operations on the tags of objects."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._buckets = BucketRecords(store.records)

    @property
    def operations(self) -> dict[str, Handler]:
        """The handlers, by operation."""
        return {
            "DeleteObjectTagging": lambda request: self._tag(request, {}),
            "GetObjectTagging": self._tags,
            "PutObjectTagging": self._put,
        }

    def _put(self, request: Request) -> Answer:
        return self._tag(request, checked_tags(request["Tagging"]["TagSet"], MAX_OBJECT_TAGS))

    def _tags(self, request: Request) -> Answer:
        self._check(request)
        row = self._store.row(request["Bucket"], request["Key"])
        if row is None:
            raise no_such_key(request["Key"])
        return {"TagSet": tag_set(row["Tags"])}

    def _tag(self, request: Request, tags: dict[str, str]) -> Answer:
        self._check(request)
        self._store.change(request["Bucket"], request["Key"], lambda row: row.update(Tags=tags))
        return {}

    def _check(self, request: Request) -> None:
        self._buckets.require(request["Bucket"])
        check_key(request["Key"])
