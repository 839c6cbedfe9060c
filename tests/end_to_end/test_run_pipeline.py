"""The commands of SageMaker's project templates, as a build runs them, on the server of the demo."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from infrastructure.names import Names
from tests.end_to_end.conftest import ACCOUNT, Demo, child_environment

NAMES = Names("", ACCOUNT, "us-east-1")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/playgrounds-sagemaker"


def run_pipeline(demo: Demo, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "pipelines.run_pipeline", "--role-arn", ROLE, *arguments),
            *("--module-name", "pipelines.accessibility.pipeline", "--kwargs-json", json.dumps(kwargs(demo))),
        ],
        env=child_environment(demo.environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kwargs(demo: Demo) -> dict[str, object]:
    """Arguments of the deployed pipeline but for an endpoint setting: what it has computed needs no second time."""
    (stack,) = demo.client("cloudformation").describe_stacks(StackName=NAMES.stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    roles = {"jobs_role": outputs["JobsRoleArn"], "model_role": outputs["ModelRoleArn"]}
    return {"region": NAMES.region, **roles, "bake_seconds": 120}


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
    # Whichever of the two commands comes second finds the other's definition.
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
