"""Objects as rows and files that agree: each change takes effect at once, or not at all.

The row decides. It is written, with the name under which the content came in, before the content moves to its place;
a server that is killed in between moves it when it starts again.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

from local_aws.http.checksums import Received
from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import DEFAULT_TYPE
from local_aws.kernel.records import Record, Records, now
from local_aws.services.s3.content import FileStream, Written, discarded_on_failure, write, written
from local_aws.services.s3.layout import Layout

OBJECTS = "s3-key"
PARTS = "s3-part"
OBJECT_PARTS = "s3-key-parts"
_ATTEMPTS = 5


class Store:
    """The objects of every bucket.

    The lock is held while a row and the name of a file change, never while content is read or written.
    """

    def __init__(self, layout: Layout, records: Records) -> None:
        self.layout = layout
        self.records = records
        self.lock = threading.RLock()

    def row(self, bucket: str, key: str) -> Record | None:
        """Return an object's row, or None."""
        return self.records.get(OBJECTS, row_key(bucket, key))

    def write(self, stream: Any, received: Received, file: str | None = None) -> tuple[str, Written]:
        """Write incoming content into a file of its own; return the file and what it holds, or remove it."""
        with discarded_on_failure(self.layout.remove, file or self.layout.incoming()) as name:
            return name, write(stream, self.layout.path(name), received)

    def commit(
        self,
        row: Record,
        file: str,
        content: Written,
        allow: Callable[[Record | None], None] = lambda current: None,
        then: Callable[[], None] = lambda: None,
    ) -> Record:
        """Make incoming content an object, in place of what was there.

        Parameters
        ----------
        file
            The file with the content; it is moved, and removed if the object is not made.
        allow
            Looks at the present row, or None, and raises if the object is not to be put.
        then
            Changes further records, together with the row.
        """
        bucket, key = row["Bucket"], row["Key"]
        with self.lock, discarded_on_failure(self.layout.remove, file):
            current = self.row(bucket, key)
            allow(current)
            place = self.layout.place_for(bucket, key)
            new = {**_fresh(content), **row, "File": place, "Incoming": file}
            with self.records.together():
                self.records.put(OBJECTS, row_key(bucket, key), new)
                self._forget_parts(current)
                then()
            try:
                self.layout.move(file, place)
            except OSError:
                self._take_back(bucket, key, current)
                raise
            if current is not None and current["File"] != place:
                self.layout.remove(current["File"])
            return new

    def open(self, bucket: str, key: str) -> tuple[Record, int]:
        """Return an object's row and its file, opened, or raise ``NoSuchKey``.

        A file that a program has written into since becomes what the object is.
        """
        for _ in range(_ATTEMPTS):
            with self.lock:
                row = self.row(bucket, key)
                if row is None:
                    break
                try:
                    descriptor = self.layout.open(row["File"])
                except FileNotFoundError:
                    self.delete(bucket, key)
                    break
            content = written(descriptor)
            if (content.size, content.modified_ns) == (row["Size"], row["ModifiedNs"]):
                return row, descriptor
            os.close(descriptor)
            self.adopt(bucket, key, row["File"])
        raise no_such_key(key)

    def delete(self, bucket: str, key: str, allow: Callable[[Record | None], None] = lambda current: None) -> None:
        """Remove an object; one that does not exist is not an error."""
        with self.lock:
            current = self.row(bucket, key)
            allow(current)
            if current is None:
                return
            # The file first: without its row it would come back as an object when a killed server starts again.
            self.layout.remove(current["File"])
            with self.records.together():
                self.records.delete(OBJECTS, row_key(bucket, key))
                self._forget_parts(current)

    def change(self, bucket: str, key: str, change: Callable[[Record], None]) -> None:
        """Change an object's row in place, or raise ``NoSuchKey``."""
        with self.lock:
            try:
                self.records.update(OBJECTS, row_key(bucket, key), change)
            except KeyError:
                raise no_such_key(key) from None

    def adopt(self, bucket: str, key: str, file: str) -> None:
        """Make an object of a file that an engine left in its place; a file that has gone meanwhile is ignored."""
        received = Received({})
        try:
            descriptor = self.layout.open(file)
        except FileNotFoundError:
            return
        content = written(descriptor)
        stream = FileStream(descriptor, 0, content.size)
        try:
            for piece in stream:
                received.update(piece)
        except OSError:
            return
        finally:
            stream.close()
        with self.lock:
            status, current = self.layout.status(file), self.row(bucket, key)
            if status is None or (status.st_size, status.st_mtime_ns) != (content.size, content.modified_ns):
                return
            if current is not None and current["File"] == file and self._is_unchanged(current):
                return  # the object was put while its file was read
            row = {**new_row(bucket, key, received), "File": file, **_fresh(content)}
            with self.records.together():
                self._forget_parts(current)
                self.records.put(OBJECTS, row_key(bucket, key), row)

    def rescan(self, bucket: str) -> None:
        """Synchronize a bucket's rows with its folder after an engine has written into the folder."""
        rows = {row["Key"]: row for row in self.rows(bucket)}
        for key, file in self.layout.visible(bucket):
            row = rows.pop(key, None)
            if row is None or row["File"] != file or not self._is_unchanged(row):
                self.adopt(bucket, key, file)
                # The content that lay aside, where a folder had the key's name, is replaced.
                if row is not None and row["File"] != file:
                    self.layout.remove(row["File"])
        for key, row in rows.items():
            with self.lock:
                if self.layout.status(row["File"]) is None and self.row(bucket, key) == row:
                    self.delete(bucket, key)

    def rows(self, bucket: str, prefix: str = "") -> Iterator[Record]:
        """Yield the rows of a bucket, by the UTF-8 bytes of their keys."""
        start, end = row_key(bucket, prefix), after(row_key(bucket, prefix))
        while page := self.records.page(OBJECTS, start, end, 1000):
            yield from page
            start = row_key(bucket, page[-1]["Key"]) + "\0"

    def recover(self, buckets: list[str]) -> None:
        """Put right what a killed server left between row and file, without reading contents that did not change."""
        kept = {part["File"] for part in self.records.list(PARTS)}
        for row in self.records.list(OBJECTS):
            incoming = row.get("Incoming")
            if incoming and self.layout.status(incoming) is not None:
                self.layout.move(incoming, row["File"])
            if row["Bucket"] not in buckets or self.layout.status(row["File"]) is None:
                self.delete(row["Bucket"], row["Key"])
                continue
            kept.add(row["File"])
            if not self._is_unchanged(row):
                self.adopt(row["Bucket"], row["Key"], row["File"])
        for file in list(self.layout.aside()):
            if file not in kept:
                self.layout.remove(file)
        for bucket in buckets:
            self.rescan(bucket)

    def _is_unchanged(self, row: Record) -> bool:
        status = self.layout.status(row["File"])
        return status is not None and (status.st_size, status.st_mtime_ns) == (row["Size"], row["ModifiedNs"])

    def _take_back(self, bucket: str, key: str, current: Record | None) -> None:
        with contextlib.suppress(Exception):
            if current is None:
                self.records.delete(OBJECTS, row_key(bucket, key))
            else:
                self.records.put(OBJECTS, row_key(bucket, key), current)

    def _forget_parts(self, current: Record | None) -> None:
        if current is not None and current.get("UploadId"):
            self.records.delete(OBJECT_PARTS, current["UploadId"])


