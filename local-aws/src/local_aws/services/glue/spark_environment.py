"""What makes an unmodified Spark script run here: its ``s3://`` URIs, a small JVM, and nothing outside the job folder.

Hadoop's own ``ViewFileSystemOverloadScheme`` mounts each bucket's folder under ``s3://<bucket>``. The settings reach
Spark through ``PYSPARK_SUBMIT_ARGS``, so that a script that merely asks for a session gets them; what the script itself
sets wins.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local_aws.kernel.limits import MB, Limits
from local_aws.kernel.records import Record
from local_aws.services.glue.class_archive import ClassArchive
from local_aws.services.glue.java import Java

_VIEW_FILE_SYSTEM = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"

_DEFAULTS = {
    "spark.master": "local[2]",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    # A laptop's data is small: 200 shuffle tasks of a few rows each would cost more than the work itself.
    "spark.sql.shuffle.partitions": "2",
    "spark.hadoop.fs.s3.impl": _VIEW_FILE_SYSTEM,
    "spark.hadoop.fs.s3a.impl": _VIEW_FILE_SYSTEM,
    # Hadoop's default names a committer of the S3A connector, which is not there and not needed.
    "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a": (
        "org.apache.hadoop.mapreduce.lib.output.FileOutputCommitterFactory"
    ),
    # What is written into bucket folders is the owner's only; Hadoop keeps to this in place of the process's umask.
    "spark.hadoop.fs.permissions.umask-mode": "077",
    # Without checksum files: an object that an S3 client replaces would not match the one Spark left beside it.
    "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
    "spark.hadoop.fs.AbstractFileSystem.file.impl": "org.apache.hadoop.fs.local.RawLocalFs",
}
_JVM_OPTIONS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Duser.timezone=UTC")
"""For runs of seconds: no parallel collector's threads, no optimising compiler that pays off after minutes."""
_END_OF_HEAP = "-XX:+ExitOnOutOfMemoryError"
"""Else a JVM without memory goes on for minutes, and what is read of it in the end is a refused connection."""

_DEFAULT_WORKER: Final = "G.1X"
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


@dataclass(frozen=True)
class SparkFolders:
    """Where one job's Spark keeps what it needs while it runs."""

    root: Path

    @property
    def properties(self) -> Path:
        """The settings file."""
        return self.root / "spark-defaults.conf"

    @property
    def scratch(self) -> Path:
        """Shuffle files and blocks; Spark makes it, so it is there only if a session was started."""
        return self.root / "scratch"

    @property
    def session_started(self) -> bool:
        """True when the script started a Spark session, and so may have written into bucket folders."""
        return self.scratch.exists()


def spark_environment(
    folders: SparkFolders,
    buckets: Mapping[str, Path],
    java: Java,
    archive: ClassArchive,
    heap_mb: int,
    settings: Mapping[str, str],
) -> dict[str, str]:
    """Write the settings of one job's Spark and return the variables that point Spark at them.

    Parameters
    ----------
    archive
        Classes ready to be mapped, if they have been made.
    settings
        The job's own settings (``--conf``), which win over those of this module.

    Returns
    -------
    dict
        Environment variables for the script's process.
    """
    folders.root.mkdir(parents=True, exist_ok=True)
    options = [
        *_JVM_OPTIONS,
        _END_OF_HEAP,
        *archive.driver_options(),
        f"-Dderby.system.home={folders.root / 'derby'}",
        f"-Djava.io.tmpdir={folders.root}",
    ]
    if "spark.driver.extraJavaOptions" in settings:
        options.append(settings["spark.driver.extraJavaOptions"])
    properties = {
        **_DEFAULTS,
        "spark.driver.memory": f"{heap_mb}m",
        "spark.sql.warehouse.dir": f"file://{folders.root / 'warehouse'}",
        "spark.jars.ivy": str(folders.root / "ivy"),
        **{f"spark.hadoop.fs.viewfs.mounttable.{name}.linkFallback": path.as_uri() for name, path in buckets.items()},
        **settings,
        # Its ports take commands only of who knows the session's secret, which Spark makes itself.
        "spark.authenticate": "true",
        "spark.driver.extraJavaOptions": _joined(options),
    }
    lines = [f"{name} {_escaped(value)}\n" for name, value in properties.items()]
    folders.properties.write_text("".join(lines), encoding="utf-8")
    return {
        "JAVA_HOME": str(java.home),
        # Java takes the names of files in the encoding of the locale.
        "LC_ALL": "C.UTF-8",
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": f"--properties-file {shlex.quote(str(folders.properties))} pyspark-shell",
        "SPARK_LAUNCHER_OPTS": " ".join((*_JVM_OPTIONS[:2], *archive.launcher_options())),
        "SPARK_LOCAL_DIRS": str(folders.scratch),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "TZ": "UTC",
    }


def heap_mb(job: Record, run: Record, limits: Limits) -> int:
    """Return the megabytes of heap that Spark gets by the worker type of a run: its own, its job's, or Glue's default.

    One JVM does the work of all workers. Two thirds of what a job may use are its heap at most: Python, threads and
    buffers need the rest.
    """
    worker = run.get("WorkerType") or job.get("WorkerType") or _DEFAULT_WORKER
    wanted = _HEAP_GB.get(worker, _HEAP_GB[_DEFAULT_WORKER]) * 1024
    return max(_LEAST_MB, min(wanted, limits.job_memory * 2 // 3 // MB))


def _joined(options: list[str]) -> str:
    """Join JVM options the way that Spark's launcher takes them apart: quoted where they hold a space."""
    return " ".join(f'"{option}"' if " " in option and not option.startswith('"') else option for option in options)


def _escaped(value: str) -> str:
    """Write a value so that Java's properties format reads it back as it is."""
    return value.replace("\\", "\\\\").replace("\n", "\\n")
