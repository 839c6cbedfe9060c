from __future__ import annotations

import pytest

from tests.processing.staging import EvaluatedRun, StagedRun, evaluate_run, stage_run


@pytest.fixture(scope="session")
def staged_run(tmp_path_factory: pytest.TempPathFactory) -> StagedRun:
    return stage_run(tmp_path_factory.mktemp("staged"))


@pytest.fixture(scope="session")
def evaluated_run(staged_run: StagedRun, tmp_path_factory: pytest.TempPathFactory) -> EvaluatedRun:
    return evaluate_run(staged_run, tmp_path_factory.mktemp("evaluated"))
