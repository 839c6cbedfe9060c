"""What jobs print and leave running: bounded, and never waited for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws.kernel.processes.command import Command
from local_aws.kernel.processes.output import split_lines
from local_aws.kernel.processes.runner import JobRunner
from tests.waiting import wait_until

_DAEMON = """
import os, time
print("before", flush=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        while True:
            time.sleep(0.01)
            LOOP
    os._exit(0)
os.wait()
time.sleep(0.2)
print("after", flush=True)
"""

_OTHER_USERS = """
import pathlib, sys, time
from local_aws.kernel.processes.command import Command
from local_aws.kernel.processes.runner import JobRunner

job = '''
import os, sys, time
for leaves_the_group in (False, True):
    if os.fork() == 0:
        if leaves_the_group:
            os.setsid()
        os.setuid(65534)
        os.write(1, f"{os.getpid()}{os.linesep}".encode())  # in one piece: both write
        time.sleep(600)
time.sleep(1 if sys.argv[1] == "finished" else 60)
'''
runner = JobRunner(pathlib.Path(sys.argv[1]), {}, lambda group, stream, events, begun: None)
child = runner.start(Command("job", ("python3", "-c", job, sys.argv[2]), runner.folder("test", "job"), "/group", "job"))
while len(child.tail) < 2:
    time.sleep(0.05)
print(*child.tail, flush=True)
if sys.argv[2] == "breach":
    child.breach("too much", map(int, child.tail))
outcome = child.wait()
print(outcome.exit_code, outcome.breach)
runner.close()
"""


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[JobRunner]:
    runner = JobRunner(tmp_path, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, lambda group, stream, events, begun: None)
    yield runner
    runner.close()


def _command(runner: JobRunner, code: str) -> Command:
    name = f"job-{time.monotonic_ns()}"
    return Command(name, ("python3", "-c", code), runner.folder("test", name), "/group", name)


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="other systems let no process adopt a daemon")
@pytest.mark.parametrize("loop", ["pass", "print('x' * 1000, flush=True)"])
def test_a_daemon_of_a_job_ends_with_it(runner: JobRunner, loop: str) -> None:
    job = _command(runner, _DAEMON.replace("LOOP", loop))

    outcome = runner.run(job)

    assert outcome.succeeded
    lines = (job.folder / "log.txt").read_text().split()
    assert {"before", "after"} <= set(lines)
    pid = next(int(line) for line in lines if line.isdecimal())
    wait_until(lambda: not _is_alive(pid))


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="only root can make another user's process")
@pytest.mark.parametrize("end", ["finished", "breach"])
def test_what_became_another_users_process_is_left_alone(tmp_path: Path, end: str) -> None:
    """As sudo does for an ordinary user. Here root has not the right to end what others run."""
    without_the_right = ("setpriv", "--bounding-set=-kill", "--inh-caps=-kill")
    ended = subprocess.run(
        [*without_the_right, sys.executable, "-c", _OTHER_USERS, str(tmp_path), end],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    pids, _, outcome = ended.stdout.partition("\n")
    left = [int(pid) for pid in pids.split() if _is_alive(int(pid))]
    for pid in left:
        os.kill(pid, signal.SIGKILL)

    assert (ended.stderr, outcome) == ("", "0 \n" if end == "finished" else "137 too much\n")
    assert len(left) == 2


def test_a_process_that_ignores_signals_ends_with_its_job(runner: JobRunner) -> None:
    code = (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('on', flush=True)\ntime.sleep(600)"
    )
    job = _command(runner, code)
    child = runner.start(job)
    wait_until(lambda: child.tail == ("on",))

    assert runner.stop(job.job_id)
    assert child.wait().end == "stopped"


def test_a_line_without_an_end_is_cut_and_not_kept_in_memory(runner: JobRunner) -> None:
    size = 50_000_000
    tracemalloc.start()
    try:
        outcome = runner.run(_command(runner, f"import sys; sys.stdout.write('é' * {size // 2})"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert outcome.succeeded
    assert peak < size // 4
    assert set(outcome.tail[0]) == {"é"}, "a character is not cut in two"


@pytest.mark.parametrize("most_bytes", [4, 7, 100])
def test_lines_are_the_same_however_they_arrive(most_bytes: int) -> None:
    text = "one\n\nzwei ß, and more\nthree without an end €"
    data = text.encode()
    whole = list(split_lines([data], most_bytes))

    assert "".join(whole) == text.replace("\n", "")
    assert all(len(line.encode()) <= most_bytes for line in whole)
    if most_bytes == 100:
        assert whole == text.split("\n")
    for size in range(1, len(data)):
        assert list(split_lines((data[at : at + size] for at in range(0, len(data), size)), most_bytes)) == whole
