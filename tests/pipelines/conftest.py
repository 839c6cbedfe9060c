"""The definition under test, built twice as its users build it: by the command, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pipelines.code_assets import processing_code, training_code
from tests.once import made_once
from tests.pipelines.outline import walk

PROJECT_ROOT = Path(__file__).resolve().parents[2]
ROLE_ARN = "arn:aws:iam::123456789012:role/playgrounds-pipeline"

UPDATE_GOLDEN = "UPDATE_GOLDEN"

_SEEDS = ("1", "2")

# Exits at the first look at the network: an exception could be caught, and botocore does catch them.
_OFFLINE_COMMAND = """
import os, sys
def refuse_network(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        sys.stderr.write(f"network: {event} {arguments}")
        sys.stderr.flush()
        os._exit(97)
sys.addaudithook(refuse_network)
from pipelines.get_pipeline_definition import main
sys.exit(main(sys.argv[1:]))
"""


def check_golden(text: str, name: str) -> None:
    """Compare an outline with the reviewed one, digests of code left out."""
    file = Path(__file__).parent / "golden" / f"{name}.txt"
    for asset in (processing_code(), training_code()):
        text = text.replace(asset.digest, f"<sha256 of {asset.name}>")
    if os.environ.get(UPDATE_GOLDEN):
        file.write_text(text, encoding="utf-8")

    assert text == file.read_text(encoding="utf-8"), f"run again with {UPDATE_GOLDEN}=1 and review the difference"


@pytest.fixture(scope="session", autouse=True)
def schema_checked_once() -> Iterator[None]:
    """Let the SDK check its configuration's schema once, not at each of the look-ups of every build."""
    from sagemaker.core.config.config_schema import SAGEMAKER_PYTHON_SDK_CONFIG_SCHEMA as SCHEMA

    validator = jsonschema.validators.validator_for(SCHEMA)
    validator.check_schema(SCHEMA)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(validator, "check_schema", lambda schema: None)
        yield


@pytest.fixture(scope="session")
def built_definitions(session_folder: Path) -> list[str]:
    """Two builds without network, credentials or home folder: other hash seed, arguments as text or from a file."""
    with made_once(session_folder / "definitions") as (folder, missing):
        if missing:
            _build_twice(folder)
    return [(folder / f"{seed}.json").read_text(encoding="utf-8") for seed in _SEEDS]


def _build_twice(folder: Path) -> None:
    arguments = ["--module-name", "pipelines.accessibility.pipeline"]
    text = json.dumps({"region": "us-east-1", "role": ROLE_ARN})
    file = folder / "kwargs.json"
    file.write_text(text, encoding="utf-8")
    builds = {
        seed: subprocess.Popen(
            [sys.executable, "-c", _OFFLINE_COMMAND, *arguments, "--kwargs-json", kwargs],
            cwd=PROJECT_ROOT,
            env={"HOME": str(folder), "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed, kwargs in zip(_SEEDS, (text, str(file)), strict=True)
    }
    for seed, build in builds.items():
        output, errors = build.communicate(timeout=120)
        assert build.returncode == 0, errors
        (folder / f"{seed}.json").write_text(output, encoding="utf-8")


@pytest.fixture(scope="session")
def definition_text(built_definitions: list[str]) -> str:
    """The definition as the command prints it."""
    return built_definitions[0]


@pytest.fixture
def definition(definition_text: str) -> dict[str, Any]:
    """The definition, parsed anew for each test."""
    parsed: dict[str, Any] = json.loads(definition_text)
    return parsed


@pytest.fixture
def steps(definition: dict[str, Any]) -> dict[str, Any]:
    """Steps by name, those inside conditions among them."""
    return {step["Name"]: step for step in walk(definition["Steps"])}


@pytest.fixture(scope="session")
def get_pipeline() -> Iterator[Any]:
    """`get_pipeline`, imported as an SDK user without credentials imports it."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        from pipelines.accessibility.pipeline import get_pipeline

        yield get_pipeline
