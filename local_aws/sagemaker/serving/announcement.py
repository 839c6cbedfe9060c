"""The line by which the model server tells its parent the port that the operating system gave it."""

from __future__ import annotations

import re

_LINE = re.compile(r"model server listens on port (\d+)")


def announce(port: int) -> None:
    """Print the line."""
    print(f"model server listens on port {port}", flush=True)


def port_in(line: str) -> int | None:
    """Give the port that a line announces, or None."""
    found = _LINE.fullmatch(line)
    return int(found[1]) if found else None
