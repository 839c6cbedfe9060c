"""Makes the class archive of `class_archive`: ``python -m local_aws.services.glue.make_class_archive``.

It takes about half a minute and 160 MB, once for a Python environment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from local_aws.services.glue.class_archive import QUIET, ClassArchive, class_archive
from local_aws.services.glue.java import Java, JavaNotFoundError, find_java

_TRAINING_PROGRAM = Path(__file__).with_name("class_archive_training.py")
_TIMEOUT_SECONDS = 300


class ClassArchiveError(RuntimeError):
    """Raised when the archive cannot be made; the message holds the end of what the training run printed."""


def make_class_archive(java: Java, root: Path | None = None) -> ClassArchive:
    """Make the archive by running a small Spark job; return it as it is when it exists.

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
    new = archive.folder / "new.jsa"
    _run([str(java.executable), "-XX:+UseSerialGC", "-Xshare:dump", f"-XX:SharedArchiveFile={archive.base}"], {})
    with tempfile.TemporaryDirectory(prefix="spark-classes-") as scratch:
        _run(
            [sys.executable, str(_TRAINING_PROGRAM), scratch, str(archive.base), str(new)],
            {"JAVA_HOME": str(java.home), "SPARK_LOCAL_IP": "127.0.0.1"},
        )
    # A damaged archive, unlike one that does not fit, keeps the JVM from starting.
    _run([str(java.executable), f"-XX:SharedArchiveFile={archive.base}:{new}", *QUIET, "-version"], {})
    new.replace(archive.spark)
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
        print(f"no class archive for Spark (jobs work without, 3 to 4 s slower): {error}", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in archive.folder.iterdir())
    for old in archive.folder.parent.iterdir():
        if old != archive.folder:
            shutil.rmtree(old)
    print(f"class archive for Spark: {archive.folder} ({size / 1e6:.0f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
