"""The mark of generated data: it begins the name of every generated playground, so that every table shows it."""

from __future__ import annotations

from collections.abc import Iterable

MARK = "Generated"


def is_generated(names: Iterable[str | None]) -> bool:
    """Return whether the playgrounds' names say that they are generated."""
    return any(isinstance(name, str) and name.startswith(f"{MARK} ") for name in names)
