"""One run of the demo on a small sample, whose server stays up for the tests."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from console.sample_feeds import write_sample_feeds

SMALL = {"playgrounds": 720, "parks": 900, "zip_codes": 250}
"""Enough for the 500 rows that AutoML asks for, split by site."""


def playgrounds(*arguments: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "console.main", *arguments, "--data-dir", str(data_dir)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


@dataclass(frozen=True)
class Demo:
    """A demo that ran and left its server up."""

    output: str
    summary: dict[str, Any]
    data_dir: Path
    environment: dict[str, str]

    def client(self, service: str) -> Any:
        """Make a boto3 client of its server."""
        return boto3.session.Session(
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            region_name=self.environment["AWS_REGION"],
        ).client(service, endpoint_url=self.environment["AWS_ENDPOINT_URL"])

    def session(self) -> boto3.session.Session:
        """Make a boto3 session; its clients find the server through the environment."""
        return boto3.session.Session()


@pytest.fixture(scope="session")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The feeds of the small sample."""
    folder = tmp_path_factory.mktemp("feeds")
    write_sample_feeds(folder, **SMALL)
    return folder


@pytest.fixture(scope="session")
def demo(feeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo's outcome."""
    folder = tmp_path_factory.mktemp("demo")
    data_dir, summary_file = folder / "data", folder / "summary.json"
    done = playgrounds("demo", "--source", str(feeds), "--keep", "--json", str(summary_file), data_dir=data_dir)
    assert done.returncode == 0, done.stdout + done.stderr
    environment = {}
    for line in done.stdout.splitlines():
        if line.strip().startswith("export "):
            name, _, value = line.strip().removeprefix("export ").partition("=")
            environment[name] = value
    try:
        yield Demo(done.stdout, json.loads(summary_file.read_text()), data_dir, environment)
    finally:
        playgrounds("down", data_dir=data_dir)
