"""The server alone, for any AWS client: ``python -m local_aws --port 4600 --data-dir DIR``; or its `doctor`.

Standard output gets lines for a shell to evaluate: what to unset, the variables that point AWS clients at the server,
and, unless the server cannot start, ``ready``. All else goes to standard error.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import gc
import logging
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from local_aws import doctor
from local_aws.builders import BUILDERS
from local_aws.kernel.errors import StartError
from local_aws.kernel.plain_text import LogFormatter
from local_aws.kernel.processes.isolation import Isolation
from local_aws.server import DataFolderInUseError, Server

_LOOK_SECONDS = 2.0
_LAST_ANSWER_SECONDS = 0.5
_OF_AN_ACCOUNT = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
"""Variables that name somebody's account; the libraries that are used here look for its credentials."""
_ANY_KEY_OPENS = (
    "every program and every user of this machine can then read and change everything here, and run code as you"
)
_UNSET = (
    "unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_IGNORE_CONFIGURED_ENDPOINT_URLS "
    r"$(env | sed -n 's/^\(AWS_ENDPOINT_URL_[A-Za-z0-9_]*\)=.*/\1/p')"
)
"""Takes away what would lead a client past the server or spoil its keys, for bash, dash and zsh."""
NOWHERE = f"{_UNSET}\nexport AWS_ENDPOINT_URL=http://127.0.0.1:1; false\n"
"""What a shell evaluates when there is no server: else it would go on with whatever account it had before."""


class _Parser(argparse.ArgumentParser):
    """A parser whose refusals, too, leave a shell that evaluates the output pointed at nothing."""

    def error(self, message: str) -> NoReturn:
        print(NOWHERE, end="", flush=True)
        super().error(message)


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal or the end of standard input, when that is asked for."""
    if (sys.argv[1:] if arguments is None else arguments) == ["doctor"]:
        return doctor.main()
    parser = _Parser(
        prog="python -m local_aws",
        description="AWS on 127.0.0.1, for any AWS client. 'python -m local_aws doctor' says what jobs get here.",
    )
    parser.add_argument("--port", type=_port, default=4600, help="TCP port on 127.0.0.1; 0 for a free one")
    parser.add_argument("--data-dir", type=Path, required=True, help="folder that keeps the state")
    parser.add_argument("--region", default="us-east-1", help="the region to serve")
    parser.add_argument(
        "--with-stdin", action="store_true", help="stop when standard input ends, as when its owner dies"
    )
    parser.add_argument(
        "--any-key",
        action="store_true",
        help=f"also take keys that are not the data folder's, as the user's, with any signature: {_ANY_KEY_OPENS}",
    )
    parser.add_argument(
        "--images", type=Path, help="file that says what stands for your own images (default: images.txt in --data-dir)"
    )
    parser.add_argument(
        "--strict-images",
        action="store_true",
        help="refuse an image whose own version of its library is not installed, instead of using the installed one",
    )
    options = parser.parse_args(arguments)
    os.umask(0o077)
    for name in _OF_AN_ACCOUNT:
        os.environ.pop(name, None)
    log = logging.StreamHandler()
    log.setFormatter(LogFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[log])
    try:
        server = Server(
            options.data_dir,
            BUILDERS,
            options.port,
            options.region,
            on_failure=_give_up,
            takes_any_key=options.any_key,
            images_file=options.images and options.images.resolve(),
            strict_images=options.strict_images,
        )
    except (StartError, DataFolderInUseError, OSError) as error:
        return _refuse(_port_taken(error, options.port) or error)
    try:
        isolation = server.context.jobs.isolation
    except StartError as error:
        server.stop()
        return _refuse(error)
    # What has been imported stays: each collection would look through all of it.
    gc.freeze()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if options.with_stdin:
        threading.Thread(target=_stop_at_end_of_stdin, args=(stop,), daemon=True).start()
    serving = threading.Thread(target=server.serve)
    serving.start()
    _announce(server, isolation)
    while not stop.wait(_LOOK_SECONDS):
        if not server.settings.data_dir.joinpath("lock").exists():
            print(f"local_aws ends, because {server.settings.data_dir} is gone", file=sys.stderr, flush=True)
            break
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)  # a second signal does not wait for what the first one waits for
    server.stop()
    serving.join()
    return 0


def _port_taken(error: Exception, port: int) -> str:
    """Return what to do about a port that the server cannot have; empty if the error is another."""
    number = error.errno if isinstance(error, OSError) and error.filename is None else None
    reason = {errno.EADDRINUSE: "is taken", errno.EACCES: "is for root alone"}.get(number or 0)
    return f"port {port} {reason}; choose another with --port, or 0 for a free one" if reason else ""


def exports(environment: Mapping[str, str]) -> str:
    """Return the lines that point a shell at a server."""
    return "".join(f"{line}\n" for line in (_UNSET, *(f"export {name}={value}" for name, value in environment.items())))


def _refuse(error: Exception | str) -> int:
    """Print why the server cannot start, and return the exit code."""
    print(NOWHERE, end="", flush=True)
    print(f"local_aws cannot start: {error}", file=sys.stderr)
    return 1


def _give_up(error: sqlite3.Error) -> None:
    """End soon when state cannot be stored; what was acknowledged is safe, and the next start mends the rest.

    The request that could not be stored is answered with an error before.
    """
    threading.Timer(_LAST_ANSWER_SECONDS, os._exit, (os.EX_IOERR,)).start()
    with contextlib.suppress(OSError):  # where standard error goes may be as full
        print(f"local_aws ends, because its state cannot be stored: {error}", file=sys.stderr, flush=True)


def _stop_at_end_of_stdin(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


def _announce(server: Server, isolation: Isolation) -> None:
    """Print where the server is, and the lines for a shell."""
    settings = server.settings
    print(f"local_aws at {settings.endpoint_url}, state in {settings.data_dir}", file=sys.stderr)
    print(f"local_aws: {isolation.describe()}", file=sys.stderr)
    if settings.takes_any_key:
        print(f"local_aws takes any key: {_ANY_KEY_OPENS}", file=sys.stderr, flush=True)
    print(f"{exports(settings.client_environment())}ready", flush=True)


def _port(text: str) -> int:
    """Read a TCP port, 0 included."""
    if not (text.isascii() and text.isdecimal() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"must be from 0 to 65535; got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
