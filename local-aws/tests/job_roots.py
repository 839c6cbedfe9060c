"""What a test says where jobs cannot have a root of their own, as on Ubuntu 24.04 unless root allows it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import pytest

from local_aws.kernel.processes.isolation import find_isolation


def require_own_root(folder: Path, environment: Mapping[str, str] = os.environ) -> None:
    """Go on only where jobs have a root of their own; `folder` is where that is tried out."""
    reason = find_isolation(folder, environment).reason
    if reason:
        impossible(reason)


def impossible(reason: str) -> NoReturn:
    """Skip the test, or fail it where ``REQUIRE_JOB_ROOTS`` is true, as continuous integration sets it."""
    if os.environ.get("REQUIRE_JOB_ROOTS") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
