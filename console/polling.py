"""How long to wait between polls."""

from __future__ import annotations

_MIN_SECONDS = 0.2
_MAX_SECONDS = 5.0
_FRACTION_OF_WAIT = 0.05


def pause_after(waited: float) -> float:
    """Return the pause before the next poll, in seconds: a twentieth of the wait so far, from 0.2 s to 5 s.

    What takes a second is seen at once, and a training of an hour does not hit the account's request limits, which
    everyone in it shares.
    """
    return min(max(_MIN_SECONDS, _FRACTION_OF_WAIT * waited), _MAX_SECONDS)
