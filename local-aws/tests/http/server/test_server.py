"""The whole server among connections that do nothing."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


def test_idle_connections_do_not_delay_a_call(run_server: Any, tmp_path: Path) -> None:
    with run_server(tmp_path) as server, ExitStack() as opened:
        client = server.client("glue")
        address = ("127.0.0.1", urlsplit(server.url).port or 0)
        for _ in range(100):
            opened.enter_context(socket.create_connection(address, 10))
        started = time.perf_counter()
        client.get_databases()
        assert time.perf_counter() - started < 2
