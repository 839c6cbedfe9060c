"""Files of the releases that ``make referees`` installs, from which the tests take what judges the project."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / ".referees"


def referee_file(path: str) -> Path:
    """Return a file of a release; without it the test fails: an absent referee proves nothing."""
    file = FOLDER / path
    assert file.is_file(), f"{file} is not there: 'make referees' installs what tests/referees.txt lists"
    return file
