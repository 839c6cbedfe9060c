"""Printing: the one place where text from other sources reaches a terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from rich.live import Live

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""C0 but tab and line feed, C1, what changes the direction of writing, separators of lines, halves of characters."""
_BREAKS: Final = re.compile(r"[\t\n]")


def visible(text: str) -> str:
    r"""Return a text with control characters written out, as ``\x1b``.

    Names, messages and logs must not control a terminal. Tabs and line feeds stay. Logs lose their colours.
    """
    return _CONTROLS.sub(_escape, text)


def visible_line(text: str) -> str:
    r"""Return a text as `visible` does, in one line: tabs and line feeds are written out, too."""
    return _BREAKS.sub(_escape, visible(text))


_shown: list[Live] = []
"""The live line, if one is shown."""


def say(text: str = "", *, stream: TextIO | None = None, end: str = "\n") -> None:
    """Print a text, without control characters, in place of a live line."""
    end_live_line()
    print(visible(text), file=stream or sys.stdout, end=end, flush=True)


def show_live_line(text: Callable[[], str], stream: TextIO) -> None:
    """Show a line at a terminal until something is printed: a spinner, and the text as it is at each moment.

    The line is cut to the terminal's width, whatever that becomes.
    """
    # Here, for commands that show none need not import it.
    from rich.console import Console
    from rich.live import Live
    from rich.spinner import Spinner
    from rich.table import Table
    from rich.text import Text

    spinner = Spinner("dots")

    def line() -> Table:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=1)
        grid.add_column(no_wrap=True, overflow="ellipsis")
        grid.add_row(spinner, Text(visible_line(text()), no_wrap=True, overflow="ellipsis"))
        return grid

    end_live_line()
    live = Live(
        get_renderable=line,
        console=Console(file=stream, highlight=False),
        refresh_per_second=4,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    _shown.append(live)
    live.start()


def end_live_line() -> None:
    """Wipe the live line, if one is shown."""
    while _shown:
        _shown.pop().stop()


def _escape(match: re.Match[str]) -> str:
    return match.group().encode("unicode_escape").decode("ascii")
