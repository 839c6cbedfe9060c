"""Chromium as an attacker finds it at its most obliging: popups allowed, local networks unprotected.

The same-origin policy stays on: with it off, an attack would prove nothing.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--headless=new",
    "--no-sandbox",  # a container's root has none
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-popup-blocking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)
_PROTECTION = "LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets,BlockInsecurePrivateNetworkRequests"
"""Chromium's features that keep public pages from loopback."""


def find_browser() -> str | None:
    """Return the path of a Chromium, None if there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@contextmanager
def browsing(browser: str, folder: Path, address: str, host_rules: str) -> Iterator[None]:
    """Have a page open for the time of the block.

    Parameters
    ----------
    browser
        From `find_browser`.
    folder
        Scratch folder.
    address
        The page.
    host_rules
        Chromium's rules for resolving names, e.g. ``MAP evil.example 127.0.0.1``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        *(browser, *_FLAGS, f"--user-data-dir={folder / 'profile'}"),
        *(f"--disable-features={_PROTECTION}", f"--host-resolver-rules={host_rules}", address),
    ]
    # Killed, it leaves its files: they lie in a folder whose path is short enough for a socket's.
    with tempfile.TemporaryDirectory() as temporary, (folder / "chromium.log").open("w") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | {"HOME": str(folder), "TMPDIR": temporary},
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
