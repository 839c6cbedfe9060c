"""Where the contents of objects lie on disk; no path here follows a symbolic link."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

_MAX_NAME_BYTES = 255
_BUCKETS, _ODD, _INCOMING, _PARTS = "buckets", "odd", "incoming", "parts"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Without waiting: somebody may have made a FIFO in a bucket's folder."""


class Layout:
    """Maps keys to files below a root.

    A key that a file system can hold lies at ``<root>/buckets/<bucket>/<key>``. S3 also allows keys that it cannot
    hold (``a`` beside ``a/b``, a trailing slash, ``..``, names past 255 bytes): those lie under ``<root>/odd`` by hash.
    Files are named by their path below the root.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in (_BUCKETS, _ODD, _INCOMING, _PARTS):
            (root / name).mkdir(parents=True, exist_ok=True)

    def bucket(self, bucket: str) -> Path:
        """Return the folder of a bucket, made when it is not there."""
        folder = self.root / _BUCKETS / bucket
        folder.mkdir(exist_ok=True)
        return folder

    def incoming(self) -> str:
        """Return a fresh file name for content that is still coming in."""
        return f"{_INCOMING}/{uuid.uuid4().hex}"

    def part(self) -> str:
        """Return a fresh file name for a part of an upload."""
        return f"{_PARTS}/{uuid.uuid4().hex}"

    def path(self, file: str) -> Path:
        """Return the path of a file."""
        return self.root / file

    def open(self, file: str) -> int:
        """Open a file for reading and return its descriptor; a link or no file raises `FileNotFoundError`."""
        try:
            with self._folder(file, make=False) as folder:
                descriptor = os.open(_name(file), _FILE, dir_fd=folder)
        except OSError as error:
            raise FileNotFoundError(f"no regular file {file}") from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise FileNotFoundError(f"no regular file {file}")
        return descriptor

    def status(self, file: str) -> os.stat_result | None:
        """Return size and times of a regular file; None if there is none."""
        try:
            with self._folder(file, make=False) as folder:
                status = os.stat(_name(file), dir_fd=folder, follow_symlinks=False)
        except OSError:
            return None
        return status if stat.S_ISREG(status.st_mode) else None

    def place_for(self, bucket: str, key: str) -> str:
        """Return the file for an object's content, and create its folder."""
        natural = _natural(bucket, key)
        if natural is not None:
            try:
                with self._folder(natural, make=True) as folder:
                    if not _is_folder(_name(natural), folder):
                        return natural
            except (FileExistsError, NotADirectoryError):
                pass
        return odd(bucket, key)

    def move(self, source: str, target: str) -> None:
        """Move a file to its place, atomically, over what was there; the folder is made again if it has gone."""
        with self._folder(target, make=True) as folder:
            os.replace(self.root / source, _name(target), dst_dir_fd=folder)

    def remove(self, file: str) -> None:
        """Remove a file, and the folders that it leaves empty: S3 has no folders."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), self._folder(file, make=False) as folder:
            os.unlink(_name(file), dir_fd=folder)
        parts = file.split("/")
        if parts[0] != _BUCKETS:
            return
        for depth in range(len(parts) - 1, 2, -1):
            parent = "/".join(parts[:depth])
            try:
                with self._folder(parent, make=False) as folder:
                    os.rmdir(_name(parent), dir_fd=folder)
            except OSError:
                return

    def remove_bucket(self, bucket: str) -> None:
        """Remove a bucket's folder with whatever engines left in it."""
        shutil.rmtree(self.root / _BUCKETS / bucket, ignore_errors=True)

    def visible(self, bucket: str) -> Iterator[tuple[str, str]]:
        """Yield key and file of everything below a bucket's folder that is an object.

        The hidden files of Hadoop are none, nor are symbolic links or names that are not Unicode.
        """
        base = self.bucket(bucket)
        for parent, folders, names in os.walk(base):
            folders[:] = sorted(name for name in folders if name != "_temporary")
            for name in sorted(names):
                key = (Path(parent) / name).relative_to(base).as_posix()
                if not (name.startswith(".") and name.endswith(".crc")) and _is_unicode(key):
                    file = f"{_BUCKETS}/{bucket}/{key}"
                    if self.status(file) is not None:
                        yield key, file

    def aside(self) -> Iterator[str]:
        """Yield every file that does not bear a key's own name: odd ones, parts, and what was still coming in."""
        for name in (_ODD, _PARTS, _INCOMING):
            for entry in os.scandir(self.root / name):
                yield f"{name}/{entry.name}"

    @contextlib.contextmanager
    def _folder(self, file: str, *, make: bool) -> Iterator[int]:
        """Open the folder of a file, link by link none of them symbolic; its descriptor is closed at the end."""
        descriptor = os.open(self.root, _FOLDER)
        try:
            for name in file.split("/")[:-1]:
                descriptor, outer = _opened(name, descriptor, make=make), descriptor
                os.close(outer)
            yield descriptor
        finally:
            os.close(descriptor)


def odd(bucket: str, key: str) -> str:
    """Return the file for the content of a key that a file system cannot hold."""
    return f"{_ODD}/{hashlib.sha256(f'{bucket}/{key}'.encode()).hexdigest()}"


def _natural(bucket: str, key: str) -> str | None:
    """Return the file that bears the key's own name; None when a file system cannot hold it."""
    if not _can_be_held(key.split("/")):
        return None
    return f"{_BUCKETS}/{bucket}/{key}"


def _can_be_held(names: Sequence[str]) -> bool:
    return not any(name in ("", ".", "..") or "\0" in name or len(name.encode()) > _MAX_NAME_BYTES for name in names)


def _opened(name: str, folder: int, *, make: bool) -> int:
    if make:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, dir_fd=folder)
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise
        raise NotADirectoryError(error.errno, "not a folder", name) from error


def _is_folder(name: str, folder: int) -> bool:
    try:
        return stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _name(file: str) -> str:
    return file.rpartition("/")[2]
