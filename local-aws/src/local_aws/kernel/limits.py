"""What jobs and queries may use: defaults from the machine, each changed by an environment variable of the server."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local_aws.kernel.errors import StartError

MB: Final = 1024 * 1024
_LEAST_JOB_MB: Final = 256
"""What an interpreter with pandas and boto3 needs: a smaller limit would fail every job."""
_LEAST_QUERY_MB: Final = 64
_CGROUP_LIMITS: Final = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


@dataclass(frozen=True)
class Limits:
    """What one job or query may use."""

    job_memory: int
    job_disk: int
    job_log: int
    """Bytes of memory of a job's processes together, of its folder, and of its log."""
    query_memory: int
    query_disk: int
    """Bytes that a query works with in memory, and spills to disk."""
    query_result: int
    query_rows: int
    """Bytes and rows of a query's result."""
    query_seconds: int

    @classmethod
    def of_machine(cls, folder: Path, environment: Mapping[str, str] = os.environ) -> Limits:
        """Return the limits that the environment sets, and for the rest shares of this machine.

        Parameters
        ----------
        environment
            ``LOCAL_AWS_JOB_MEMORY_MB`` and the like, whole numbers; see ``docs/local-aws.md``.
        """
        memory, disk = machine_memory(), shutil.disk_usage(folder).free

        def setting(name: str, default: int, least: int = 1) -> int:
            return _setting(environment, f"LOCAL_AWS_{name}", max(default, least), least)

        return cls(
            job_memory=setting("JOB_MEMORY_MB", memory * 3 // 4 // MB, _LEAST_JOB_MB) * MB,
            job_disk=setting("JOB_DISK_MB", disk // 2 // MB) * MB,
            job_log=setting("JOB_LOG_MB", 32) * MB,
            query_memory=setting("QUERY_MEMORY_MB", max(1024, memory // 8 // MB), _LEAST_QUERY_MB) * MB,
            query_disk=setting("QUERY_DISK_MB", min(10 * 1024, disk // 8 // MB)) * MB,
            query_result=setting("QUERY_RESULT_MB", min(10 * 1024, disk // 8 // MB)) * MB,
            query_rows=setting("QUERY_ROWS", 100_000_000),
            query_seconds=setting("QUERY_SECONDS", 1800),
        )


def machine_memory() -> int:
    """Return the bytes of memory that this machine, or the container that this process is in, has."""
    sizes = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in _CGROUP_LIMITS:
        with contextlib.suppress(OSError, ValueError):  # "max" says that there is no limit
            sizes.append(int(path.read_text()))
    return min(sizes)


def _setting(environment: Mapping[str, str], name: str, default: int, least: int) -> int:
    text = environment.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 12 or int(text) < least:
        raise StartError(f"{name} must be a whole number, {least} at least; got {text!r}")
    return int(text)
