"""Archives that depend on names and contents alone: no times, no owners, sorted."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

_EXCLUDED_FOLDERS = frozenset({"__pycache__", "tests"})
_EXCLUDED_SUFFIXES = frozenset({".pyc", ".pyo"})


def read_folder(name: str, source: Path) -> dict[str, bytes]:
    """Read a folder's code, without caches, tests and hidden files, by POSIX path in sorted order.

    Raises
    ------
    FileNotFoundError
        The folder holds no code.
    """
    paths = (path for path in source.rglob("*") if path.is_file() and _is_code(path.relative_to(source)))
    files = {path.relative_to(source).as_posix(): path.read_bytes() for path in paths}
    if not files:
        raise FileNotFoundError(f"code asset {name!r}: no files in {source}; run from a complete checkout")
    return dict(sorted(files.items()))


def digest_of(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of the files' tar, uncompressed: compressed bytes differ between builds of zlib."""
    return hashlib.sha256(_tar(files)).hexdigest()


def gzipped_tar_of(files: Mapping[str, bytes]) -> bytes:
    """Pack files into a gzipped tar."""
    return gzip.compress(_tar(files), mtime=0)


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """Pack files into a zip, uncompressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for path, body in sorted(files.items()):
            member = zipfile.ZipInfo(path)  # 1 January 1980
            member.external_attr = 0o644 << 16
            packed.writestr(member, body)
    return buffer.getvalue()


def _is_code(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return not hidden and _EXCLUDED_FOLDERS.isdisjoint(path.parts) and path.suffix not in _EXCLUDED_SUFFIXES


def _tar(files: Mapping[str, bytes]) -> bytes:
    """Pack files into a tar that depends on names and contents only."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, body in sorted(files.items()):
            member = tarfile.TarInfo(path)  # time 0, owner 0, no names
            member.size = len(body)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(body))
    return buffer.getvalue()
