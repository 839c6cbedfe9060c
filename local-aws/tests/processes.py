"""``python -m local_aws`` as a process of its own, reached by nothing but the variables that it prints.

With ``ATTACK_CHECKOUT`` set it is the code of that working tree: so an attack is shown to succeed on older code.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from tests.clients import client_of, exported

_STOP_SECONDS = 30


class ServerProcess:
    """A server in a process group of its own.

    Parameters
    ----------
    data_dir
        Its data folder.
    port
        TCP port; 0 for a free one.
    becomes
        What comes before the command, to run it as another user.
    variables
        Further variables of its environment.

    Raises
    ------
    RuntimeError
        If it ends before it is ready; with what it said.
    """

    def __init__(
        self, data_dir: Path, port: int = 0, becomes: Sequence[str] = (), variables: Mapping[str, str] = {}
    ) -> None:
        self.data_dir = data_dir
        self.log = data_dir.with_name(f"{data_dir.name}.log")
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        tree = os.environ.get("ATTACK_CHECKOUT") or str(Path(__file__).parents[1] / "src")
        started = time.monotonic()
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*becomes, sys.executable, "-m", "local_aws", "--port", str(port), "--data-dir", str(data_dir)],
                cwd=tree,
                env=os.environ | {"PYTHONPATH": tree, **variables},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self.process.stdout is not None
        lines, ready = [], False
        for line in self.process.stdout:
            ready = line == "ready\n"
            if ready:
                break
            lines.append(line)
        self.exports = "".join(lines)
        """What a shell is to evaluate."""
        self.environment = exported(lines)
        self.start_seconds = time.monotonic() - started
        """Time from the start of the process until it said that it is ready."""
        if not ready:  # it also exports an address, at which nobody is
            self.kill()
            raise RuntimeError(f"the server did not start: {self.log.read_text()[-2000:]}")

    @property
    def url(self) -> str:
        """Its endpoint."""
        return self.environment["AWS_ENDPOINT_URL"]

    @property
    def port(self) -> int:
        """Its TCP port."""
        port = urlsplit(self.url).port
        assert port is not None
        return port

    def client(self, service: str, **config: Any) -> Any:
        """Make a boto3 client that calls as the user, once."""
        return client_of(self.environment, service, **config)

    def processes(self) -> list[psutil.Process]:
        """Return the server's process and all that it has started and that still run."""
        try:
            server = psutil.Process(self.process.pid)
            family = [server, *server.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []
        return [process for process in family if _runs(process)]

    def listening(self) -> list[int]:
        """Return the TCP ports on which any of its processes listens, its own first."""
        ports = {
            connection.laddr.port
            for process in self.processes()
            for connection in _connections(process)
            if connection.status == psutil.CONN_LISTEN
        }
        return sorted(ports, key=lambda port: (port != self.port, port))

    def kill(self) -> None:
        """Kill the server, as a crash or the kernel does: it alone, without a word to it or to its children."""
        self.process.kill()
        self._end()

    def stop(self) -> None:
        """Stop the server by SIGTERM.

        Raises
        ------
        subprocess.TimeoutExpired
            If it does not end.
        """
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        finally:
            self.kill()

    def _end(self) -> None:
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def server_process(data_dir: Path) -> Iterator[ServerProcess]:
    """Run a server process for the time of the block."""
    server = ServerProcess(data_dir)
    try:
        yield server
    finally:
        server.stop()


def _runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _connections(process: psutil.Process) -> Sequence[Any]:
    try:
        return process.net_connections("tcp")
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return ()
