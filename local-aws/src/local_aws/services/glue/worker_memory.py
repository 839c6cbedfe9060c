"""How much heap a job's Spark gets: what its worker type has on Glue, within what jobs may use here."""

from __future__ import annotations

from typing import Final

from local_aws.kernel.limits import MB, Limits
from local_aws.kernel.records import Record

_DEFAULT: Final = "G.1X"
_HEAP_GB: Final = {
    "Standard": 5,
    "G.025X": 1,
    "G.1X": 10,
    "G.2X": 20,
    "G.4X": 40,
    "G.8X": 80,
    "G.12X": 120,
    "G.16X": 160,
    "R.1X": 20,
    "R.2X": 40,
    "R.4X": 80,
    "R.8X": 160,
}
"""``spark.executor.memory`` of the worker types: about five eighths of a worker's memory."""
_LEAST_MB: Final = 512


def worker_type(job: Record, run: Record) -> str:
    """Return the worker type of a run: its own, its job's, or Glue's default."""
    return str(run.get("WorkerType") or job.get("WorkerType") or _DEFAULT)


def heap_mb(worker: str, limits: Limits) -> int:
    """Return the megabytes of heap that Spark gets.

    One JVM does the work of all workers. Two thirds of what a job may use are its heap at most: Python, threads and
    buffers need the rest.
    """
    wanted = _HEAP_GB.get(worker, _HEAP_GB[_DEFAULT]) * 1024
    return max(_LEAST_MB, min(wanted, limits.job_memory * 2 // 3 // MB))
