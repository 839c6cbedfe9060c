"""The group of all commands, whose help has a section per kind of command."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from typing import Any

import click

from console.terminal import say

DISTRIBUTION = "playground-accessibility"
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Sections(click.Group):
    """A group that lists its commands by section, in the order in which they were added."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sections: dict[str, list[str]] = {}

    def add_section(self, title: str, *commands: click.Command) -> None:
        """Add the commands of a section."""
        for command in commands:
            self.add_command(command)
        self._sections[title] = [command.name or "" for command in commands]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the sections, for completion too."""
        return [name for names in self._sections.values() for name in names]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one list of commands per section."""
        width = max(map(len, self.list_commands(ctx)))
        for title, names in self._sections.items():
            with formatter.section(title):
                rows = [(f"{name:<{width}}", self.commands[name].get_short_help_str(100)) for name in names]
                formatter.write_dl(rows)


def examples(*lines: str) -> str:
    """Return an epilog of command lines, which the help does not wrap."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


def show_version(context: click.Context, _: click.Parameter, value: bool) -> None:
    """Print the version of the installed distribution, and stop."""
    if value and not context.resilient_parsing:
        say(f"playgrounds {importlib.metadata.version(DISTRIBUTION)}")
        context.exit()


def command(name: str, *lines: str) -> Callable[[Callable[..., int]], click.Command]:
    """Return a decorator that makes a command of a function; `lines` are its examples."""
    return click.command(name, epilog=examples(*lines), context_settings=CONTEXT)
