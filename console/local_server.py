"""Starting and stopping local_aws, as a process of its own."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from console.errors import CommandError

DEFAULT_DATA_DIR = Path("playgrounds-data")
DEFAULT_PORT = 4600
"""The server's own default."""

_STOP_SECONDS = 15.0
_MIN_FREE_BYTES = 100_000_000
_PID_FILE = "server.pid"
_EXPORTS_FILE = "server.env"
_LOG_FILE = "server.log"
_ACCOUNT_VARIABLES = frozenset(
    {
        *("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"),
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    }
)
_SERVICE_ENDPOINT = "AWS_ENDPOINT_URL_"

UNREACHABLE = (
    "unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_IGNORE_CONFIGURED_ENDPOINT_URLS "
    "$(env | sed -n 's/^\\(AWS_ENDPOINT_URL_[A-Za-z0-9_]*\\)=.*/\\1/p')\n"
    "export AWS_ENDPOINT_URL=http://127.0.0.1:1; false\n"
)
"""What a shell evaluates when no local_aws runs: it would go on with its previous account. As local_aws prints it."""


class LocalServer:
    """A running local_aws; `exports` are the shell commands that it printed, which point AWS clients at it."""

    def __init__(self, process: subprocess.Popen[str], data_dir: Path, exports: str) -> None:
        self.data_dir = data_dir
        self.exports = exports
        self._process = process

    @property
    def environment(self) -> dict[str, str]:
        """The variables that these commands set."""
        return variables(self.exports)

    def check(self) -> None:
        """Raise `CommandError` with the last line of its log if the server has ended."""
        if self._process.poll() is not None:
            raise CommandError(
                "local_aws", _last_log_line(self.data_dir / _LOG_FILE), log=str(self.data_dir / _LOG_FILE)
            )

    def stop(self) -> None:
        """Stop the server, and with it every job and model server."""
        _terminate(self._process)
        _remove_server_files(self.data_dir)


def variables(exports: str) -> dict[str, str]:
    """Return the variables that shell commands of a server set."""
    lines = (line.partition(" ") for line in exports.splitlines())
    pairs = (rest.partition("=") for word, _, rest in lines if word == "export")
    return {name: value for name, _, value in pairs}


def choose_port(port: int | None) -> int:
    """Return the port for a server: the one that was asked for, else the default one if nothing listens there."""
    if port is not None:
        return port
    try:
        # As the server will: a port that an earlier one left in TIME_WAIT can be used.
        with socket.create_server(("127.0.0.1", DEFAULT_PORT)):
            return DEFAULT_PORT
    except OSError:
        return 0


def start(data_dir: Path, *, keep: bool, port: int = 0) -> LocalServer:
    """Start a server on a data folder and wait until it answers.

    Parameters
    ----------
    keep
        Whether the server outlives this process.
    port
        TCP port on loopback; 0 for a free one.

    Raises
    ------
    CommandError
        It does not start, for the server's own reason, or one runs already, or the disk is almost full.
    """
    if (running := recorded_exports(data_dir)) is not None:
        url = variables(running)["AWS_ENDPOINT_URL"]
        raise CommandError(
            "local_aws",
            f"one runs already on {data_dir}, at {url}: '{down_command(data_dir)}' stops it; its data stay. "
            "Another folder is chosen with --data-dir",
        )
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    free = shutil.disk_usage(data_dir).free
    if free < _MIN_FREE_BYTES:
        reason = f"only {free // 10**6} MB are free on its disk; at least {_MIN_FREE_BYTES // 10**6} MB are needed"
        raise CommandError(str(data_dir), reason)
    if not find_spec("local_aws"):
        raise CommandError("local_aws", "is not installed; from a checkout: pip install ./local-aws")
    log_path = data_dir / _LOG_FILE
    owner = [] if keep else ["--with-stdin"]
    with open(log_path, "a", opener=_owner_only) as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local_aws", "--port", str(port), "--data-dir", str(data_dir), *owner],
            stdin=subprocess.DEVNULL if keep else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    exports = _read_exports(process)
    if exports is None:
        _terminate(process)
        raise CommandError("local_aws", _last_log_line(log_path), log=str(log_path))
    server = LocalServer(process, data_dir, exports)
    for name, text in ((_EXPORTS_FILE, server.exports), (_PID_FILE, f"{process.pid}\n")):
        with open(data_dir / name, "w", opener=_owner_only) as file:
            file.write(text)
    return server


def down_command(data_dir: Path) -> str:
    """Return the command that stops the server of a data folder, as the user types it in this folder."""
    own = data_dir.resolve() == DEFAULT_DATA_DIR.resolve()
    return "playgrounds down" + ("" if own else f" --data-dir {shlex.quote(str(data_dir))}")


def recorded_exports(data_dir: Path) -> str | None:
    """Return the ``exports`` of the server that was left running on a data folder; None when none runs."""
    pid = _recorded_pid(data_dir)
    return None if pid is None or not _is_server(pid) else (data_dir / _EXPORTS_FILE).read_text()


def stop_recorded(data_dir: Path) -> bool:
    """Stop the server that was left running on a data folder; return False when none runs.

    Raises
    ------
    CommandError
        It does not end.
    """
    pid = _recorded_pid(data_dir)
    if pid is None:
        return False
    running = _is_server(pid)
    if running:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while _is_server(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    if not _is_server(pid):
        _remove_server_files(data_dir)
        return running
    raise CommandError("local_aws", f"process {pid} did not end within {_STOP_SECONDS:.0f} s; kill it")


@contextmanager
def pointed_at(server: LocalServer) -> Iterator[None]:
    """Point every AWS client and child process of this process at a server, for the time of the block."""
    before = dict(os.environ)
    for name in before:
        if name in _ACCOUNT_VARIABLES or name.startswith(_SERVICE_ENDPOINT):
            del os.environ[name]
    os.environ.update(server.environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _owner_only(path: str, flags: int) -> int:
    """Open a file for its owner only, even if it existed before."""
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)
    return descriptor


def _last_log_line(log_path: Path) -> str:
    if not log_path.exists():
        return f"{log_path.parent} is gone"
    lines = log_path.read_text().strip().splitlines()
    return lines[-1] if lines else "the server exited without a message; check the free space on its disk"


def _recorded_pid(data_dir: Path) -> int | None:
    pid_file = data_dir / _PID_FILE
    if not pid_file.exists():
        return None
    try:
        return int(pid_file.read_text())
    except ValueError as error:
        raise CommandError(str(pid_file), "does not contain a process ID; find and stop the server manually") from error


def _remove_server_files(data_dir: Path) -> None:
    for name in (_PID_FILE, _EXPORTS_FILE):
        (data_dir / name).unlink(missing_ok=True)


def _is_server(pid: int) -> bool:
    """Return whether a process is a server of ours, and not another with a reused number."""
    import psutil

    try:
        return any("local_aws" in argument for argument in psutil.Process(pid).cmdline())
    except psutil.Error:
        return False


def _read_exports(process: subprocess.Popen[str]) -> str | None:
    """Read the server's lines for a shell, up to ``ready``; None when the server ended before."""
    lines: list[str] = []
    for line in process.stdout or ():
        if line.strip() == "ready":
            return "".join(lines)
        lines.append(line)
    return None


def _terminate(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
