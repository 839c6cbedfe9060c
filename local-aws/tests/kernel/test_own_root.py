"""A job's root of its own: as root, as an ordinary user, and what takes its place where it is not to be had."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws.kernel.errors import StartError
from local_aws.kernel.processes import own_root
from local_aws.kernel.processes.command import Command
from local_aws.kernel.processes.isolation import VARIABLE, find_isolation
from local_aws.kernel.processes.runner import JobRunner
from tests.job_roots import require_own_root
from tests.waiting import wait_until

NOBODY = 65534


@pytest.fixture(scope="module", autouse=True)
def own_root_is_to_be_had() -> None:
    require_own_root(Path(tempfile.gettempdir()), {})


def listing(folder: str) -> list[tuple[str, float]]:
    """Return what lies in a folder, with the times of its last changes."""
    return sorted((entry.path, entry.stat(follow_symlinks=False).st_mtime) for entry in os.scandir(folder))


def users() -> list[int]:
    """Return the users as whom the tests can run a program: this one, and as root an ordinary one too."""
    return [os.getuid(), NOBODY] if os.getuid() == 0 else [os.getuid()]


def python_of(user: int) -> str:
    """Return a Python that a user may run: this one may lie in a home that others cannot enter."""
    choices = (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3")
    for python in choices:
        ended = subprocess.run(
            ["/usr/bin/env", "-C", "/", python, "-c", ""], user=user, capture_output=True, check=False
        )
        if ended.returncode == 0:
            return python
    pytest.skip(f"user {user} may run none of {', '.join(choices)}")


class Roots:
    """Runs programs of a user in roots of their own."""

    def __init__(self, user: int, folder: Path) -> None:
        self.user = user
        self.folder = folder
        self.python = python_of(user)
        self.program = folder / "own_root.py"
        shutil.copy(own_root.__file__, self.program)
        self.program.chmod(0o644)
        self.shown: list[Path] = []
        self.state = self.make("state")
        (self.state / "keys").write_text("secret")

    def make(self, name: str) -> Path:
        """Make a folder of the user's."""
        path = self.folder / name
        path.mkdir(parents=True)
        os.chown(path, self.user, -1)
        return path

    def start(self, name: str, code: str) -> subprocess.Popen[str]:
        """Start a program in the root of that name."""
        root = self.folder / name
        if not root.exists():
            self.make(name)
        environment = Path(self.python).parent.parent  # it may lie below /tmp
        shown = [f"shown={place}" for place in (environment, *self.shown)]
        places = [f"root={root}", "directory=/", f"hidden={self.state}", *shown]
        return subprocess.Popen(
            [self.python, "-I", "-S", str(self.program), *places, "--", self.python, "-c", code],
            user=self.user,
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, name: str, code: str) -> tuple[int, str]:
        """Run a program to its end; return exit code and output."""
        process = self.start(name, code)
        output, _ = process.communicate(timeout=30)
        return process.returncode, output.strip()


@pytest.fixture(params=users(), ids=lambda user: f"user {user}")
def roots(request: pytest.FixtureRequest) -> Iterator[Roots]:
    # Not below /tmp, which each root has its own of: what is hidden there is not seen anyway.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield Roots(request.param, folder)


def test_two_side_by_side_see_only_their_own(roots: Roots) -> None:
    code = (
        "import pathlib, time\n"
        "folder = pathlib.Path('/opt/ml/processing/x')\n"
        "folder.mkdir(parents=True)\n"
        "(folder / '{0}').write_text('{0}')\n"
        "pathlib.Path('/tmp/{0}.txt').write_text('')\n"
        "time.sleep(1)\n"
        "print(*(path.name for path in (*folder.iterdir(), *pathlib.Path('/tmp').glob('*.txt'))))\n"
    )
    before = listing("/opt")
    processes = [roots.start(name, code.format(name)) for name in ("one", "two")]
    outputs = [process.communicate(timeout=30)[0].strip() for process in processes]

    assert outputs == ["one one.txt", "two two.txt"]
    assert (roots.folder / "one/opt/ml/processing/x/one").read_text() == "one"
    assert listing("/opt") == before


def test_root_is_writable_and_the_host_is_not(roots: Roots) -> None:
    code = (
        "import os, pathlib\n"
        "pathlib.Path('written').write_text('here')\n"
        f"for folder in ('/usr', '/etc', '/var/tmp', '{roots.folder}', '/sys'):\n"
        "    try:\n"
        "        pathlib.Path(folder, 'written').write_text('')\n"
        "        print(folder)\n"
        "    except OSError: pass\n"
        "print(os.getcwd(), os.getuid())\n"
    )

    assert roots.run("root", code) == (0, f"/ {roots.user}")
    assert (roots.folder / "root/written").read_text() == "here"


def test_host_cannot_be_made_writable_again(roots: Roots) -> None:
    code = "import subprocess, sys; sys.exit(subprocess.call(['mount', '-o', 'remount,rw', '/usr'], stderr=-3) == 0)"
    assert roots.run("root", code) == (0, "")


