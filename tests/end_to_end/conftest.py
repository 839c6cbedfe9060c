"""The demo, which runs once and from the wheels: each file gets a server of its own on a copy of its data."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from console.sample_feeds import write_sample_feeds
from infrastructure.names import Names
from tests.clients import client_of, exported
from tests.end_to_end.wheels import PRODUCT, SERVER, build, install
from tests.once import made_once
from tests.waiting import wait_until

SMALL = {"playgrounds": 830, "parks": 900, "zip_codes": 250, "seed": 12}
"""Enough for the 500 training rows that AutoML asks for; with this seed the gate opens."""

ACCOUNT = "123456789012"
NAMES = Names("", ACCOUNT, "us-east-1")
"""The demo's names."""

_ACCOUNT_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")
_OF_THE_CHECKOUT = (sys.executable, "-m", "console.main")


def playgrounds(
    *arguments: str,
    data_dir: Path | None = None,
    environment: dict[str, str] | None = None,
    command: Sequence[str | Path] = _OF_THE_CHECKOUT,
    folder: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does: on a data folder, or against the server that an environment points at."""
    return subprocess.run(
        [*command, *arguments, *(("--data-dir", str(data_dir)) if data_dir else ())],
        cwd=folder,
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
    """The demo that ran, on a server of the file's own: it was started on a copy of what the demo's server left.

    Parameters
    ----------
    ran_in
        The demo's own data folder.
    output, summary
        What it printed, and its summary as JSON.
    """

    ran_in: Path
    output: str = field(repr=False)
    summary: dict[str, Any] = field(repr=False)


@contextmanager
def server_on_copy(data_dir: Path, folder: Path) -> Iterator[Server]:
    """Copy the data folder of a server that is down, and run a server on the copy for the time of the block."""
    own = shutil.copytree(data_dir, folder / "data", symlinks=True, ignore=_sockets)
    with kept_up(own) as server:
        yield server


def _sockets(folder: str, names: list[str]) -> list[str]:
    """Name the sockets of a folder: what listened on them is down."""
    return [name for name in names if Path(folder, name).is_socket()]


@contextmanager
def kept_up(data_dir: Path) -> Iterator[Server]:
    """Run a server as ``playgrounds up`` does, on a free port, for the time of the block; its endpoint answers."""
    up = playgrounds("up", "--port", "0", data_dir=data_dir)
    assert up.returncode == 0, up.stdout + up.stderr
    try:
        server = Server(data_dir, exported(up.stdout.splitlines()))
        wait_until(lambda: set(_endpoints(server)) <= {"InService"}, "endpoints that serve again")
        yield server
    finally:
        playgrounds("down", data_dir=data_dir)


def _endpoints(server: Server) -> list[str]:
    """Return the status of each endpoint."""
    return [endpoint["EndpointStatus"] for endpoint in server.client("sagemaker").list_endpoints()["Endpoints"]]


def _wait_for_record(server: Server, endpoint: str) -> None:
    """Wait until the end of a deployment is written onto its endpoint: the last thing that a demo leads to."""
    client = server.client("sagemaker")
    arn = client.describe_endpoint(EndpointName=endpoint)["EndpointArn"]
    wait_until(lambda: "LastDeployment" in {tag["Key"] for tag in client.list_tags(ResourceArn=arn)["Tags"]})


@pytest.fixture(scope="session")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The feeds of the small sample."""
    folder = tmp_path_factory.mktemp("feeds")
    write_sample_feeds(folder, **SMALL)
    return folder


@dataclass(frozen=True)
class Wheels:
    """The product's wheel, and the folder of the commands of an environment that has both wheels."""

    product: Path
    commands: Path


@pytest.fixture(scope="session")
def wheels(session_folder: Path) -> Wheels:
    """Both wheels, built and installed once."""
    with made_once(session_folder / "wheels") as (folder, missing):
        if missing:
            install([build(distribution, folder) for distribution in (PRODUCT, SERVER)], folder / "venv")
    (product,) = folder.glob("*-wheel/playground_accessibility-*.whl")
    return Wheels(product, folder / "venv" / "bin")


@pytest.fixture(scope="session")
def demo_folder(feeds: Path, wheels: Wheels, session_folder: Path) -> Path:
    """What a demo left: ``data``, whose server is down, its output, its summary and the feeds that it took."""
    with made_once(session_folder / "demo") as (folder, missing):
        if missing:
            shutil.copytree(feeds, folder / "feeds")
            _run_demo(folder, wheels)
    return folder


def _run_demo(folder: Path, wheels: Wheels) -> None:
    """Run the demo as somebody does who has the wheels and no checkout."""
    data_dir, summary_file = folder / "data", folder / "summary.json"
    source = ("--source", str(folder / "feeds"))
    command = (wheels.commands / "playgrounds",)
    options = ("--keep", "--json", str(summary_file))
    done = playgrounds("demo", *source, *options, data_dir=data_dir, command=command, folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    try:
        server = Server(data_dir, exported(done.stdout.splitlines()))
        _wait_for_record(server, json.loads(summary_file.read_text())["endpoint_name"])
    finally:
        playgrounds("down", data_dir=data_dir)
    (folder / "output.txt").write_text(done.stdout)


@pytest.fixture(scope="module")
def demo(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo's outcome, on a server of the file's own."""
    summary = json.loads((demo_folder / "summary.json").read_text())
    output = (demo_folder / "output.txt").read_text()
    with server_on_copy(demo_folder / "data", tmp_path_factory.mktemp("demo")) as server:
        yield Demo(server.data_dir, server.environment, demo_folder / "data", output, summary)
