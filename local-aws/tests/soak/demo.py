"""``kill -9`` in the demo's own work: the pipeline is started, the server dies, and a next one goes on."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from console.sample_feeds import write_sample_feeds
from tests.clients import exported
from tests.end_to_end.conftest import SMALL, Server, child_environment, playgrounds
from tests.end_to_end.executions import DEPLOY_PIPELINE, PIPELINE, executions
from tests.soak.figures import Figure, quantile
from tests.soak.kills import RESTART_GOAL_SECONDS, orphaned_processes
from tests.waiting import wait_until

_KILLS = 20
_MOMENTS = (1.0, 25.0)
"""Seconds after the start of a run in which the server may die: Glue, training, AutoML, deployment."""
_LEAST_SCALE = 1.0


def run(folder: Path, seed: int, scale: float) -> list[Figure]:
    """Kill the demo's server 20 times; below the full scale nothing, since the tests kill it twice anyway."""
    if scale < _LEAST_SCALE:
        return []
    feeds, data_dir = folder / "feeds", folder / "data"
    write_sample_feeds(feeds, **SMALL)
    done = playgrounds("demo", "--source", str(feeds), "--keep", data_dir=data_dir)
    assert done.returncode == 0, done.stdout + done.stderr
    server = Server(data_dir, exported(done.stdout.splitlines()))
    chosen = random.Random(f"{seed} demo")
    restarts, orphans, lost = [], [], []
    try:
        for _ in range(_KILLS):
            known = _known(server)
            working = subprocess.Popen(
                [sys.executable, "-m", "console.main", "run"],
                env=child_environment(server.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(chosen.uniform(*_MOMENTS))
            known |= _known(server)
            process = psutil.Process(int((data_dir / "server.pid").read_text()))
            family = process.children(recursive=True)
            process.kill()
            working.wait()
            started = time.monotonic()
            port = str(urlsplit(server.environment["AWS_ENDPOINT_URL"]).port)
            up = playgrounds("up", "--port", port, data_dir=data_dir)
            assert up.returncode == 0, up.stdout + up.stderr
            restarts.append(time.monotonic() - started)
            lost += sorted(known - _known(server))
            orphans += orphaned_processes(family)
        sagemaker = server.client("sagemaker")
        wait_until(lambda: not [arn for arn in _all(server) if _status(sagemaker, arn) == "Executing"], "all ends")
        last = playgrounds("run", environment=server.environment)
    finally:
        playgrounds("down", data_dir=data_dir)
    worst = f"{quantile(restarts, 0.5):.1f} / {max(restarts):.1f} s"
    reason = re.sub(r"\s+", " ", last.stderr)[-200:]
    return [
        Figure(f"{_KILLS} kills of the demo: lost", f"{len(lost)} {lost[:3] or ''}", "0", not lost),
        Figure(f"{_KILLS} kills of the demo: orphans", f"{len(orphans)} {orphans[:3] or ''}", "0", not orphans),
        Figure(
            f"{_KILLS} kills of the demo: `playgrounds up`, median / worst",
            worst,
            f"<= {RESTART_GOAL_SECONDS:.0f} s",
            quantile(restarts, 0.5) <= RESTART_GOAL_SECONDS,
        ),
        Figure("a run after them succeeds", reason or "yes", "yes", last.returncode == 0),
    ]


def _all(server: Server) -> list[str]:
    return [*executions(server, PIPELINE), *executions(server, DEPLOY_PIPELINE)]


def _status(sagemaker: object, arn: str) -> str:
    answer = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)  # type: ignore[attr-defined]
    return str(answer["PipelineExecutionStatus"])


def _known(server: Server) -> set[str]:
    """Return the executions and model packages that a client has been told of."""
    packages = server.client("sagemaker").get_paginator("list_model_packages").paginate(ModelPackageGroupName=PIPELINE)
    return {
        *_all(server),
        *(package["ModelPackageArn"] for page in packages for package in page["ModelPackageSummaryList"]),
    }
