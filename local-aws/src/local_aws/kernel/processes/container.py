"""The container's file system contract, on a folder: the job's root, or where ``/opt/ml`` paths are rewritten to."""

from __future__ import annotations

import re
import shutil
import tarfile
from pathlib import Path

from local_aws.kernel.limits import MB

OPT_ML = "/opt/ml"
CONTAINER = "container"
"""The folder within a job's folder that stands for the container's root."""

_CONTAINER_PATH = re.compile(r"(?<![\w./-])/opt/ml(?![\w.-])")


class ContainerFolder:
    """The part of a job's folder that stands for a container's file system.

    Parameters
    ----------
    own_root
        Whether it is the root that the job sees.
    """

    def __init__(self, folder: Path, *, own_root: bool) -> None:
        self.folder = folder
        self.own_root = own_root
        self.root = folder / CONTAINER
        (self.root / "opt" / "ml").mkdir(parents=True, exist_ok=True)
        (self.root / "tmp").mkdir(exist_ok=True)

    def path(self, container_path: str) -> Path:
        """Return the local place of an ``/opt/ml`` path; another path raises `ValueError`."""
        if container_path != OPT_ML and not container_path.startswith(OPT_ML + "/"):
            raise ValueError(f"container path {container_path!r} is not below {OPT_ML}; use a path below it")
        path = self.root / container_path.lstrip("/")
        if ".." in path.parts:
            raise ValueError(f"container path {container_path!r} must not contain '..'")
        return path

    @property
    def environment(self) -> Path:
        """The Python environment that is the job's own."""
        return self.root / "opt" / "python"

    def inside(self, path: Path) -> str:
        """Return what the job calls one of its places."""
        return str(Path("/", path.relative_to(self.root)) if self.own_root else path)

    def rewrite(self, text: str) -> str:
        """Return an argument or variable as the job has to get it.

        A job without a root of its own gets the local place of each path below ``/opt/ml``. What merely ends like one,
        such as ``s3://bucket/opt/ml/x``, stays.
        """
        if self.own_root:
            return text
        return _CONTAINER_PATH.sub(lambda _: str(self.path(OPT_ML)), text)

    def remove(self) -> None:
        """Remove all that the job has left."""
        shutil.rmtree(self.root)


def make_tar(folder: Path, archive: Path, compresslevel: int = 9) -> None:
    """Pack a folder's content, sorted, into a gzipped tar."""
    with tarfile.open(archive, "w:gz", compresslevel=compresslevel) as tar:
        for entry in sorted(folder.iterdir()):
            tar.add(entry, arcname=entry.name)


def unpack_tar(archive: Path, folder: Path, most_bytes: int) -> None:
    """Unpack a gzipped tar with Python's data filter, which refuses links and paths that lead outside.

    `tarfile.TarError` says that it is damaged or not safe, or that its files are larger than `most_bytes` together.
    """
    folder.mkdir(parents=True, exist_ok=True)
    unpacked = 0

    def bounded(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
        nonlocal unpacked
        unpacked += member.size
        if unpacked > most_bytes:
            raise tarfile.TarError(
                f"it unpacks to more than {most_bytes // MB} MB, what a job may have on disk (LOCAL_AWS_JOB_DISK_MB)"
            )
        safe = tarfile.data_filter(member, path)
        # An archive's modes would count more than the umask, and open to others what is in the data folder.
        return safe if safe.mode is None else safe.replace(mode=safe.mode & 0o700, deep=False)

    with tarfile.open(archive, "r:gz") as tar:
        tar.extractall(folder, filter=bounded)  # noqa: S202 (the filter ends in Python's data filter)