def new_row(bucket: str, key: str, received: Received) -> Record:
    """Return the row of an object with nothing but its content."""
    return {
        "Bucket": bucket,
        "Key": key,
        "ETag": received.md5,
        "Headers": {"ContentType": DEFAULT_TYPE},
        "Metadata": {},
        "Tags": {},
        "Encryption": {"ServerSideEncryption": "AES256"},
        "Checksum": received.checksum,
    }


def no_such_key(key: str) -> AwsError:
    """Return the error for an object that is not there."""
    return AwsError("NoSuchKey", "The specified key does not exist.", 404, {"Key": key})


def row_key(bucket: str, key: str) -> str:
    """Return the key of an object's record: rows lie in the order of a listing."""
    return f"{bucket}/{key}"


def after(prefix: str) -> str:
    """Return the first string, by UTF-8 bytes, after all that start with a prefix."""
    for index in range(len(prefix) - 1, -1, -1):
        following = ord(prefix[index]) + 1
        if following == 0xD800:  # surrogates are not characters
            following = 0xE000
        if following <= 0x10FFFF:
            return prefix[:index] + chr(following)
    raise ValueError(f"nothing comes after {prefix!r}")


def _fresh(content: Written) -> Record:
    return {"Size": content.size, "ModifiedNs": content.modified_ns, "LastModified": now()}
