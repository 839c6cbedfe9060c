"""``python -m local_aws doctor``: what jobs get on this machine, and how to get more."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from local_aws.kernel.errors import StartError
from local_aws.kernel.processes.isolation import find_isolation
from local_aws.services.sagemaker.images.families import FAMILIES
from local_aws.services.sagemaker.images.resolution import installed_version


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
        found = "is not installed" if version is None else version
        print(f"{'    ' if version is None else 'ok  '}  {family.name} images: {family.library} {found}")
    print(f"      jobs run on {sys.executable}; images.txt in the data folder can name another Python for an image")
    return 0 if isolation.own_root else 1
