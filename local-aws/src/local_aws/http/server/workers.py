"""The threads that run the application, and the order in which they run."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from queue import Empty, SimpleQueue

_TURNS = 2
_TURN_SECONDS = 0.03
_MAX_THREADS = 512
_IDLE_SECONDS = 60.0


class Workers:
    """Runs calls in threads: few at a time, first come, first served.

    Python runs one thread at a time, so many calls at once only make each slower, and some much slower than others.
    But a call that waits (a long poll, an invocation whose function calls back) must hold up nobody: a call that has
    taken longer than a turn no longer counts.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._turns = asyncio.Semaphore(_TURNS)
        self._threads = asyncio.Semaphore(_MAX_THREADS)
        self._idle: deque[SimpleQueue[Callable[[], None] | None]] = deque()
        self._lock = threading.Lock()
        self._is_closed = False

    async def run(self, call: Callable[[], None]) -> None:
        """Run a call, which must not raise, in a thread."""
        async with self._threads, self._turn():
            done = asyncio.Event()

            def work() -> None:
                call()
                with contextlib.suppress(RuntimeError):  # the loop has closed without waiting for this call
                    self._loop.call_soon_threadsafe(done.set)

            self._give(work)
            await done.wait()

    def close(self) -> None:
        """End the threads: idle ones now, others with their call."""
        with self._lock:
            self._is_closed = True
            idle = list(self._idle)
            self._idle.clear()
        for calls in idle:
            calls.put(None)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        await self._turns.acquire()
        is_over = False

        def end() -> None:
            nonlocal is_over
            if not is_over:
                is_over = True
                self._turns.release()

        timer = self._loop.call_later(_TURN_SECONDS, end)
        try:
            yield
        finally:
            timer.cancel()
            end()

    def _give(self, work: Callable[[], None]) -> None:
        with self._lock:
            calls = self._idle.pop() if self._idle else None
        if calls is None:
            calls = SimpleQueue()
            threading.Thread(target=self._work, args=(calls,), name="request", daemon=True).start()
        calls.put(work)

    def _work(self, calls: SimpleQueue[Callable[[], None] | None]) -> None:
        while True:
            try:
                work = calls.get(timeout=_IDLE_SECONDS)
            except Empty:
                with self._lock:
                    if calls not in self._idle:
                        continue  # it is about to get a call
                    self._idle.remove(calls)
                return
            if work is None:
                return
            work()
            del work
            with self._lock:
                if self._is_closed:
                    return
                self._idle.append(calls)
