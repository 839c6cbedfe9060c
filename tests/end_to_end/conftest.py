"""The demo's server, which stays up after it, and another deployment beside the demo's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from console.sample_feeds import write_sample_feeds
from infrastructure.names import Names
from tests.clients import client_of, exported
from tests.infrastructure.simulated import Lines, logged
from tests.waiting import wait_until

SMALL = {"playgrounds": 830, "parks": 900, "zip_codes": 250, "seed": 12}
"""Enough for the 500 training rows that AutoML asks for; with this seed the gate opens."""

ACCOUNT = "123456789012"

_ACCOUNT_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")


def playgrounds(
    *arguments: str, data_dir: Path | None = None, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does: on a data folder, or against the server that an environment points at."""
    return subprocess.run(
        [
            *(sys.executable, "-m", "console.main", *arguments),
            *(("--data-dir", str(data_dir)) if data_dir else ()),
        ],
        env=child_environment(environment or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def child_environment(environment: dict[str, str]) -> dict[str, str]:
    """Return this process's environment, pointed at a server and at no account."""
    return {name: value for name, value in os.environ.items() if name not in _ACCOUNT_VARIABLES} | environment


@dataclass(frozen=True)
class Server:
    """A server that is up.

    Parameters
    ----------
    data_dir
        Its data folder.
    environment
        The variables that point AWS clients at it.
    """

    data_dir: Path
    environment: dict[str, str]

    def client(self, service: str) -> Any:
        """Make a boto3 client of it; one request gets one try."""
        return client_of(self.environment, service)

    def run(self, *arguments: str) -> str:
        """Run a ``playgrounds`` command that succeeds; give its output."""
        done = playgrounds(*arguments, environment=self.environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def fail(self, *arguments: str) -> str:
        """Run a ``playgrounds`` command that fails; give what it says of it."""
        done = playgrounds(*arguments, environment=self.environment)
        assert done.returncode == 1, done.stdout + done.stderr
        return done.stderr


@dataclass(frozen=True)
class Demo(Server):
    """A demo that ran and left its server up.

    Parameters
    ----------
    output, summary
        What it printed, and its summary as JSON.
    lines
        Its call log, before any test had it do more.
    """

    output: str = field(repr=False)
    summary: dict[str, Any] = field(repr=False)
    lines: Lines = field(repr=False, default_factory=list)

    def wait_for_record(self) -> None:
        """Wait until the end of its deployment is written onto the endpoint: the last thing that it leads to."""
        client = self.client("sagemaker")
        arn = client.describe_endpoint(EndpointName=self.summary["endpoint_name"])["EndpointArn"]
        wait_until(lambda: "LastDeployment" in {tag["Key"] for tag in client.list_tags(ResourceArn=arn)["Tags"]})


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
    try:
        demo = Demo(data_dir, exported(done.stdout.splitlines()), done.stdout, json.loads(summary_file.read_text()))
        demo.wait_for_record()
        yield replace(demo, lines=logged(data_dir))
    finally:
        playgrounds("down", data_dir=data_dir)


@dataclass(frozen=True)
class Deployment(Server):
    """A deployment behind a prefix.

    Parameters
    ----------
    names
        Its names.
    deployed, ran
        What ``playgrounds deploy`` and ``playgrounds run`` have said.
    """

    names: Names
    deployed: str = field(repr=False)
    ran: str = field(repr=False)

    def run(self, *arguments: str) -> str:
        """Run a command on the deployment that succeeds."""
        return super().run(*arguments, "--prefix", self.names.prefix)

    def fail(self, *arguments: str) -> str:
        """Run a command on the deployment that fails."""
        return super().fail(*arguments, "--prefix", self.names.prefix)


_BLUE: list[Deployment] = []


@pytest.fixture
def blue(demo: Demo, feeds: Path) -> Deployment:
    """A deployment beside the demo's that has run; made once, and again only after a test has removed it."""
    names = Names("blue-", ACCOUNT, demo.environment["AWS_REGION"])
    stacks = {stack["StackName"] for stack in demo.client("cloudformation").describe_stacks()["Stacks"]}
    if names.stack not in stacks:
        prefix = ("--prefix", names.prefix)
        deployed = demo.run("deploy", "--source", str(feeds), "--bake-seconds", "1", *prefix)
        _BLUE[:] = [Deployment(demo.data_dir, demo.environment, names, deployed, demo.run("run", *prefix))]
    return _BLUE[0]
