"""Where an object's content lies on disk."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from pathlib import Path

_LONGEST_NAME = 200


class Layout:
    """Maps keys to files below a root.

    A key that a file system can hold lies at ``<root>/buckets/<bucket>/<key>``. S3 also allows keys that it cannot
    hold (``a`` beside ``a/b``, a trailing slash, ``..``, names past 255 bytes): those lie under ``<root>/odd`` by hash.

    Parameters
    ----------
    root
        Folder of the object store.
    """

    def __init__(self, root: Path) -> None:
        self._buckets = root / "buckets"
        self._odd = root / "odd"
        self._incoming = root / "incoming"
        self._parts = root / "parts"
        # What was still coming in when a server ended was never acknowledged.
        shutil.rmtree(self._incoming, ignore_errors=True)
        for folder in (self._buckets, self._odd, self._incoming, self._parts):
            folder.mkdir(parents=True, exist_ok=True)

    def bucket(self, bucket: str) -> Path:
        """Give the folder of a bucket, made when it is not there."""
        folder = self._buckets / bucket
        folder.mkdir(exist_ok=True)
        return folder

    def incoming(self) -> Path:
        """Give a fresh path, on the same file system, to write content to before it takes its place."""
        return self._incoming / uuid.uuid4().hex

    def place_part(self, source: Path) -> Path:
        """Move the content of an upload part to where it waits for the rest."""
        return source.replace(self._parts / source.name)

    def natural(self, bucket: str, key: str) -> Path | None:
        """Give the path that bears the key's own name; None when a file system cannot hold it."""
        parts = key.split("/")
        if any(part in ("", ".", "..") or len(part.encode()) > _LONGEST_NAME or "\0" in part for part in parts):
            return None
        return self._buckets / bucket / key

    def place(self, source: Path, bucket: str, key: str) -> Path:
        """Move content to where the key's content belongs, replacing what was there, atomically.

        Returns
        -------
        Path
            The file that now holds the content.
        """
        odd = self._odd / hashlib.sha256(f"{bucket}/{key}".encode()).hexdigest()
        target = self.natural(bucket, key)
        if target is not None:
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                source.replace(target)
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                target = None
            else:
                odd.unlink(missing_ok=True)
                return target
        source.replace(odd)
        return odd

    def remove(self, path: Path) -> None:
        """Remove an object's file, and the folders that it leaves empty: S3 has no folders."""
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder.parent == self._buckets or self._buckets not in folder.parents:
                return
            try:
                folder.rmdir()
            except OSError:
                return

    def remove_bucket(self, bucket: str) -> None:
        """Remove a bucket's folder with whatever engines left in it."""
        shutil.rmtree(self._buckets / bucket, ignore_errors=True)
