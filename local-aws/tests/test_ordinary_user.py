"""Root's tests have an ordinary user run those of them whose outcome depends most on the user."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests import ordinary_user
from tests.job_roots import impossible

_USER = 65534
_FOLDER = Path(__file__).parent
_FILES = (
    "kernel/test_runner.py",
    "kernel/test_python_environment.py",
    "kernel/test_database.py",
    "services/s3/test_files.py",
)


@pytest.mark.skipif(os.getuid() != 0, reason="an ordinary user runs all tests as one")
def test_ordinary_user_passes_the_tests_of_jobs_and_files() -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        os.chown(folder, _USER, _USER)
        ended = subprocess.run(
            [
                *(sys.executable, ordinary_user.__file__, str(_USER)),
                *(sys.executable, "-B", "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-rA"),
                *(f"tests/{file}" for file in _FILES),
            ],
            cwd=_FOLDER.parent,
            env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
            | {"HOME": folder, "TMPDIR": folder},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
    if "there is no mount namespace to be had" in ended.stderr:
        impossible(ended.stderr.strip())

    assert ended.returncode == 0, f"{ended.stdout[-6000:]}{ended.stderr[-2000:]}"
    unheard = [file for file in _FILES if f"PASSED tests/{file}::" not in ended.stdout]
    assert unheard == []
