"""A server for anybody's tests: the fixture ``local_aws``, a process of its own for the session."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_STOP_SECONDS = 15.0


@dataclass(frozen=True)
class LocalAws:
    """A running local_aws."""

    data_dir: Path
    environment: dict[str, str]
    """The variables that point AWS clients, and child processes with such clients, at it."""

    def client(self, service: str, **options: Any) -> Any:
        """Return a boto3 client of it; options are those of ``boto3.client``."""
        import boto3

        return boto3.client(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=self.environment["AWS_REGION"],
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            **options,
        )


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """A server with an empty data folder, for the whole session."""
    folder = tmp_path_factory.mktemp("local_aws")
    log = folder / "server.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "local_aws", "--port", "0", "--data-dir", str(folder / "data"), "--with-stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            # A session is not the place to install what its data folder forgets; whoever sets the variable has it so.
            env={"LOCAL_AWS_IMAGE_VERSIONS": "installed", **os.environ},
        )
    with process:
        environment = _exported(process.stdout or ())
        if environment is None:
            raise RuntimeError(f"local_aws did not start: {log.read_text().strip()}")
        try:
            yield LocalAws(folder / "data", environment)
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture
def local_aws_environment(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> LocalAws:
    """The server of `local_aws`, with this process's AWS variables pointed at it for the time of the test."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in local_aws.environment.items():
        monkeypatch.setenv(name, value)
    return local_aws


def _exported(lines: Iterable[str]) -> dict[str, str] | None:
    """Return the variables of the lines up to ``ready``; None if that does not come."""
    environment: dict[str, str] = {}
    for line in lines:
        words = shlex.split(line)
        if words == ["ready"]:
            return environment
        if len(words) == 2 and words[0] == "export":
            name, _, value = words[1].partition("=")
            environment[name] = value
    return None
