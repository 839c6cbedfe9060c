"""The commands of SageMaker's project templates, as a build runs them, on the server of the demo."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.end_to_end.conftest import Demo, child_environment

ROLE = "arn:aws:iam::123456789012:role/playgrounds-sagemaker"


def run_pipeline(demo: Demo, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "pipelines.run_pipeline", "--role-arn", ROLE, *arguments),
            *("--module-name", "pipelines.accessibility.pipeline", "--kwargs-json", '{"region": "us-east-1"}'),
        ],
        env=child_environment(demo.environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def commands(demo: Demo) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """Both commands at once: importing the SDK alone takes seconds."""
    commands = {
        "good": run_pipeline(demo, "--start", "--wait"),
        "bad": run_pipeline(demo, "--start", "--wait", "--parameters-json", '{"AccuracyThreshold": 0.999}'),
    }
    try:
        yield commands
    finally:
        for command in commands.values():
            command.kill()
            command.communicate()


def test_run_pipeline_updates_starts_and_waits(commands: dict[str, subprocess.Popen[str]]) -> None:
    output, problems = commands["good"].communicate(timeout=120)
    assert commands["good"].returncode == 0, problems
    assert "0 new objects" in output
    assert re.search(
        r"(updated|unchanged) arn:aws:sagemaker:us-east-1:123456789012:pipeline/playground-accessibility$", output, re.M
    )
    assert "RegisterXGBoost" in output
    assert output.rstrip().endswith("succeeded")


def test_run_pipeline_fails_with_step_and_reason(commands: dict[str, subprocess.Popen[str]]) -> None:
    _, problems = commands["bad"].communicate(timeout=120)
    assert commands["bad"].returncode == 1
    assert "QualityTooLow" in problems
    assert "misses 99.90%" in problems
