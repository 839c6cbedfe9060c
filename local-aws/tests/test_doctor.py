"""``python -m local_aws doctor`` says what jobs get on this machine."""

from __future__ import annotations

import os
import subprocess
import sys

import xgboost

from local_aws.kernel.processes.isolation import VARIABLE
from local_aws.services.glue.class_archive import class_archive
from local_aws.services.glue.java import find_java


def doctor(wish: str) -> tuple[int, list[str]]:
    """Run it; return its exit code and the lines that it prints."""
    command = [sys.executable, "-m", "local_aws", "doctor"]
    ended = subprocess.run(
        command, env={**os.environ, VARIABLE: wish}, capture_output=True, text=True, timeout=60, check=False
    )
    return ended.returncode, ended.stdout.splitlines()


def test_rewritten_paths_are_a_finding_with_its_reason() -> None:
    code, lines = doctor("rewritten")
    assert code == 1
    assert lines[0].startswith("FAIL  jobs see the host's files")
    assert lines[0].endswith(f"{VARIABLE} is rewritten")
    assert f"ok    XGBoost images: xgboost {xgboost.__version__}" in lines


def test_what_keeps_a_server_from_starting_is_a_finding() -> None:
    assert doctor("both") == (1, [f"FAIL  {VARIABLE} must be own or rewritten; got 'both'"])


def test_sparks_java_and_whether_its_class_archive_is_made_are_said() -> None:
    archive = "with" if class_archive(find_java()).spark.exists() else "without"
    assert any(
        line.startswith(f"ok    Spark: Java {find_java().version}, {archive} a class archive")
        for line in doctor("rewritten")[1]
    )
