"""Runs a command as long as a pipe is open; a program of its own, started by `local_aws.jobs.child`.

The server holds the other end of the pipe. When the server ends, even by ``kill -9``, the pipe closes, and this
process ends its whole group: no job, JVM or model server outlives the server.

Usage: ``lifeline.py DESCRIPTOR COMMAND [ARGUMENT ...]``
"""

import os
import select
import signal
import subprocess
import sys

GRACE_SECONDS = 3.0


def main() -> int:
    """Run the command and give its exit code, 128 + n for signal n."""
    pipe = int(sys.argv[1])
    os.set_inheritable(pipe, False)
    child = subprocess.Popen(sys.argv[2:])
    ended_read, ended_write = os.pipe()
    signal.set_wakeup_fd(_non_blocking(ended_write))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while child.poll() is None:
        ready, _, _ = select.select([pipe, ended_read], [], [], 1.0)
        if pipe in ready:
            _end_group(child)
            return 128 + signal.SIGTERM
        if ended_read in ready:
            os.read(ended_read, 512)
    code = child.returncode
    return code if code >= 0 else 128 - code


def _non_blocking(descriptor: int) -> int:
    os.set_blocking(descriptor, False)
    return descriptor


def _end_group(child: "subprocess.Popen[bytes]") -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    try:
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
