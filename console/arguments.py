"""Types of the command line's arguments: what does not fit is refused before anything is called."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from infrastructure.names import PREFIX


def prefix(text: str) -> str:
    """Take the start of a deployment's names."""
    if not PREFIX.fullmatch(text):
        rule = "up to 13 lower-case letters, digits and hyphens, a letter first and a hyphen last"
        raise argparse.ArgumentTypeError(f"{text!r} is no prefix: {rule}")
    return text


def between(least: int, most: int | None = None) -> Callable[[str], int]:
    """Give a type of arguments: whole numbers from one bound to the other."""

    def number(text: str) -> int:
        value = int(text)
        if value < least or (most is not None and value > most):
            bounds = f"{least} or more" if most is None else f"from {least} to {most}"
            raise argparse.ArgumentTypeError(f"{value} is not {bounds}")
        return value

    return number


def setting(text: str) -> tuple[str, str]:
    """Take ``NAME=VALUE``."""
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value
