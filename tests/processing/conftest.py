from __future__ import annotations

import pytest

from tests.processing.staging import StagedRun, stage_run


@pytest.fixture(scope="session")
def staged_run(tmp_path_factory: pytest.TempPathFactory) -> StagedRun:
    return stage_run(tmp_path_factory.mktemp("staged"))
