"""The folders that invocations leave, each with its log: the newest are kept, for CloudWatch Logs has all lines."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from local_aws.services.lambda_.requests import MOST_SECONDS

KEPT = 100
"""How many folders of a function stay."""

_LONGEST_SECONDS = MOST_SECONDS + 60.0
"""A folder that nothing was added to for longer than that is of no invocation that runs."""


def forget_old(function: Path) -> None:
    """Remove the oldest folders of a function; those of invocations that may still run stay."""
    with os.scandir(function) as entries:
        folders = sorted(((_changed(entry), entry.path) for entry in entries), reverse=True)
    for changed, path in folders[KEPT:]:
        if changed < time.time() - _LONGEST_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def _changed(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat().st_mtime
    except FileNotFoundError:  # removed meanwhile, at the end of another invocation
        return 0.0
