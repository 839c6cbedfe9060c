"""The two wheels, in an environment that has nothing else of this checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from pipelines.code_assets import project_assets
from tests.end_to_end.conftest import SMALL

ROOT = Path(__file__).parents[2]
ASSETS = "from pipelines.code_assets import project_assets; print([(a.name, a.digest) for a in project_assets()])"
DEFINITION = "pipelines.accessibility.pipeline"
KWARGS = '{"region": "us-east-1", "role": "arn:aws:iam::123456789012:role/playgrounds-sagemaker"}'


def _build(distribution: Path, folder: Path) -> Path:
    """Build a distribution's wheel from a copy of what is committed or about to be."""
    source = folder / f"source-{distribution.name}"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=distribution,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (distribution / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((distribution / name).read_bytes())
    _pip(sys.executable, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source))
    return next(folder.glob(f"{distribution.name if distribution != ROOT else 'playground'}*.whl".replace("-", "_")))


def _pip(python: str, *arguments: str) -> None:
    done = subprocess.run(
        [python, "-m", "pip", "--quiet", *arguments], capture_output=True, text=True, check=False, env=_environment()
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHONPATH"))}


@pytest.fixture(scope="module")
def bin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of a fresh environment with both wheels.

    The libraries are this environment's, by a ``.pth`` file: editable installs, which are such files themselves, do not
    reach through it.
    """
    folder = tmp_path_factory.mktemp("wheels")
    wheels = [_build(distribution, folder) for distribution in (ROOT, ROOT / "local-aws")]
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    purelib = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    Path(purelib.stdout.strip(), "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    _pip(str(python), "install", "--no-deps", *map(str, wheels))
    return python.parent


def _run(command: list[str], folder: Path, **variables: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**_environment(), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_assets_of_the_wheel_are_those_of_the_checkout(bin_folder, tmp_path):
    expected = [(asset.name, asset.digest) for asset in project_assets()]

    assert _run([str(bin_folder / "python"), "-c", ASSETS], tmp_path).strip() == str(expected)


def test_definition_of_the_wheel_is_that_of_the_checkout(bin_folder, tmp_path):
    arguments = ["--module-name", DEFINITION, "--kwargs-json", KWARGS]
    checkout = [sys.executable, "-m", "pipelines.get_pipeline_definition", *arguments]
    variables = {"AWS_DEFAULT_REGION": "us-east-1"}

    of_the_wheel = _run([str(bin_folder / "get-pipeline-definition"), *arguments], tmp_path, **variables)

    assert of_the_wheel == _run(checkout, ROOT, **variables)


def test_demo_runs_from_the_wheels_in_another_folder(bin_folder, feeds, tmp_path):
    shown = _run([str(bin_folder / "playgrounds"), "demo", "--source", str(feeds)], tmp_path)

    assert f"{SMALL['playgrounds']} rows" in shown
    assert "<- champion" in shown


def test_demo_without_local_aws_says_what_is_missing(bin_folder, tmp_path):
    _pip(str(bin_folder / "python"), "uninstall", "--yes", "local-aws")
    done = subprocess.run(
        [bin_folder / "playgrounds", "up"],
        cwd=tmp_path,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "pip install ./local-aws" in done.stderr
