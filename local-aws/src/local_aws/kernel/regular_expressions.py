"""Regular expressions that come from users, or that AWS's models hold against what users send.

They backtrack, as Java's do in AWS, so some take for ever on some texts. Here a match has an allowance of time, and
while it runs the other threads of the server run too: the standard library's would stop them all, signals included.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import regex

MAX_CHARACTERS = 4096
"""The longest expression: compiling one is not interrupted, and takes milliseconds at that length."""

_BRACE = re.compile(r"\\(?:N\{|.)|\{(?!\d*(?:,\d*)?\})", re.DOTALL)


class ExpressionError(ValueError):
    """Raised when a text is not a regular expression that is understood here; the message is the reason."""


class MatchTimeoutError(Exception):
    """Raised when a match does not end within its allowance."""


class Allowance:
    """The time that the matches of one request may take together."""

    def __init__(self, seconds: float = 0.5) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """The seconds that are left; a little at least, so that what is quick always ends."""
        return max(0.02, self._end - time.monotonic())


class Expression:
    """A regular expression in the dialect of Python's `re`.

    Raises
    ------
    ExpressionError
        When it is not valid, or too long.
    """

    def __init__(self, text: str) -> None:
        if len(text) > MAX_CHARACTERS:
            raise ExpressionError(f"it has {len(text)} characters, and {MAX_CHARACTERS} are allowed")
        try:
            self.groups = re.compile(text).groups
            self._compiled = regex.compile(_BRACE.sub(_literal_brace, text))
        except (re.error, regex.error, OverflowError) as error:
            raise ExpressionError(str(error)) from None
        except RecursionError:
            raise ExpressionError("its groups are nested too deeply") from None
        self.text = text

    def matches(self, value: str, allowance: Allowance) -> bool:
        """Return whether it matches the whole of a value, or raise `MatchTimeoutError`."""
        try:
            return self._compiled.fullmatch(value, timeout=allowance.left, concurrent=True) is not None
        except TimeoutError:
            raise self._timeout(allowance) from None

    def found_in(self, value: str, allowance: Allowance) -> bool:
        """Return whether it matches anywhere in a value; raises as `matches`."""
        try:
            return self._compiled.search(value, timeout=allowance.left, concurrent=True) is not None
        except TimeoutError:
            raise self._timeout(allowance) from None

    def first_groups(self, line: str, allowance: Allowance) -> Iterator[str | None]:
        """Return the first group of each match in a line; raises as `matches`."""
        try:
            for match in self._compiled.finditer(line, timeout=allowance.left, concurrent=True):
                yield match[1]
        except TimeoutError:
            raise self._timeout(allowance) from None

    def _timeout(self, allowance: Allowance) -> MatchTimeoutError:
        return MatchTimeoutError(
            f"the regular expression {self.text} takes over {allowance.seconds} s on a value; write it without "
            "repetitions inside repetitions"
        )


def _literal_brace(match: re.Match[str]) -> str:
    """Escape a brace that is not a quantifier: `regex` would read it as approximate matching."""
    return "\\{" if match[0] == "{" else match[0]
