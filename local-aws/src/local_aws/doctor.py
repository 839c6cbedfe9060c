"""``python -m local_aws doctor``: what jobs get on this machine, and how to get more."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from local_aws.kernel.errors import StartError
from local_aws.kernel.processes.isolation import find_isolation
from local_aws.kernel.processes.python_environment import find_interpreter
from local_aws.services.glue.class_archive import class_archive
from local_aws.services.glue.java import JavaNotFoundError, find_java
from local_aws.services.sagemaker.images.environments import PYTHONS
from local_aws.services.sagemaker.images.families import FAMILIES
from local_aws.services.sagemaker.images.resolution import VARIABLE, installed_version, makes_environments


def main() -> int:
    """Print a line per finding; return 1 if jobs see the host's files, for which the line has the remedy."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            isolation = find_isolation(Path(folder))
    except StartError as error:
        print(f"FAIL  {error}")
        return 1
    print(f"{'ok  ' if isolation.own_root else 'FAIL'}  {isolation.describe()}")
    for family in FAMILIES:
        version = installed_version(family.library)
        state = "is not installed" if version is None else version
        print(f"{'    ' if version is None else 'ok  '}  {family.name} images: {family.library} {state}")
    print(_spark())
    print(f"      {_own_versions()}")
    print(f"      jobs run on {sys.executable}; images.txt in the data folder can name another Python for an image")
    return 0 if isolation.own_root else 1


def _spark() -> str:
    """Return the line about Spark: its Java, and the class archive that makes its jobs start faster."""
    try:
        java = find_java()
    except JavaNotFoundError as error:
        return f"      Glue's Spark jobs do not run: {error}"
    archive = class_archive(java).spark
    if archive.exists():
        return f"ok    Spark: Java {java.version}, with a class archive"
    remedy = f"'{sys.executable} -m local_aws.services.glue.make_class_archive' saves jobs 3 to 4 s"
    return f"ok    Spark: Java {java.version}, without a class archive: {remedy}"


def _own_versions() -> str:
    """Return the sentence about images of versions that are not installed."""
    if not makes_environments():
        return f"images of other versions run on these: {VARIABLE} is installed"
    pythons = [version for version in PYTHONS if find_interpreter(version) is not None]
    return f"XGBoost and scikit-learn images of other versions get their own, installed for Python {', '.join(pythons)}"
