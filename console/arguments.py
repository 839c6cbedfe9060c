"""Types of command-line arguments: illegal values are rejected before anything is called."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from infrastructure.names import PREFIX


def prefix(text: str) -> str:
    """Check the prefix of a deployment's names."""
    if not PREFIX.fullmatch(text):
        rule = "up to 13 lower-case letters, digits and hyphens, a letter first and a hyphen last"
        raise argparse.ArgumentTypeError(f"{text!r} is not a prefix: {rule}")
    return text


def between(minimum: int, maximum: int | None = None) -> Callable[[str], int]:
    """Return an argument type: whole numbers within bounds."""

    def number(text: str) -> int:
        value = int(text)
        if value < minimum or (maximum is not None and value > maximum):
            bounds = f"{minimum} or more" if maximum is None else f"from {minimum} to {maximum}"
            raise argparse.ArgumentTypeError(f"{value} is not {bounds}")
        return value

    return number


def setting(text: str) -> tuple[str, str]:
    """Parse ``NAME=VALUE``."""
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value
