"""The deployment packages: zip files by function, checked on arrival and unpacked for each invocation."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import shutil
import threading
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import Objects
from local_aws.kernel.records import Record
from local_aws.services.lambda_.errors import invalid

MAX_UNPACKED_BYTES = 262_144_000
"""250 MB, the service's quota of an unpacked package."""
MAX_DIRECT_BYTES = 50 * 1024 * 1024
"""The service's quota of a package that a request carries."""
_TOO_LARGE = f"Unzipped size must be smaller than {MAX_UNPACKED_BYTES} bytes"
_DAMAGED = "Could not unzip uploaded file. Please check your file, then try to upload again."


class CodeStore:
    """Keeps each function's current package at ``<root>/<function>/<sha256>.zip``."""

    def __init__(self, objects: Objects, root: Path) -> None:
        self._objects = objects
        self._root = root
        self._lock = threading.Lock()

    def read(self, source: Mapping[str, Any]) -> bytes:
        """Return the zip file that a request names; it is whole, safe to unpack and not too large."""
        has_object = "S3Bucket" in source and "S3Key" in source
        if ("ZipFile" in source) == has_object:
            raise invalid("Please provide a source for function code: either ZipFile, or S3Bucket and S3Key")
        if has_object:
            content = self._object(source["S3Bucket"], source["S3Key"])
        else:
            content = bytes(source["ZipFile"])
            if len(content) > MAX_DIRECT_BYTES:
                raise AwsError(
                    "RequestTooLargeException", f"ZipFile has {len(content)} bytes; upload it to S3 instead", 413
                )
        _check(content)
        return content

    def put(self, name: str, content: bytes) -> Record:
        """Keep a package of a function and return what describes it; the earlier one stays until `keep_only`."""
        digest = hashlib.sha256(content).digest()
        path = self._path(name, digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        return {"CodeSha256": base64.b64encode(digest).decode(), "CodeSize": len(content)}

    def unpack(self, name: str, digest: str, folder: Path) -> None:
        """Unpack a package, or raise `FileNotFoundError` if another one has taken its place."""
        with self._lock:
            file = self._path(name, base64.b64decode(digest)).open("rb")
        with file, zipfile.ZipFile(file) as package:
            package.extractall(folder)

    def keep_only(self, name: str, digest: str) -> None:
        """Delete a function's packages except the current one."""
        current = self._path(name, base64.b64decode(digest))
        with self._lock:
            for path in current.parent.glob("*.zip"):
                if path != current:
                    path.unlink()

    def forget(self, name: str) -> None:
        """Delete the packages of a function that is deleted."""
        with self._lock:
            shutil.rmtree(self._root / name, ignore_errors=True)

    def _path(self, name: str, digest: bytes) -> Path:
        return self._root / name / f"{digest.hex()}.zip"

    def _object(self, bucket: str, key: str) -> bytes:
        try:
            package = self._objects.get(bucket, key)
        except AwsError as error:
            raise invalid(
                f"Error occurred while GetObject. S3 Error Code: {error.code}. S3 Error Message: {error.message}"
            ) from error
        if package.size > MAX_UNPACKED_BYTES:
            raise invalid(f"{_TOO_LARGE}; the zip file has {package.size}")
        return package.path.read_bytes()


def _check(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            members = package.infolist()
            too_large = sum(member.file_size for member in members) > MAX_UNPACKED_BYTES
            damaged = None if too_large else package.testzip()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise invalid(_DAMAGED) from error
    if damaged is not None:
        raise invalid(_DAMAGED)
    if not members:
        raise invalid("Uploaded file must be a non-empty zip")
    for member in members:
        path = PurePosixPath(member.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in member.filename:
            raise invalid(f"{_DAMAGED} (the member {member.filename!r} would leave the function's folder)")
    if too_large:
        raise invalid(_TOO_LARGE)
