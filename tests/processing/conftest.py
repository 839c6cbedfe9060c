from __future__ import annotations

from pathlib import Path

import pytest

from tests.processing.staging import EvaluatedRun, StagedRun, evaluated_once, staged_once


@pytest.fixture(scope="session")
def staged_run(session_folder: Path) -> StagedRun:
    return staged_once(session_folder)


@pytest.fixture(scope="session")
def evaluated_run(staged_run: StagedRun, session_folder: Path) -> EvaluatedRun:
    return evaluated_once(staged_run, session_folder)
