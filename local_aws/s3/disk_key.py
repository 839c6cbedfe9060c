"""moto's S3 object with its content in a file.

`DiskKey` takes the place of moto's `FakeKey`, whose content lives in a spooled temporary file that dies with the
process. Everything else of an object (metadata, tags, checksums) stays moto's.
"""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any, ClassVar

from moto.s3 import models as moto_s3

from local_aws.s3.layout import Layout

_CHUNK_BYTES = 1 << 20


class DiskKey(moto_s3.FakeKey):
    """An object, or a part of a multipart upload, whose content is a file."""

    layout: ClassVar[Layout]

    @classmethod
    def install(cls, layout: Layout) -> None:
        """Make moto keep every object from now on in files of this layout."""
        cls.layout = layout
        moto_s3.FakeKey = cls

    @classmethod
    def adopt(cls, bucket: str, key: str, content: Path, account_id: str, region: str) -> DiskKey:
        """Make an object of a file that already lies in its place."""
        adopted = cls(key, b"", account_id, region, bucket_name=bucket, etag=md5_of(content), _place=content)
        adopted.contentsize = content.stat().st_size
        return adopted

    def __init__(self, *args: Any, _place: Path | None = None, **kwargs: Any) -> None:
        self.path = _place
        self._etag: str | None = None
        self._adopting = _place is not None
        super().__init__(*args, **kwargs)
        self._value_buffer.close()
        self._adopting = False

    @property
    def value(self) -> bytes:
        """The whole content."""
        return self.file().read_bytes()

    @value.setter
    def value(self, new_value: bytes) -> None:
        if self._adopting:
            return
        content = new_value.encode() if isinstance(new_value, str) else new_value
        incoming = self.layout.incoming()
        incoming.write_bytes(content)
        if self.bucket_name is None:
            self.path = self.layout.place_part(incoming)
        else:
            self.path = self.layout.place(incoming, self.bucket_name, str(self.name))
        self.contentsize = len(content)
        if self._etag is None:
            self._etag = hashlib.md5(content, usedforsecurity=False).hexdigest()

    @property
    def etag(self) -> str:
        """The quoted ETag."""
        return f'"{self._etag}"'

    def dispose(self, garbage: bool = False) -> None:
        """Remove the file of an upload part; an object's file goes when `Objects` sees the deletion.

        An overwritten object is disposed of after its successor took its file, so the name says nothing then.
        """
        if self.bucket_name is None and self.path is not None:
            self.path.unlink(missing_ok=True)
        if self.multipart is not None:
            self.multipart.dispose()
        self.disposed = True

    def __del__(self) -> None:
        """Leave the files alone: moto would dispose of what is merely no longer referenced."""

    def __getstate__(self) -> dict[str, Any]:
        state = {name: value for name, value in self.__dict__.items() if name not in ("_value_buffer", "lock")}
        return {**state, "path": str(self.file())}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, path=Path(state["path"]))
        self.lock = threading.Lock()

    def file(self) -> Path:
        """Give the file that holds the content."""
        if self.path is None:
            raise FileNotFoundError(f"object {self.bucket_name}/{self.name} has no file")
        return self.path


def md5_of(path: Path) -> str:
    """Give the MD5 of a file, in hex: the ETag of an object that was put in one piece."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
