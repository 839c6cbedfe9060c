"""What ``make setup`` does, before anything but Python is installed."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from console import set_up
from console.setup_step import Step, run

ROOT = Path(__file__).parents[2]


def program(code: str) -> tuple[str, ...]:
    return (sys.executable, "-S", "-c", code)


def test_steps_that_run_side_by_side_take_as_long_as_the_longest_and_each_tells_its_end(capsys):
    start = time.monotonic()
    assert (
        run(Step("one", program("import time; time.sleep(1)")), Step("two", program("import time; time.sleep(1)"))) == 0
    )
    assert time.monotonic() - start < 1.9
    assert [line.split("s  ")[1] for line in capsys.readouterr().out.splitlines()] == ["one: done", "two: done"]


def test_a_step_that_fails_shows_its_last_words_and_its_code(capsys):
    assert run(Step("one", program("print('no space left'); raise SystemExit(3)")), Step("two", program(""))) == 3
    output = capsys.readouterr()
    assert "one: failed with exit code 3" in output.out
    assert "no space left" in output.err


def test_a_set_up_goes_on_without_what_is_optional(capsys):
    assert run(Step("archive", program("raise SystemExit(1)"), optional=True)) == 0
    assert "archive: failed with exit code 1" in capsys.readouterr().out


def test_a_step_has_the_environment_of_the_set_up_and_its_own(capsys, monkeypatch):
    monkeypatch.setenv("INHERITED", "1")
    code = "import os; raise SystemExit(int(os.environ['INHERITED'] + os.environ['OWN']))"
    assert run(Step("one", program(code), environment={"OWN": "2"})) == 12


def test_the_set_up_runs_before_any_package_is_there():
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import console.set_up"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("path", "compiled"),
    [
        ("pandas/core/frame.py", True),
        ("pygments/formatters/html.py", True),
        ("google_crc32c/python.py", True),
        ("mlflow/models/model.py", False),
        ("pygments/lexers/python.py", False),
        ("pandas/tests/test_frame.py", False),
    ],
)
def test_what_jobs_import_is_compiled_and_large_packages_that_they_do_not_are_not(path, compiled):
    excluded = set_up.COMPILE.command[set_up.COMPILE.command.index("-x") + 1]
    assert (re.search(excluded, f".venv/lib/python3.11/site-packages/{path}") is None) is compiled


def test_a_disk_without_room_is_told_before_anything_is_installed(capsys, monkeypatch):
    monkeypatch.setattr(set_up, "_NEEDED_BYTES", 10**18)
    assert set_up.main() == 1
    assert "1000000000.0 GB are needed" in capsys.readouterr().err
