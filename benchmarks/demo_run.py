"""Times ``playgrounds demo`` as a whole: wall time, peak memory of all its processes, and orchestration overhead.

Each run is a fresh process on a fresh data folder. Orchestration is the part of the pipeline's execution in
which no step was running.

Run as ``python -m benchmarks.demo_run [--source DIR] [--runs 3]``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3

_SAMPLE_SECONDS = 0.2
Interval = tuple[datetime, datetime]


@dataclass(frozen=True)
class DemoRun:
    """Figures of one run: wall time, and times of the pipeline's execution and of its steps.

    `peak_mb` is the largest sum of the proportional set sizes of all its processes, in MB.
    """

    seconds: float
    peak_mb: float
    steps_seconds: float
    execution_seconds: float

    @property
    def orchestration(self) -> float:
        """The execution's time beyond its steps, as a fraction of the steps' time."""
        return self.execution_seconds / self.steps_seconds - 1


def run_demo(source: str) -> DemoRun:
    """Run the demo once on a fresh data folder."""
    with tempfile.TemporaryDirectory() as folder:
        data_dir, summary_file = Path(folder) / "data", Path(folder) / "summary.json"
        command = [sys.executable, "-m", "console.main", "demo", "--source", source, "--keep"]
        started = time.monotonic()
        process = subprocess.Popen(
            [*command, "--data-dir", str(data_dir), "--json", str(summary_file)],
            stdout=subprocess.PIPE,
            text=True,
        )
        peak = _PeakMemory(process.pid)
        output, _ = process.communicate()
        seconds = time.monotonic() - started
        peak_mb = peak.stop()
        if process.returncode:
            raise SystemExit(f"the demo failed:\n{output}")
        try:
            steps, execution = _spans(output, json.loads(summary_file.read_text())["execution"]["arn"])
        finally:
            subprocess.run(
                [sys.executable, "-m", "console.main", "down", "--data-dir", str(data_dir)],
                check=True,
                stdout=subprocess.DEVNULL,
            )
    return DemoRun(seconds, peak_mb, _covered(steps), _covered([execution]))


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", default="sample", help="sample or a folder of feeds")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args(arguments)
    runs = [run_demo(options.source) for _ in range(options.runs)]
    print("| figure | min | median | max |\n|---|---|---|---|")
    for name, values in (
        ("wall time of the demo, s", [run.seconds for run in runs]),
        ("peak memory of all processes, MB", [run.peak_mb for run in runs]),
        ("pipeline steps, s", [run.steps_seconds for run in runs]),
        ("orchestration around the steps, %", [100 * run.orchestration for run in runs]),
    ):
        print(f"| {name} | {min(values):.1f} | {statistics.median(values):.1f} | {max(values):.1f} |")


class _PeakMemory:
    """Samples the memory of a process and all its descendants."""

    def __init__(self, pid: int) -> None:
        self._pids = {pid}
        self._peak_kb = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()

    def stop(self) -> float:
        self._stop.set()
        self._thread.join()
        return self._peak_kb / 1024

    def _sample(self) -> None:
        while not self._stop.wait(_SAMPLE_SECONDS):
            self._add_descendants()
            self._peak_kb = max(self._peak_kb, sum(_proportional_kb(pid) for pid in self._pids))

    def _add_descendants(self) -> None:
        parents = {int(path.name): _parent(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
        self._pids &= parents.keys()
        changed = True
        while changed:
            changed = False
            for pid, parent in parents.items():
                if parent in self._pids and pid not in self._pids:
                    self._pids.add(pid)
                    changed = True


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _proportional_kb(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def _spans(output: str, execution_arn: str) -> tuple[list[Interval], Interval]:
    """Read the times of the execution and of its steps from the running server."""
    lines = [line.strip().removeprefix("export ") for line in output.splitlines() if "export " in line]
    variables: dict[str, Any] = dict(line.split("=", 1) for line in lines)
    client = boto3.session.Session(
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        region_name=variables["AWS_REGION"],
    ).client("sagemaker", endpoint_url=variables["AWS_ENDPOINT_URL"])
    pages = client.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=execution_arn)
    steps = [step for page in pages for step in page["PipelineExecutionSteps"]]
    execution = client.describe_pipeline_execution(PipelineExecutionArn=execution_arn)
    return (
        [(step["StartTime"], step["EndTime"]) for step in steps],
        (execution["CreationTime"], execution["LastModifiedTime"]),
    )


def _covered(intervals: Iterable[Interval]) -> float:
    """Return the seconds that at least one of the intervals covers."""
    total, until = 0.0, None
    for start, end in sorted(intervals):
        if until is None or start > until:
            total, until = total + (end - start).total_seconds(), end
        elif end > until:
            total, until = total + (end - until).total_seconds(), end
    return total


if __name__ == "__main__":
    main()
