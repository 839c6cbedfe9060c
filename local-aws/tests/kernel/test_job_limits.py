"""What a job may use: memory, disk, log; and where the limits come from."""

from __future__ import annotations

import dataclasses
import io
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws.kernel.errors import StartError
from local_aws.kernel.limits import MB, Limits
from local_aws.kernel.processes.child import failure_reason
from local_aws.kernel.processes.command import Command
from local_aws.kernel.processes.container import unpack_tar
from local_aws.kernel.processes.runner import JobRunner
from tests.waiting import wait_until


@pytest.fixture
def sent() -> list[str]:
    """The lines that CloudWatch Logs gets."""
    return []


@pytest.fixture
def runner(tmp_path: Path, sent: list[str]) -> Iterator[JobRunner]:
    limits = dataclasses.replace(Limits.of_machine(tmp_path, {}), job_memory=300 * MB, job_disk=20 * MB, job_log=MB)
    runner = JobRunner(
        tmp_path, {}, lambda group, stream, events, begun: sent.extend(line for _, line in events), limits
    )
    yield runner
    runner.close()


def command(runner: JobRunner, code: str, memory_bytes: int | None = None) -> Command:
    name = f"job-{time.monotonic_ns()}"
    return Command(
        name,
        ("python3", "-c", code),
        runner.folder("test", name),
        "/group",
        name,
        timeout_seconds=60.0,
        memory_bytes=memory_bytes,
    )


def test_job_that_takes_too_much_memory_is_ended(runner: JobRunner) -> None:
    outcome = runner.run(command(runner, "x = [bytearray(10**7) for _ in range(60)]; import time; time.sleep(50)"))
    assert (outcome.exit_code, outcome.succeeded) == (137, False)
    reason = failure_reason(outcome)
    assert reason.startswith("OutOfMemory: the job's processes use ")
    assert "its limit is 300 MB (LOCAL_AWS_JOB_MEMORY_MB" in reason
    assert "exit code: 137" in reason


def test_memory_of_all_processes_counts(runner: JobRunner) -> None:
    """Each is below the limit; one has left the process group, and ends too."""
    code = (
        "import subprocess, sys\n"
        "part = 'x = bytearray(120 * 10**6); import time; time.sleep(50)'\n"
        "parts = [subprocess.Popen([sys.executable, '-c', part], start_new_session=index == 0) for index in range(3)]\n"
        "print(parts[0].pid, flush=True)\n"
        "parts[1].wait()\n"
    )
    outcome = runner.run(command(runner, code))
    assert outcome.breach.startswith("OutOfMemory")
    if sys.platform == "linux":
        wait_until(lambda: not Path(f"/proc/{outcome.tail[0]}").exists())


def test_memory_that_processes_share_counts_once(runner: JobRunner) -> None:
    code = (
        "import os, time\n"
        "x = b'x' * 150_000_000\n"
        "for _ in range(3): os.fork() or (time.sleep(2), os._exit(0))\n"
        "time.sleep(1)\n"
    )
    assert runner.run(command(runner, code)).succeeded


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own limit on memory is Linux's")
def test_one_large_request_for_memory_fails_at_once(runner: JobRunner) -> None:
    outcome = runner.run(command(runner, "bytearray(3 * 10**9)"))
    assert "MemoryError" in failure_reason(outcome)


def test_job_that_fills_its_folder_is_ended(runner: JobRunner) -> None:
    code = "for i in range(60): open(f'f{i}', 'wb').write(b'x' * 10**6)\nimport time; time.sleep(50)"
    outcome = runner.run(command(runner, code))
    assert failure_reason(outcome).startswith("No space left on device: the job's folder holds ")
    assert "its limit is 20 MB (" in failure_reason(outcome)


def test_one_file_cannot_grow_past_the_limit(runner: JobRunner) -> None:
    job = command(runner, "open('f', 'wb').write(b'x' * 10**8)")
    outcome = runner.run(job)
    assert not outcome.succeeded
    assert (job.folder / "f").stat().st_size <= 20 * MB


def test_command_may_lower_the_limits_and_not_raise_them(runner: JobRunner) -> None:
    greedy = "x = bytearray(200 * 10**6); import time; time.sleep(2)"
    assert runner.run(command(runner, greedy, memory_bytes=100 * MB)).breach.endswith("its limit is 100 MB")
    assert runner.run(command(runner, greedy, memory_bytes=10**12)).succeeded
    assert runner.run(
        command(runner, "x = bytearray(400 * 10**6); import time; time.sleep(50)", memory_bytes=10**12)
    ).breach


def test_log_ends_with_a_line_that_says_so(runner: JobRunner, sent: list[str]) -> None:
    job = command(runner, "for i in range(30000): print(f'line {i:06d} ' + 'x' * 90)")
    outcome = runner.run(job)
    assert outcome.succeeded
    log = job.folder / "log.txt"
    assert log.stat().st_size < MB + 300
    last = log.read_text().splitlines()[-1]
    assert last.startswith("local_aws: the log has reached 1 MB and ends here")
    assert sent[-1] == last
    assert outcome.tail[-1].startswith("line 029999")


def test_limits_come_from_the_machine_and_from_the_environment(tmp_path: Path) -> None:
    own = Limits.of_machine(tmp_path, {})
    assert own.job_memory >= 256 * MB
    assert own.query_memory >= 1024 * MB
    changed = Limits.of_machine(tmp_path, {"LOCAL_AWS_JOB_MEMORY_MB": "700", "LOCAL_AWS_QUERY_SECONDS": "5"})
    assert changed == dataclasses.replace(
        own,
        job_memory=700 * MB,
        query_seconds=5,
        job_disk=changed.job_disk,
        query_disk=changed.query_disk,
        query_result=changed.query_result,
    )


@pytest.mark.parametrize("text", ["-1", "0", "1.5", "12 GB", "²", "9" * 30])
def test_setting_that_is_no_limit_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(StartError, match="LOCAL_AWS_JOB_DISK_MB must be a whole number, 1 at least; got "):
        Limits.of_machine(tmp_path, {"LOCAL_AWS_JOB_DISK_MB": text})


def test_memory_that_no_interpreter_can_start_with_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="LOCAL_AWS_JOB_MEMORY_MB must be a whole number, 256 at least; got '64'"):
        Limits.of_machine(tmp_path, {"LOCAL_AWS_JOB_MEMORY_MB": "64"})


def test_archive_that_unpacks_to_more_than_the_limit_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "bomb.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in ("a", "b"):
            entry = tarfile.TarInfo(name)
            entry.size = 8 * MB
            tar.addfile(entry, io.BytesIO(bytes(entry.size)))
    with pytest.raises(tarfile.TarError, match="unpacks to more than 10 MB"):
        unpack_tar(archive, tmp_path / "out", 10 * MB)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a"]
