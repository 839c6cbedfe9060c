"""The commands of SageMaker's project templates, as a build runs them, on the server of the demo."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.end_to_end.conftest import Demo
from tests.end_to_end.test_outcomes import versions_of_the_data

ROLE = "arn:aws:iam::123456789012:role/playgrounds-sagemaker"


def run_pipeline(demo: Demo, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-m", "pipelines.run_pipeline", "--role-arn", ROLE, *arguments),
            *("--module-name", "pipelines.accessibility.pipeline", "--kwargs-json", '{"region": "us-east-1"}'),
        ],
        env={**os.environ, **demo.environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_run_pipeline_updates_starts_and_waits(demo: Demo) -> None:
    parameters = {"DataVersion": versions_of_the_data(demo)["DataVersion"]}
    done = run_pipeline(demo, "--start", "--wait", "--parameters-json", json.dumps(parameters))
    assert done.returncode == 0, done.stderr
    assert "0 new objects" in done.stdout
    assert "updated arn:aws:sagemaker:us-east-1:123456789012:pipeline/playground-accessibility" in done.stdout
    assert "RegisterXGBoost" in done.stdout
    assert done.stdout.rstrip().endswith("succeeded")


def test_run_pipeline_fails_with_step_and_reason(demo: Demo) -> None:
    parameters = {"DataVersion": versions_of_the_data(demo)["DataVersion"], "AccuracyThreshold": 0.999}
    done = run_pipeline(demo, "--start", "--wait", "--parameters-json", json.dumps(parameters))
    assert done.returncode == 1
    assert "QualityTooLow" in done.stderr
    assert "AccuracyThreshold" in done.stderr
