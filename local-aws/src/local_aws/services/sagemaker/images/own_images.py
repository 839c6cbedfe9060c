"""The images of users: a file in which each line names an image and what stands for it.

::

    # image (with * for any characters)                     Python, and the image's own command
    123456789012.dkr.ecr.us-east-1.amazonaws.com/prepare:*  python
    123456789012.dkr.ecr.us-east-1.amazonaws.com/train:2    /home/me/.venv/bin/python  python3 /home/me/train.py
    123456789012.dkr.ecr.us-east-1.amazonaws.com/copy:*     sagemaker-xgboost:1.7-1

``python`` is the Python that the server runs on. An image of AWS's, by repository and tag, lends a copy of it its
training toolkit, its algorithm and its serving. The command runs where a job names no entry point.
"""

from __future__ import annotations

import fnmatch
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from local_aws.kernel.errors import AwsError
from local_aws.services.sagemaker.errors import invalid

_THIS_PYTHON = ("python", "python3")


@dataclass(frozen=True)
class OwnImage:
    """A line of the file."""

    interpreter: str
    """The Python that stands for the image; empty where `stands_for` names an image of AWS's instead."""
    stands_for: str
    command: tuple[str, ...]
    """What the image runs when a job names no entry point; empty if that is not said."""


def find_own_image(file: Path, uri: str) -> OwnImage | None:
    """Return the first line of a file that names an image; None without one, or without the file.

    The file is read each time, so that a line counts from the next job on. A line that cannot be understood raises
    ``ValidationException``.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    for number, line in enumerate(lines, start=1):
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            raise _line_error(file, number, str(error)) from error
        if words and fnmatch.fnmatchcase(uri, words[0]):
            return _read(words, file, number)
    return None


def _read(words: list[str], file: Path, number: int) -> OwnImage:
    if len(words) == 1:
        raise _line_error(file, number, "the Python for the image is missing; write: IMAGE PYTHON [COMMAND]")
    _, python, *command = words
    if python in _THIS_PYTHON:
        return OwnImage(sys.executable, "", tuple(command))
    if ":" in python and not python.startswith("/"):
        return OwnImage("", python, tuple(command))
    if not python.startswith("/") or not os.access(python, os.X_OK):
        known = "'python', the path of a Python, or an image such as sagemaker-xgboost:1.7-1"
        raise _line_error(file, number, f"{python!r} must be {known}")
    return OwnImage(python, "", tuple(command))


def _line_error(file: Path, number: int, reason: str) -> AwsError:
    return invalid(f"line {number} of {file}: {reason}")
