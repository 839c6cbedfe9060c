from __future__ import annotations

from pathlib import Path

import pytest

from tests.processing.staging import StagedRun, staged_once


@pytest.fixture(scope="session")
def staged_run(session_folder: Path) -> StagedRun:
    return staged_once(session_folder)
