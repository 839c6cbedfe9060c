"""A training job's checkpoints: S3 objects that are copied into its folder before it runs, and back while it runs.

A file called ``….sagemaker-ignore`` is not copied, nor is a folder of that name: AWS's XGBoost container and debugger
write there what is not finished.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from local_aws.kernel.objects import Objects, split_uri
from local_aws.kernel.principals import acting_as
from local_aws.kernel.records import Record
from local_aws.kernel.work import Loop
from local_aws.services.sagemaker.jobs.job_store import SESSION

DEFAULT_PATH = "/opt/ml/checkpoints"
_IGNORED = ".sagemaker-ignore"
_SECONDS = 1.0
"""How often a running job's folder is looked at."""

_Version = tuple[int, int, int]


class Checkpoints:
    """The checkpoints of one job.

    Parameters
    ----------
    folder
        The place of ``CheckpointConfig.LocalPath``.
    """

    def __init__(self, objects: Objects, folder: Path, record: Record) -> None:
        self._objects = objects
        self._folder = folder
        self._uri = record["CheckpointConfig"]["S3Uri"].rstrip("/") + "/"
        self._role = record["RoleArn"]
        self._copied: dict[str, _Version] = {}

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Download the objects into the folder, and upload what is written there until the block has ended."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._objects.list(*split_uri(self._uri)):
            self._objects.download(self._uri, self._folder)
            self._copied = {key: version for key, version, _ in self._files()}
        loop = Loop("checkpoints", self._round, retry_seconds=_SECONDS, finishes=False)
        loop.start(asked=True)
        try:
            yield
        finally:
            loop.stop()
            self._copy()

    def _round(self) -> float:
        with acting_as(self._role, SESSION):
            self._copy()
        return _SECONDS

    def _copy(self) -> None:
        """Copy the files that are new or changed."""
        bucket, prefix = split_uri(self._uri)
        for path, version, file in self._files():
            if self._copied.get(path) != version:
                self._objects.put_file(bucket, prefix + path, file)
                self._copied[path] = version

    def _files(self) -> Iterator[tuple[str, _Version, Path]]:
        """Yield each file's path below the folder, its version, and a place to read it from until the next one.

        The job may exchange files for links at any time, so that each is opened without following any.
        """
        for folder, folders, names, folder_descriptor in os.fwalk(self._folder, follow_symlinks=False):
            folders[:] = sorted(name for name in folders if name != _IGNORED)
            for name in sorted(name for name in names if not name.endswith(_IGNORED)):
                with suppress(OSError):
                    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
                    descriptor = os.open(name, flags, dir_fd=folder_descriptor)
                    try:
                        status = os.fstat(descriptor)
                        if stat.S_ISREG(status.st_mode):
                            path = Path(folder, name).relative_to(self._folder).as_posix()
                            version = (status.st_ino, status.st_size, status.st_mtime_ns)
                            yield path, version, Path(f"/dev/fd/{descriptor}")
                    finally:
                        os.close(descriptor)
