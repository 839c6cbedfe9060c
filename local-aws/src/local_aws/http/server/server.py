"""Serves a WSGI application on a loopback port."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import threading
from email.utils import formatdate

import uvicorn
from uvicorn.server import ServerState

from local_aws.http.server import limits
from local_aws.http.server.bridge import Application, Bridge
from local_aws.http.server.connection import Connection
from local_aws.http.server.workers import Workers

_BACKLOG = 1024
_LAST_ANSWERS_SECONDS = 5.0
_MAX_FILES = 65536


class HttpServer:
    """HTTP/1.1 on 127.0.0.1: connections on an event loop, requests in threads. Port 0 is one that is free."""

    def __init__(self, port: int, application: Application) -> None:
        self._application = application
        # asyncio turns Nagle's algorithm off only where the protocol is named.
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            # So that a port can be listened on again while its last connections linger.
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind(("127.0.0.1", port))
            self._listener.listen(_BACKLOG)
        except BaseException:
            self._listener.close()
            raise
        self.port: int = self._listener.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._state = ServerState()
        self._is_closing = asyncio.Event()
        self._is_stopping = asyncio.Event()
        self._lock = threading.Lock()
        self._has_begun = False
        self._has_ended = threading.Event()

    def serve(self) -> None:
        """Serve until `stop`, in this thread."""
        with self._lock:
            if self._has_ended.is_set():
                return
            self._has_begun = True
        _allow_many_files()
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()
            self._listener.close()
            self._has_ended.set()

    def close(self) -> None:
        """Take no further requests; those under way go on."""
        self._tell(self._is_closing)

    def stop(self) -> None:
        """Wait some seconds for requests under way, then close all connections."""
        self._tell(self._is_closing)
        self._tell(self._is_stopping)
        with self._lock:
            if not self._has_begun and not self._has_ended.is_set():
                self._has_ended.set()
                self._listener.close()
                self._loop.close()
        self._has_ended.wait()

    def _tell(self, event: asyncio.Event) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(event.set)

    async def _serve(self) -> None:
        workers = Workers(self._loop)
        config = uvicorn.Config(
            Bridge(self._application, workers),
            lifespan="off",
            ws="none",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_keep_alive=int(limits.IDLE_SECONDS),
        )
        config.load()
        dating = self._loop.create_task(self._keep_date())  # noqa: F841
        server = await self._loop.create_server(
            lambda: Connection(config, self._state, {}, self._loop), sock=self._listener, backlog=_BACKLOG
        )
        await self._is_closing.wait()
        server.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        await self._is_stopping.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_ANSWERS_SECONDS):
                while self._state.tasks:
                    await asyncio.wait(self._state.tasks)
        for connection in list(self._state.connections):
            connection.transport.abort()
        workers.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _keep_date(self) -> None:
        while True:
            self._state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
            await asyncio.sleep(1)


def _allow_many_files() -> None:
    """Raise the soft limit of open files, of which each connection takes one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = _MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, _MAX_FILES)
    if soft != resource.RLIM_INFINITY and soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
