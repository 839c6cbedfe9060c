"""Options that commands share, and their types: illegal values are rejected before anything is called."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from console.local_server import DEFAULT_DATA_DIR
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


def add_prefix(parser: argparse.ArgumentParser) -> None:
    """Add ``--prefix``."""
    parser.add_argument(
        "--prefix",
        type=prefix,
        default="",
        help="start of the deployment's names, including its hyphen (default: none)",
    )


def add_data_dir(parser: argparse.ArgumentParser) -> None:
    """Add ``--data-dir``."""
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=DEFAULT_DATA_DIR,
        metavar="DIR",
        help=f"folder that keeps local_aws's state (default: {DEFAULT_DATA_DIR})",
    )


def add_settings(parser: argparse.ArgumentParser, option: str, name: str, about: str) -> None:
    """Add a repeatable option for ``NAME=VALUE`` pairs."""
    parser.add_argument(
        option,
        dest=name,
        action="append",
        default=[],
        type=setting,
        metavar="NAME=VALUE",
        help=f"{about} (repeatable)",
    )
