"""A class-data-sharing archive for Spark's JVM, made once per Python environment.

Loading some 13,000 classes is most of what a short Spark job does. From an archive the JVM maps them ready-made, which
takes about 3 s off each job. The archive is an optimisation and nothing more: the JVM checks it against its own version
and the jars, and loads classes the slow way when it does not fit or is not there.

Make it with ``python -m local_aws.glue.class_archive``: about 20 s and 160 MB.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from local_aws.glue.java import Java, JavaNotFoundError, find_java

_TRAINING_PROGRAM = Path(__file__).with_name("class_archive_training.py")
_TIMEOUT_SECONDS = 300
_QUIET = ("-Xlog:disable", "-Xlog:all=error:stderr")
"""An archive that does not fit is no news to a job: only errors are said, and not on standard output."""


class ClassArchiveError(RuntimeError):
    """Raised when the archive cannot be made; the message holds the end of what the training run printed."""


@dataclass(frozen=True)
class ClassArchive:
    """The two layers of an archive: the JVM's own classes, and Spark's on top.

    Parameters
    ----------
    folder
        Where both lie.
    """

    folder: Path

    @property
    def base(self) -> Path:
        """The JVM's own classes; some runtimes ship none, so it is made for each."""
        return self.folder / "base.jsa"

    @property
    def spark(self) -> Path:
        """Spark's classes; names the base it was made on."""
        return self.folder / "spark.jsa"

    def launcher_options(self) -> tuple[str, ...]:
        """Give the options of the small JVM that works out Spark's command line."""
        return (f"-XX:SharedArchiveFile={self.base}", *_QUIET) if self.base.exists() else ()

    def driver_options(self) -> tuple[str, ...]:
        """Give the options of Spark's JVM; none when there is no archive."""
        return (f"-XX:SharedArchiveFile={self.base}:{self.spark}", *_QUIET) if self.spark.exists() else ()


def class_archive(java: Java, root: Path | None = None) -> ClassArchive:
    """Give the place of the archive for a Java and the installed Spark, whether it has been made or not.

    Parameters
    ----------
    root
        Folder that holds archives; by default one inside the Python environment.
    """
    root = root or Path(sys.prefix) / "var" / "local_aws" / "spark-classes"
    spark = importlib.util.find_spec("pyspark")
    origin = spark.origin if spark else ""
    fitting = f"{java.home} {java.version} {importlib.metadata.version('pyspark')} {origin}"
    return ClassArchive(root / hashlib.sha256(fitting.encode()).hexdigest()[:16])


def make_class_archive(java: Java, root: Path | None = None) -> ClassArchive:
    """Make the archive by running a small Spark job; give it as it is when it exists.

    Raises
    ------
    ClassArchiveError
        If the Java is too old for archives of two layers, or the training run fails.
    """
    archive = class_archive(java, root)
    if archive.spark.exists():
        return archive
    if java.release < 17:
        raise ClassArchiveError(f"Java {java.version} in {java.home} makes no such archives; Java 17 does")
    archive.folder.mkdir(parents=True, exist_ok=True)
    # The JVM writes an archive for two collectors alike, but dumps the base with the one it will run under.
    _run([str(java.executable), "-XX:+UseSerialGC", "-Xshare:dump", f"-XX:SharedArchiveFile={archive.base}"], {})
    with tempfile.TemporaryDirectory(prefix="spark-classes-") as scratch:
        _run(
            [sys.executable, str(_TRAINING_PROGRAM), scratch, str(archive.base), str(archive.folder / "new.jsa")],
            {"JAVA_HOME": str(java.home), "SPARK_LOCAL_IP": "127.0.0.1"},
        )
    (archive.folder / "new.jsa").replace(archive.spark)
    return archive


def _run(command: list[str], environment: dict[str, str]) -> None:
    inherited = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    try:
        subprocess.run(
            command,
            env={**inherited, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise ClassArchiveError(f"{command[0]} ended with {error.returncode}: {error.stdout[-2000:]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ClassArchiveError(str(error)) from error


def main() -> int:
    """Make the archive for the Java that jobs will use, and say where it lies."""
    try:
        archive = make_class_archive(find_java())
    except (JavaNotFoundError, ClassArchiveError, OSError) as error:
        print(f"no class archive for Spark (jobs work without, some 3 s slower): {error}", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in archive.folder.iterdir())
    for old in archive.folder.parent.iterdir():
        if old != archive.folder:
            shutil.rmtree(old)
    print(f"class archive for Spark: {archive.folder} ({size / 1e6:.0f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
