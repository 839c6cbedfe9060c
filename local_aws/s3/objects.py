"""S3 objects for the rest of the server: list, read, write, and keep the durable index of them."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moto.s3.models import FakeBucket, s3_backends

from local_aws.context import ACCOUNT_ID
from local_aws.errors import AwsError
from local_aws.records import Record, Records
from local_aws.s3.disk_key import DiskKey
from local_aws.s3.layout import Layout
from local_aws.s3.object_rows import is_unchanged, key_of, row_of

KIND = "s3-object"
BUCKET_SETTINGS = "s3-bucket-settings"


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
    layout
        Where contents lie.
    records
        Where each object's row is kept.
    region
        The region that buckets are in.
    """

    def __init__(self, layout: Layout, records: Records, region: str) -> None:
        self._layout = layout
        self._records = records
        self._region = region
        self._backend = s3_backends[ACCOUNT_ID]["aws"]
        self._lock = threading.RLock()

    def require(self, bucket: str) -> None:
        """Check that there is a bucket.

        Raises
        ------
        AwsError
            ``NoSuchBucket``.
        """
        self._bucket(bucket)

    def list(self, bucket: str, prefix: str = "") -> list[ObjectInfo]:
        """Give the objects whose key starts with `prefix`, by key.

        Raises
        ------
        AwsError
            ``NoSuchBucket``.
        """
        keys = self._bucket(bucket).keys
        found = [(name, key) for name, key in list(keys.items()) if name.startswith(prefix)]
        return [_info(bucket, name, key) for name, key in sorted(found)]

    def get(self, bucket: str, key: str) -> ObjectInfo:
        """Give one object.

        Raises
        ------
        AwsError
            ``NoSuchBucket`` or ``NoSuchKey``.
        """
        found = self._bucket(bucket).keys.get(key)
        if found is None:
            raise AwsError("NoSuchKey", f"there is no object s3://{bucket}/{key}", 404)
        return _info(bucket, key, found)

    def put_file(self, bucket: str, key: str, source: Path, content_type: str = "binary/octet-stream") -> ObjectInfo:
        """Copy a file into an object, replacing what was there."""
        self._bucket(bucket)
        incoming = self._layout.incoming()
        shutil.copyfile(source, incoming)
        return self._put(bucket, key, incoming, content_type)

    def put_bytes(self, bucket: str, key: str, content: bytes, content_type: str = "binary/octet-stream") -> ObjectInfo:
        """Write bytes into an object, replacing what was there."""
        self._bucket(bucket)
        incoming = self._layout.incoming()
        incoming.write_bytes(content)
        return self._put(bucket, key, incoming, content_type)

    def delete(self, bucket: str, key: str) -> None:
        """Remove an object; one that is not there is no error, as in S3."""
        self._remove(bucket, key)

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
        """Put every file below a folder at ``<uri>/<path below the folder>``; give the keys."""
        bucket, prefix = split_uri(uri)
        keys = []
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
            relative = path.relative_to(folder).as_posix()
            key = f"{prefix.rstrip('/')}/{relative}" if prefix else relative
            self.put_file(bucket, key, path)
            keys.append(key)
        return keys

    def bucket_folders(self) -> dict[str, Path]:
        """Give the folder of each bucket: where its objects lie under their own names."""
        return {name: self._layout.bucket(name) for name in self._backend.buckets}

    def rescan(self, bucket: str) -> None:
        """Bring bucket and folder together after an engine wrote into the folder.

        Files that are new or changed become objects; objects whose file is gone are removed. Hidden files, such as
        the ``.crc`` files of Hadoop, are no objects.
        """
        folder = self._layout.bucket(bucket)
        with self._lock:
            rows = {row["Key"]: row for row in self._records.list(KIND) if row["Bucket"] == bucket}
            seen = set()
            for path in _visible_files(folder):
                key = path.relative_to(folder).as_posix()
                seen.add(key)
                row = rows.get(key)
                # Another engine may take a file away while we look.
                with contextlib.suppress(FileNotFoundError):
                    if row is None or not is_unchanged(row, path):
                        self._adopt(bucket, key, path)
            for key, row in rows.items():
                if key not in seen and not Path(row["Path"]).exists():
                    self._remove(bucket, key)

    def remember(self, bucket: str, key: str) -> None:
        """Make the row of an object that moto has just put or changed durable."""
        with self._lock:
            found = self._bucket(bucket).keys.get(key)
            if not isinstance(found, DiskKey):
                return
            if found.multipart is not None:
                # The parts are in the object now; moto would keep them as long as the object.
                found.multipart.dispose()
                found.multipart = None
            self._records.put(KIND, f"{bucket}/{key}", row_of(bucket, key, found, self._tags_of(found)))

    def forget(self, bucket: str, key: str) -> None:
        """Remove row and file of an object that moto has just deleted."""
        with self._lock:
            row = self._records.get(KIND, f"{bucket}/{key}")
            if row is not None and key not in self._bucket(bucket).keys:
                self._layout.remove(Path(row["Path"]))
                self._records.delete(KIND, f"{bucket}/{key}")

    def forget_bucket(self, bucket: str) -> None:
        """Remove folder and settings of a bucket that moto has just deleted."""
        with self._lock:
            self._layout.remove_bucket(bucket)
            self._records.delete(BUCKET_SETTINGS, bucket)

    def restore(self) -> None:
        """Put the objects back into moto's buckets at start; the files decide where they differ from the rows."""
        with self._lock:
            for row in self._records.list(KIND):
                bucket = self._backend.buckets.get(row["Bucket"])
                path = Path(row["Path"])
                if bucket is None or not path.exists():
                    self._records.delete(KIND, f"{row['Bucket']}/{row['Key']}")
                elif is_unchanged(row, path):
                    bucket.keys[row["Key"]] = self._restored(row, path)
                else:
                    self._adopt(row["Bucket"], row["Key"], path)
            for name in self._backend.buckets:
                self.rescan(name)

    def _bucket(self, bucket: str) -> FakeBucket:
        found = self._backend.buckets.get(bucket)
        if found is None:
            raise AwsError("NoSuchBucket", f"there is no bucket {bucket!r}", 404)
        return found

    def _put(self, bucket: str, key: str, incoming: Path, content_type: str) -> ObjectInfo:
        with self._lock:
            place = self._layout.place(incoming, bucket, key)
            self._adopt(bucket, key, place, content_type)
            return _info(bucket, key, self._bucket(bucket).keys[key])

    def _remove(self, bucket: str, key: str) -> None:
        with self._lock:
            keys = self._bucket(bucket).keys
            if key in keys:
                keys.pop(key)
            self.forget(bucket, key)

    def _tags_of(self, found: DiskKey) -> dict[str, str]:
        return dict(self._backend.tagger.get_tag_dict_for_resource(found.arn))

    def _restored(self, row: Record, path: Path) -> DiskKey:
        key = key_of(row, path, self._region)
        if row["Tags"]:
            self._backend.tagger.tag_resource(
                key.arn, [{"Key": name, "Value": value} for name, value in row["Tags"].items()]
            )
        return key

    def _adopt(self, bucket: str, key: str, path: Path, content_type: str = "binary/octet-stream") -> None:
        adopted = DiskKey.adopt(bucket, key, path, ACCOUNT_ID, self._region)
        adopted.set_metadata({"Content-Type": content_type})
        self._bucket(bucket).keys.setlist(key, [adopted])
        self.remember(bucket, key)


def _info(bucket: str, name: str, key: Any) -> ObjectInfo:
    return ObjectInfo(bucket, name, key.size, key.etag.strip('"'), key.last_modified.replace(tzinfo=UTC), key.path)


def _visible_files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "_temporary")
        for name in sorted(names):
            if not (name.startswith(".") and name.endswith(".crc")):
                yield Path(parent) / name
