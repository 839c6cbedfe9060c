"""Waiting for what happens by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

_PATIENCE_SECONDS = 200.0
"""For the busiest machine; a test that passes does not wait for it."""
_PAUSE_SECONDS = 0.02


def wait_until(look: Callable[[], Any], what: str = "what the test waits for") -> Any:
    """Look until there is something to see; give it.

    Parameters
    ----------
    look
        Gives something true when it has happened.
    what
        What it is, for the message of a test that waits in vain.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (seen := look()):
        assert time.monotonic() < deadline, f"{what} has not come within {_PATIENCE_SECONDS:.0f} s"
        time.sleep(_PAUSE_SECONDS)
    return seen
