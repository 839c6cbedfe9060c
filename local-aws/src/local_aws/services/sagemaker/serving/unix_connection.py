"""HTTP over a Unix socket."""

from __future__ import annotations

import http.client
import os
import socket
from pathlib import Path

_MAX_PATH_BYTES = 100
"""Fewer than the path of a socket may have on any system."""


class UnixConnection(http.client.HTTPConnection):
    """A connection to the HTTP server that listens on a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=None)
        self._path = path

    def connect(self) -> None:
        """Connect, through the socket's folder when its path is too long."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        if len(os.fsencode(self._path)) <= _MAX_PATH_BYTES:
            self.sock.connect(str(self._path))
            return
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            self.sock.connect(f"/proc/self/fd/{folder}/{self._path.name}")
        finally:
            os.close(folder)
