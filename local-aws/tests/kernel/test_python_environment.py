"""Environments on top of a Python: they import what lies beneath, and keep what is installed into them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from local_aws.kernel.processes.python_environment import (
    InterpreterError,
    describe_interpreter,
    make_environment,
    packages_of,
)


def run(environment: Path, code: str) -> str:
    """Run code by an environment's Python; return what it prints."""
    command = [str(environment / "bin" / "python3"), "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_environment_imports_what_lies_beneath(tmp_path: Path) -> None:
    make_environment(tmp_path / "own", sys.executable)
    assert run(tmp_path / "own", "import sys, numpy, local_aws; print(sys.prefix)") == str(tmp_path / "own")


def test_layers_come_in_their_order(tmp_path: Path) -> None:
    lower, upper = tmp_path / "lower", tmp_path / "upper"
    make_environment(lower, sys.executable)
    make_environment(upper, sys.executable, packages_of(lower, sys.executable))
    (packages_of(lower, sys.executable) / "shadowed.py").write_text("WHERE = 'lower'")
    (packages_of(lower, sys.executable) / "below.py").write_text("WHERE = 'lower'")
    (packages_of(upper, sys.executable) / "shadowed.py").write_text("WHERE = 'upper'")

    assert run(upper, "import below, shadowed, numpy; print(below.WHERE, shadowed.WHERE)") == "lower upper"


def test_pip_is_there_and_installs_into_the_environment(tmp_path: Path) -> None:
    make_environment(tmp_path / "own", sys.executable)
    command = [str(tmp_path / "own" / "bin" / "pip"), "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith("pip ")
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    assert run(tmp_path / "own", where) == str(packages_of(tmp_path / "own", sys.executable))


def test_what_is_no_python_is_named() -> None:
    with pytest.raises(InterpreterError, match="/bin/true is not a Python that can be used"):
        describe_interpreter("/bin/true")
