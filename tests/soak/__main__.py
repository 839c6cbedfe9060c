"""``kill -9`` in the demo's own work: ``python -m tests.soak [--kills 20] [--seed N]``.

The workflow is started, the server dies at a moment of the seed's choice, and ``playgrounds up`` goes on.
"""

from __future__ import annotations

import argparse
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from console.sample_feeds import write_sample_feeds
from tests.clients import exported
from tests.end_to_end.conftest import SMALL, Server, child_environment, playgrounds
from tests.end_to_end.executions import DEPLOY_PIPELINE, PIPELINE, executions
from tests.waiting import wait_until

_MOMENTS = (1.0, 25.0)
"""Seconds after the start of a run in which the server may die: Glue, training, AutoML, deployment."""
_ORPHAN_SECONDS = 10.0
_RESTART_GOAL_SECONDS = 3.0


def main() -> int:
    """Kill the demo's server; 1 when something is lost, outlives it, takes too long or no longer works."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of the moments")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.kills} kills of the demo's server", flush=True)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        return _soak(Path(folder), random.Random(options.seed), options.kills)


def _soak(folder: Path, moments: random.Random, kills: int) -> int:
    feeds, data_dir = folder / "feeds", folder / "data"
    write_sample_feeds(feeds, **SMALL)
    done = playgrounds("demo", "--source", str(feeds), "--keep", data_dir=data_dir)
    assert done.returncode == 0, done.stdout + done.stderr
    server = Server(data_dir, exported(done.stdout.splitlines()))
    restarts, orphans, lost = [], [], []
    try:
        for _ in range(kills):
            family, known = _kill_at_work(server, moments.uniform(*_MOMENTS))
            started = time.monotonic()
            port = str(urlsplit(server.environment["AWS_ENDPOINT_URL"]).port)
            up = playgrounds("up", "--port", port, data_dir=data_dir)
            assert up.returncode == 0, up.stdout + up.stderr
            restarts.append(time.monotonic() - started)
            lost += sorted(known - _known(server))
            orphans += _outlived(family)
        wait_until(lambda: "Executing" not in _statuses(server), "the end of all executions")
        last = playgrounds("run", environment=server.environment)
    finally:
        playgrounds("down", data_dir=data_dir)
    median = statistics.median(restarts)
    print(f"lost: {len(lost)} {lost[:3]}, orphans: {len(orphans)} {orphans[:3]}")
    print(f"`playgrounds up`: median {median:.1f} s, worst {max(restarts):.1f} s (goal: {_RESTART_GOAL_SECONDS:.0f} s)")
    reason = " ".join(last.stderr.split())[-200:]
    print(f"a run after them: {reason or 'succeeds'}")
    return int(bool(lost or orphans or last.returncode) or median > _RESTART_GOAL_SECONDS)


def _kill_at_work(server: Server, seconds: float) -> tuple[list[psutil.Process], set[str]]:
    """Kill the server in the course of a run; return its children, and what clients had been told of."""
    known = _known(server)
    command = subprocess.Popen(
        [sys.executable, "-m", "console.main", "run"],
        env=child_environment(server.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(seconds)
    known |= _known(server)
    process = psutil.Process(int((server.data_dir / "server.pid").read_text()))
    family = process.children(recursive=True)
    process.kill()
    command.wait()
    return family, known


def _outlived(family: list[psutil.Process]) -> list[int]:
    """Return the processes that have outlived their server."""
    deadline = time.monotonic() + _ORPHAN_SECONDS
    while (left := [each for each in family if _runs(each)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    return [each.pid for each in left]


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _all(server: Server) -> list[str]:
    return [*executions(server, PIPELINE), *executions(server, DEPLOY_PIPELINE)]


def _statuses(server: Server) -> set[str]:
    sagemaker: Any = server.client("sagemaker")
    described = (sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn) for arn in _all(server))
    return {each["PipelineExecutionStatus"] for each in described}


def _known(server: Server) -> set[str]:
    """Return the executions and model packages that a client has been told of."""
    packages = server.client("sagemaker").get_paginator("list_model_packages").paginate(ModelPackageGroupName=PIPELINE)
    return {
        *_all(server),
        *(package["ModelPackageArn"] for page in packages for package in page["ModelPackageSummaryList"]),
    }


if __name__ == "__main__":
    sys.exit(main())
