"""Child processes: logs, limits and ends."""

import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from local_aws.kernel.processes.child import failure_reason
from local_aws.kernel.processes.command import Command
from local_aws.kernel.processes.container import ContainerFolder, make_tar, unpack_tar
from local_aws.kernel.processes.runner import JobRunner
from tests.waiting import wait_until


class Sent(list):
    """Log events as CloudWatch Logs would get them."""

    def __call__(self, group: str, stream: str, events: list[tuple[int, str]], begun: bool) -> None:
        self.extend((group, stream, line) for _, line in events)


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def runner(tmp_path: Path, sent: Sent):
    runner = JobRunner(tmp_path, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, sent)
    yield runner
    runner.close()


def command(runner: JobRunner, code: str, **extra) -> Command:
    name = f"job-{time.monotonic_ns()}"
    return Command(name, ("python3", "-c", code), runner.folder("test", name), "/group", name, **extra)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_job_logs_to_disk_and_to_cloudwatch_and_gives_its_exit_code(runner: JobRunner, sent: Sent) -> None:
    job = command(runner, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    outcome = runner.run(job)
    assert (outcome.exit_code, outcome.end, outcome.succeeded) == (3, "finished", False)
    assert sorted(outcome.tail) == ["err", "out"]
    assert sorted((job.folder / "log.txt").read_text().split()) == ["err", "out"]
    assert sorted(sent) == [("/group", job.log_stream, "err"), ("/group", job.log_stream, "out")]
    assert failure_reason(outcome).startswith("exit code 3: ")


def test_a_job_sees_a_clean_environment(runner: JobRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_CALLER", "x")
    job = command(runner, "import os; print(sorted(os.environ))", environment={"SM_NUM_GPUS": "0"})
    seen = runner.run(job).tail[-1]
    assert "SECRET_OF_THE_CALLER" not in seen
    assert "SM_NUM_GPUS" in seen
    assert "AWS_ENDPOINT_URL" in seen


@pytest.mark.parametrize(("own", "seen"), [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")])
def test_waiting_threads_of_a_job_leave_the_processors_to_others(runner: JobRunner, own, seen) -> None:
    job = command(runner, "import os; print(os.environ['OMP_WAIT_POLICY'])", environment=own)
    assert runner.run(job).tail[-1] == seen


def test_a_job_out_of_time_ends_with_all_its_processes(runner: JobRunner) -> None:
    code = "import subprocess; child = subprocess.Popen(['sleep', '60']); print(child.pid, flush=True); child.wait()"
    outcome = runner.run(command(runner, code, timeout_seconds=1.0))
    assert outcome.end == "timed-out"
    assert "out of time" in failure_reason(outcome)
    wait_until(lambda: not alive(int(outcome.tail[0])))


def test_stop_ends_a_running_job_and_only_that(runner: JobRunner) -> None:
    job = command(runner, "print('started', flush=True); import time; time.sleep(60)")
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(runner.run(job)))
    thread.start()
    wait_until(lambda: (job.folder / "log.txt").exists() and runner.stop(job.job_id))
    thread.join(60)
    assert outcomes[0].end == "stopped"
    assert not runner.stop(job.job_id)


def test_what_a_job_leaves_in_the_background_ends_with_it(runner: JobRunner) -> None:
    code = "import subprocess; print(subprocess.Popen(['sleep', '60']).pid, flush=True)"
    outcome = runner.run(command(runner, code))
    assert outcome.succeeded
    wait_until(lambda: not alive(int(outcome.tail[0])))


def test_a_command_may_start_in_another_folder(runner: JobRunner, tmp_path: Path) -> None:
    job = command(runner, "import os; print(os.getcwd(), os.environ['HOME'])", working_directory=tmp_path)
    assert runner.run(job).tail[-1] == f"{tmp_path} {job.folder}"


def test_a_closed_runner_starts_no_more(runner: JobRunner) -> None:
    runner.close()
    with pytest.raises(RuntimeError, match="stopping"):
        runner.run(command(runner, "pass"))


def test_a_closed_runner_sends_no_more_log_lines(tmp_path: Path) -> None:
    """The records, where they go, are closed after it."""
    sent: list[str] = []

    def send(group: str, stream: str, events: list[tuple[int, str]], begun: bool) -> None:
        time.sleep(0.3)
        sent.extend(line for _, line in events)

    runner = JobRunner(tmp_path, {}, send)
    child = runner.start(command(runner, "import time; print('begun'); time.sleep(60)"))
    wait_until(lambda: child.tail)
    runner.close()
    assert sent == ["begun"]
    assert f"log {child.command.job_id}" not in {thread.name for thread in threading.enumerate()}


def test_a_program_that_is_not_there_is_an_error_of_the_job(runner: JobRunner) -> None:
    folder = runner.folder("test", "missing")
    outcome = runner.run(Command("missing", ("/no/such/program",), folder, "/group", "missing"))
    assert not outcome.succeeded
    assert "/no/such/program" in failure_reason(outcome)


def test_no_job_outlives_a_killed_server(tmp_path: Path) -> None:
    server = textwrap.dedent(f"""
        from pathlib import Path
        from local_aws.kernel.processes.child import Command
        from local_aws.kernel.processes.runner import JobRunner
        runner = JobRunner(Path({str(tmp_path)!r}), {{}}, lambda *_: None)
        code = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
        runner.run(Command("a", ("python3", "-c", code), runner.folder("test", "a"), "/group", "a"),
                   on_line=lambda line: print(line, flush=True))
    """)
    process = subprocess.Popen([sys.executable, "-c", server], stdout=subprocess.PIPE, text=True)
    pid = int(process.stdout.readline())
    assert alive(pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    wait_until(lambda: not alive(pid))


def test_container_paths_are_rewritten_and_kept_inside(tmp_path: Path) -> None:
    container = ContainerFolder(tmp_path, own_root=False)
    assert container.path("/opt/ml/model") == tmp_path / "container/opt/ml/model"
    assert container.rewrite("--dir=/opt/ml/model") == f"--dir={tmp_path}/container/opt/ml/model"
    assert container.rewrite("s3://bucket/opt/ml/x /opt/mlx") == "s3://bucket/opt/ml/x /opt/mlx"
    for bad in ("/etc/passwd", "/opt/ml/../../etc", "/opt/mlx"):
        with pytest.raises(ValueError, match="container path"):
            container.path(bad)


def test_tars_are_unpacked_inside_their_folder_only(tmp_path: Path) -> None:
    import io
    import tarfile

    good = tmp_path / "model"
    good.mkdir()
    (good / "xgboost-model").write_text("trees")
    (good / "xgboost-model").chmod(0o644)
    make_tar(good, tmp_path / "model.tar.gz")
    unpack_tar(tmp_path / "model.tar.gz", tmp_path / "out", 10**6)
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "out").rglob("*") if path.is_file()} == {0}
    assert (tmp_path / "out" / "xgboost-model").read_text() == "trees"
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as tar:
        entry = tarfile.TarInfo("../escaped")
        entry.size = 1
        tar.addfile(entry, io.BytesIO(b"x"))
    with pytest.raises(tarfile.TarError):
        unpack_tar(tmp_path / "evil.tar.gz", tmp_path / "out", 10**6)
    assert not (tmp_path / "escaped").exists()


@pytest.mark.parametrize(
    "name", ["..", "../../escaped", "/etc", ".", "", "a/../../b", "x" * 300, "a\0b", "ü" * 200, "~a"]
)
def test_no_name_leads_out_of_the_root(runner: JobRunner, tmp_path: Path, name: str) -> None:
    folder = runner.folder("crawlers", name)
    assert folder.is_dir()
    assert (tmp_path / "crawlers").resolve() in folder.resolve().parents
    assert folder == runner.folder("crawlers", name)


def test_plain_names_are_folders_of_that_name(runner: JobRunner, tmp_path: Path) -> None:
    assert runner.folder("lambda", "my-function_1/5c6f-11") == tmp_path / "lambda/my-function_1/5c6f-11"
    assert runner.folder("x", "a/b") != runner.folder("x", "a~b")


def test_a_second_start_of_a_running_job_leaves_its_environment(runner: JobRunner, tmp_path: Path) -> None:
    container = ContainerFolder(tmp_path / "container", own_root=False)
    server = command(runner, "import time; time.sleep(60)", container=container)
    runner.start(server)
    marker = container.environment / "marker"
    marker.write_text("installed by the job")

    with pytest.raises(RuntimeError, match="already running"):
        runner.start(server)

    assert marker.exists()
