"""Waiting for what happens by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

_PATIENCE_SECONDS = 200.0
"""For the busiest machine; a test that passes does not wait for it."""
_PAUSES = (0.02, 0.2)
"""Seconds between looks: a twentieth of the wait so far, within these; a look costs the server and the test time."""


def wait_until(look: Callable[[], Any], what: str = "what the test waits for") -> Any:
    """Look until there is something to see; give it.

    Parameters
    ----------
    look
        Gives something true when it has happened.
    what
        What it is, for the message of a test that waits in vain.
    """
    shortest, longest = _PAUSES
    began = time.monotonic()
    while not (seen := look()):
        waited = time.monotonic() - began
        assert waited < _PATIENCE_SECONDS, f"{what} has not come within {_PATIENCE_SECONDS:.0f} s"
        time.sleep(min(max(shortest, waited / 20), longest))
    return seen
