"""Runs a command as long as a pipe is open; a program of its own, started by `local_aws.kernel.processes.child`.

The server holds the other end of the pipe. When the server ends, even by ``kill -9``, the pipe closes, and this
process ends its whole group: no job, JVM or model server outlives the server.

The kernel's limits are set here: bytes of memory that each process may ask for, and bytes of each file. They stop at
once what grows faster than `local_aws.kernel.processes.watchdog` looks.

Usage: ``lifeline.py DESCRIPTOR MEMORY_BYTES FILE_BYTES [PLACE ...] -- COMMAND [ARGUMENT ...]``; with places the command
runs in the root of its own that they describe, see `own_root`.
"""

import ctypes
import os
import resource
import select
import signal
import sys
import time

sys.path.append(os.path.abspath(f"{__file__}/../../../.."))
from local_aws.kernel.processes import own_root

GRACE_SECONDS = 3.0
_LOOK_SECONDS = 0.01
_PR_SET_CHILD_SUBREAPER = 36
"""Of ``<linux/prctl.h>``."""


def main() -> int:
    """Run the command and return its exit code, 128 + n for signal n."""
    pipe = int(sys.argv[1])
    os.set_inheritable(pipe, False)
    _limit(resource.RLIMIT_DATA, int(sys.argv[2]))
    _limit(resource.RLIMIT_FSIZE, int(sys.argv[3]))
    _limit(resource.RLIMIT_CORE, 0)
    _adopt_orphans()
    at = sys.argv.index("--")
    child = _start(pipe, sys.argv[4:at], sys.argv[at + 1 :])
    ended_read, ended_write = os.pipe()
    signal.set_wakeup_fd(_non_blocking(ended_write))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while (code := _exit_code(child)) is None:
        ready, _, _ = select.select([pipe, ended_read], [], [], 1.0)
        if pipe in ready:
            _end_group(child)
            _end_descendants()
            return 128 + signal.SIGTERM
        if ended_read in ready:
            os.read(ended_read, 512)
    _end_descendants()
    return code if code >= 0 else 128 - code


def _start(pipe: int, places: "list[str]", command: "list[str]") -> int:
    """Start the command, and return the process to wait for."""
    child = os.fork()
    if child == 0:
        os.close(pipe)
        os._exit(own_root.run(places, command) if places else own_root.become(command))
    return child


def _exit_code(child: int) -> "int | None":
    """Return the exit code of the child, negative for a signal; None while it runs."""
    pid, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if pid else None


def _limit(kind: int, bound: int) -> None:
    """Set a limit, within what this process may set itself."""
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        bound = min(bound, hard)
    try:
        resource.setrlimit(kind, (bound, bound))
    except (OSError, ValueError):
        pass  # macOS refuses some; the watchdog looks there too


def _non_blocking(descriptor: int) -> int:
    os.set_blocking(descriptor, False)
    return descriptor


def _end_group(child: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while _exit_code(child) is None:
        if time.monotonic() > deadline:
            _end_descendants()
            os.killpg(0, signal.SIGKILL)
        time.sleep(_LOOK_SECONDS)


def _adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends, daemons for example; only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_descendants() -> None:
    """Kill what the command left running, in its process group or in one of its own, as a daemon is."""
    if sys.platform != "linux":
        return
    deadline = time.monotonic() + GRACE_SECONDS
    spared: set[int] = set()
    while (left := set(_descendants()) - spared) and time.monotonic() < deadline:
        for process in left:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
            except PermissionError:
                spared.add(process)  # it has become another user's, by sudo for example
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        time.sleep(_LOOK_SECONDS)


def _descendants() -> list[int]:
    """Return the processes below this one, those that have ended and wait to be reaped too."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                # The name of the program, in parentheses, may hold anything.
                parent = int(file.read().rpartition(b")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(name))
    pids, at = children.get(os.getpid(), []), 0
    while at < len(pids):
        pids += children.get(pids[at], [])
        at += 1
    return pids


if __name__ == "__main__":
    sys.exit(main())
