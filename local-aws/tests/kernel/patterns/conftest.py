"""A bound on how long hostile input may keep the server busy."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

_MOST_SECONDS = 1.0


@pytest.fixture
def at_once() -> Callable[[Callable[[], Any]], Any]:
    """Return a function that calls another, and fails if that takes a second of this thread's processor time.

    Processor time, as a busy machine must not fail a test; what is of exponential cost never gets so far.
    """

    def call(work: Callable[[], Any]) -> Any:
        began = time.thread_time()
        result = work()
        taken = time.thread_time() - began
        assert taken < _MOST_SECONDS, f"{taken:.2f} s"
        return result

    return call