def test_state_and_processes_of_the_host_are_not_there(roots: Roots) -> None:
    code = f"import os; print(os.listdir({str(roots.state)!r}), [p for p in os.listdir('/proc') if p.isdigit()])"
    assert roots.run("root", code) == (0, "[] ['1', '2']")


def test_what_is_shown_below_tmp_is_there_at_each_start_in_a_folder(roots: Roots) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        (Path(name) / "program.txt").write_text("shown")
        roots.shown.append(Path(name))
        code = f"print(open('{name}/program.txt').read())"
        assert [roots.run("again", code) for _ in range(2)] == [(0, "shown")] * 2


def test_state_within_what_is_shown_stays_hidden(roots: Roots) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        roots.state = Path(name, "project", "state")
        environment = roots.state / "environments" / "own"
        environment.mkdir(parents=True)
        (roots.state / "keys").write_text("secret")
        (environment / "library.txt").write_text("shown")
        roots.shown += [Path(name, "project"), environment]
        code = f"import os; print(os.listdir('{roots.state}'), open('{environment}/library.txt').read())"
        assert roots.run("within", code) == (0, "['environments'] shown")


def test_devices_and_shared_memory_are_there(roots: Roots) -> None:
    code = (
        "import multiprocessing.shared_memory, os, pty, sys\n"
        "multiprocessing.Lock()\n"
        "memory = multiprocessing.shared_memory.SharedMemory(create=True, size=1)\n"
        "memory.close(); memory.unlink(); pty.openpty()\n"
        "open('/dev/null', 'w').write('x')\n"
        "print(len(open('/dev/urandom', 'rb').read(3)))\n"
    )
    assert roots.run("root", code) == (0, "3")


@pytest.mark.parametrize(
    ("code", "exit_code"), [("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 9)", 137)]
)
def test_exit_code_is_the_commands(roots: Roots, code: str, exit_code: int) -> None:
    assert roots.run("root", code) == (exit_code, "")


def test_set_up_that_fails_says_which_step(roots: Roots) -> None:
    ended = subprocess.run(
        [roots.python, roots.program, "root=/nowhere", "directory=/", "--", "true"],
        user=roots.user,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == own_root.SET_UP_FAILED
    assert ended.stderr == "a root of its own cannot be made: mount /nowhere: No such file or directory\n"


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[JobRunner]:
    runner = JobRunner(tmp_path / "jobs", {}, lambda *_: None, hidden=tmp_path)
    yield runner
    runner.close()


def job(runner: JobRunner, code: str) -> Command:
    """Return a job that stands for a container."""
    container = runner.container("test", f"job-{time.monotonic_ns()}")
    name = container.folder.name
    arguments = ("python3", "-c", code, container.rewrite("/opt/ml/made"))
    return Command(name, arguments, container.folder, "/group", name, container=container)


def test_job_that_is_stopped_may_clean_up(runner: JobRunner) -> None:
    code = (
        "import pathlib, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path('/opt/ml/cleaned').touch(), sys.exit(0)))\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    command = job(runner, code)
    child = runner.start(command)
    wait_until(lambda: "ready" in child.tail)

    runner.stop(command.job_id)

    assert child.wait().end == "stopped"
    assert command.container is not None
    assert command.container.path("/opt/ml/cleaned").exists()


def test_nothing_of_a_job_outlives_it(runner: JobRunner) -> None:
    code = (
        "import subprocess, sys\nsubprocess.Popen(['sleep', '987.25'], start_new_session=True, stdout=-3, stderr=-3)\n"
    )
    assert runner.run(job(runner, code)).succeeded
    assert not any(
        b"987.25" in path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.parent.exists()
    )


def test_without_a_root_of_its_own_a_job_gets_rewritten_paths_and_its_log_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runner: JobRunner
) -> None:
    monkeypatch.setenv(VARIABLE, "rewritten")
    code = "import os, pathlib, sys; pathlib.Path(sys.argv[1]).touch(); print(os.getcwd(), os.environ['HOME'])"
    commands = [job(runner, code), job(runner, code)]

    for command in commands:
        assert command.container is not None
        outcome = runner.run(command)
        root = command.container.root
        assert outcome.succeeded
        assert command.container.path("/opt/ml/made").exists()
        note, line = (command.folder / "log.txt").read_text().splitlines()
        assert note.startswith("local_aws: paths below /opt/ml are rewritten in arguments and variables")
        assert note.endswith(f"sees the host's /opt/ml: {VARIABLE} is rewritten")
        assert line == f"{root} {root}"


def test_wish_for_the_way_is_one_of_two(tmp_path: Path) -> None:
    assert find_isolation(tmp_path, {VARIABLE: "own"}).own_root
    with pytest.raises(StartError, match=f"{VARIABLE} must be own or rewritten; got 'both'"):
        find_isolation(tmp_path, {VARIABLE: "both"})


def test_wish_that_cannot_be_met_keeps_the_server_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert find_isolation(tmp_path, {}).describe().endswith("only Linux has the namespaces that it takes")
    with pytest.raises(StartError, match=f"{VARIABLE} is own, and jobs cannot have a root of their own: only Linux"):
        find_isolation(tmp_path, {VARIABLE: "own"})
