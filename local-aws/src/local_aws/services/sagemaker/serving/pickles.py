"""Which model files are pickles."""

from __future__ import annotations

from pathlib import Path

_PICKLE = b"\x80"
"""The first byte of a pickle since protocol 2, and of no model in XGBoost's own formats."""


def is_pickle(file: Path) -> bool:
    """Return whether a model file is a pickle."""
    with file.open("rb") as stream:
        return stream.read(1) == _PICKLE
