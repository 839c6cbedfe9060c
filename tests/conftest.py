"""Which tests can run where: CodeBuild does not install local_aws, and runs what needs no server."""

from __future__ import annotations

import functools
import gc
import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import botocore.session
import pytest

# Processes of tests share the processors. OpenMP's threads would spin while they wait, and take them from the others;
# the libraries look at this when they are loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

WITH_LOCAL_AWS = (
    "console/page/test_acting.py",
    "console/page/test_on_local_aws.py",
    "console/test_account.py",
    "console/test_approvals.py",
    "console/test_local_server.py",
    "console/test_nothing_yet.py",
    "console/test_pipeline_upsert.py",
    "console/test_registry.py",
    "console/test_report.py",
    "console/test_step_logs.py",
    "console/test_taken_up.py",
    "end_to_end",
    "glue_scripts",
    "inference/test_athena_query.py",
    "infrastructure/test_permissions_of_people.py",
    "infrastructure/test_removal.py",
    "infrastructure/test_stacks.py",
    "infrastructure/test_stacks_on_local_aws.py",
    "pipelines/test_code_assets.py",
    "pipelines/test_commands.py",
)
"""Tests that start local_aws, Spark or moto."""

WITH_REFEREES = ("pipelines/test_sdk_referee.py",)
"""Tests that need what ``make referees`` installs, which CodeBuild does not."""

SLOW = ("console/page/test_in_browser.py", "console/page/test_log_frame.py", "processing/test_report_in_browser.py")
"""Tests that start Chromium."""

LONGEST_FIRST = (
    "end_to_end/test_data_changes.py",
    "end_to_end/test_build.py",
    "end_to_end/test_deployments.py",
    "end_to_end/test_approvals.py",
    "end_to_end/test_safe_updates.py",
    "end_to_end/test_outcomes.py",
    "end_to_end/test_page.py",
    "end_to_end/test_killed_server.py",
    "end_to_end",
    "glue_scripts",
    "console/page/test_in_browser.py",
    "infrastructure",
    "processing/test_report.py",
    "processing/test_evaluate.py",
    "pipelines",
)
"""Files and folders by the time that they take: the processes begin with them, and end together on what is short."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of ``make test-quick``."""
    parser.addoption("--quick", action="store_true", help="leave out what starts local_aws, Spark or Chromium")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what cannot run here, or is not wanted."""
    name = collection_path.relative_to(Path(__file__).parent).as_posix()
    if name in WITH_LOCAL_AWS and (config.getoption("--quick") or not find_spec("local_aws")):
        return True
    if name in WITH_REFEREES and not find_spec("local_aws"):
        return True
    return True if name in SLOW and config.getoption("--quick") else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; within a file, and among the others, the order stays."""
    items.sort(key=lambda item: _rank(item.path.relative_to(Path(__file__).parent).as_posix()))


def pytest_collection() -> None:
    """Spare the garbage collector what the tests import, which stays."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Have garbage collected among what comes after the imports."""
    gc.freeze()
    gc.enable()


def _rank(name: str) -> int:
    """Return a file's place: that of its own name, or else that of its folder."""
    places = {entry: place for place, entry in enumerate(LONGEST_FIRST)}
    return places.get(
        name, next((place for entry, place in places.items() if name.startswith(f"{entry}/")), len(places))
    )


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the processes of a test session share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session", autouse=True)
def models_read_once() -> Iterator[None]:
    """Let botocore's sessions share a loader: each would read the services' models anew, which takes half a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", functools.cache(botocore.session.create_loader))
        yield
