"""A class-data-sharing archive for Spark's JVM, made once per Python environment by `make_class_archive`.

Loading some 13,000 classes is most of what a short Spark job does. From an archive the JVM maps them ready-made, which
takes 3 to 4 s off each job. The archive is an optimisation and nothing more: the JVM checks it against its own version
and the jars, and loads classes the slow way when it does not fit or is not there.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

from local_aws.services.glue.java import Java

QUIET = ("-Xlog:disable", "-Xlog:all=error:stderr")
"""A job need not hear of an archive that does not fit: only errors are logged, and not to standard output."""


@dataclass(frozen=True)
class ClassArchive:
    """The two layers of an archive: the JVM's own classes, and Spark's on top."""

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
        """Return the options of the small JVM that works out Spark's command line.

        None for a path with a space: Spark's shell script does not quote them.
        """
        fits = self.base.exists() and " " not in str(self.base)
        return (f"-XX:SharedArchiveFile={self.base}", *QUIET) if fits else ()

    def driver_options(self) -> tuple[str, ...]:
        """Return the options of Spark's JVM; none when there is no archive."""
        return (f"-XX:SharedArchiveFile={self.base}:{self.spark}", *QUIET) if self.spark.exists() else ()


def class_archive(java: Java, root: Path | None = None) -> ClassArchive:
    """Return the place of the archive for a Java and the installed Spark, whether it has been made or not.

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
