"""The ``playgrounds`` commands as their parser understands them, without running any."""

from __future__ import annotations

import click

from console.main import playgrounds


def parse(arguments: list[str]) -> click.Context:
    """Parse a command's arguments; raise `click.UsageError` if they do not fit."""
    name, *rest = arguments
    command = playgrounds.commands.get(name)
    if command is None:
        raise click.UsageError(f"no command {name!r}")
    return command.make_context(name, rest)
