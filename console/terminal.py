"""Printing: the one place where text from other sources reaches a terminal."""

from __future__ import annotations

import re
import sys
from typing import Final, TextIO

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


def say(text: str = "", *, stream: TextIO | None = None, end: str = "\n") -> None:
    """Print a text, without control characters."""
    print(visible(text), file=stream or sys.stdout, end=end, flush=True)


def _escape(match: re.Match[str]) -> str:
    return match.group().encode("unicode_escape").decode("ascii")
