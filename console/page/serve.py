"""``playgrounds console``: serve the page on loopback until interrupted."""

from __future__ import annotations

import contextlib
import html
import json
import secrets
import socket
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from pathlib import Path

import boto3
import uvicorn

from console.errors import CommandError
from console.page.app import build_app
from console.page.deployment import Deployment
from console.terminal import say
from infrastructure.names import Names

HOST = "127.0.0.1"


def serve(session: boto3.session.Session, names: Names, *, port: int, open_browser: bool) -> None:
    """Serve the page of a deployment until interrupted; print its address, and open it in a browser.

    The address has the token in its fragment, which browsers do not send. Port 0 is a free one.

    Raises
    ------
    CommandError
        The port is taken.
    """
    with _listening(port) as listening:
        origin = f"http://{HOST}:{listening.getsockname()[1]}"
        token = secrets.token_urlsafe(32)
        address = f"{origin}/#token={token}"
        deployment = Deployment(session, names)
        threading.Thread(target=deployment.warm_up, daemon=True).start()
        config = uvicorn.Config(
            build_app(deployment, origin, token),
            log_level="warning",
            access_log=False,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=1,
        )
        say(f"the page of {names.stack}:\n\n  {address}\n")
        say("Whoever has this address can do there what you can; Ctrl+C ends it.")
        with _opened(address) if open_browser else contextlib.nullcontext():
            uvicorn.Server(config).run(sockets=[listening])


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
        except OSError as error:
            reason = f"{error.strerror}: choose another with --port, or --port 0 for a free one"
            raise CommandError(f"port {port}", reason) from error
        listening.listen()
        yield listening


@contextlib.contextmanager
def _opened(address: str) -> Iterator[None]:
    """Open an address in the browser.

    A command line can be read by every user of the machine, so the browser is started on a file that only this user
    can read, which sends it on.
    """
    with tempfile.TemporaryDirectory(prefix="playgrounds-") as folder:
        file = Path(folder) / "open.html"
        script = json.dumps(address).replace("<", "\\u003c")
        file.write_text(
            '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>playgrounds</title>'
            f'<script>location.replace({script})</script><a href="{html.escape(address)}">Open the page</a>\n'
        )
        file.chmod(0o600)
        if not webbrowser.open(file.as_uri()):
            say("No browser could be opened: paste the address into one.")
        yield
