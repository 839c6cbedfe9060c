"""The two wheels: what they hold is the checkout's, and the demo of the other tests ran by their commands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pipelines.code_assets import project_assets
from tests.end_to_end.conftest import SMALL, Wheels
from tests.end_to_end.wheels import ROOT, environment, install

ASSETS = "from pipelines.code_assets import project_assets; print([(a.name, a.digest) for a in project_assets()])"
PLACES = "import console, local_aws, processing; print(console.__file__, local_aws.__file__, processing.__file__)"
DEFINITION = "pipelines.accessibility.pipeline"
KWARGS = '{"region": "us-east-1", "role": "arn:aws:iam::123456789012:role/playgrounds-sagemaker"}'


def _run(command: list[str], folder: Path, **variables: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**environment(), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_assets_of_the_wheel_are_those_of_the_checkout(wheels: Wheels, tmp_path: Path) -> None:
    expected = [(asset.name, asset.digest) for asset in project_assets()]

    assert _run([str(wheels.commands / "python"), "-c", ASSETS], tmp_path).strip() == str(expected)


def test_definition_of_the_wheel_is_that_of_the_checkout(wheels: Wheels, tmp_path: Path) -> None:
    arguments = ["--module-name", DEFINITION, "--kwargs-json", KWARGS]
    checkout = [sys.executable, "-m", "pipelines.get_pipeline_definition", *arguments]
    variables = {"AWS_DEFAULT_REGION": "us-east-1"}

    of_the_wheel = _run([str(wheels.commands / "get-pipeline-definition"), *arguments], tmp_path, **variables)

    assert of_the_wheel == _run(checkout, ROOT, **variables)


def test_demo_runs_from_the_wheels_in_another_folder(wheels: Wheels, demo_folder: Path, tmp_path: Path) -> None:
    shown = (demo_folder / "output.txt").read_text()

    assert f"{SMALL['playgrounds']} rows" in shown
    assert "<- champion" in shown
    for place in _run([str(wheels.commands / "python"), "-c", PLACES], tmp_path).split():
        assert Path(place).is_relative_to(wheels.commands.parent)


def test_demo_without_local_aws_says_what_is_missing(wheels: Wheels, tmp_path: Path) -> None:
    commands = install([wheels.product], tmp_path / "venv")
    done = subprocess.run(
        [commands / "playgrounds", "up"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "pip install ./local-aws" in done.stderr
