"""The functions that steps run, as a script or a notebook has them: pickled whole, since a job cannot import them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

_FILE = Path(__file__).parent / "scripts/functions.py"
FOLDER = _FILE.parent / "summary"
"""The folder of a module that a function imports."""


def load() -> SimpleNamespace:
    """Return the functions; their code names no folder of this machine."""
    members: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(_FILE.read_text(), _FILE.name, "exec"), members)  # noqa: S102 (a file of the corpus)
    return SimpleNamespace(**{name: member for name, member in members.items() if callable(member)})
