"""Regular expressions that come from users, or that AWS's models hold against what users send.

They backtrack, as Java's do in AWS, so some take forever on some texts. Here a match has an allowance of time, and
while it runs the other threads of the server run too: the standard library's would stop them all, signals included.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TypeVar

import regex

MAX_CHARACTERS = 4096
"""The longest expression: compiling one is not interrupted, and takes milliseconds at that length."""

_Found = TypeVar("_Found")
_BRACE = re.compile(r"\\(?:N\{|.)|\{(?!\d*(?:,\d*)?\})", re.DOTALL)


class ExpressionError(ValueError):
    """Raised when a text is not a regular expression that is understood here; the message is the reason."""


class MatchTimeoutError(Exception):
    """Raised when a match does not end within its allowance."""


class Allowance:
    """The processor time that the matches of one request may take together, in the thread that makes it.

    What other threads and other programs do meanwhile does not count: on a busy machine each match takes longer.
    """

    def __init__(self, seconds: float = 0.5) -> None:
        self.seconds = seconds
        self._end = time.thread_time() + seconds

    @property
    def left(self) -> float:
        """The seconds that are left; a little at least, so that what is quick always ends."""
        return max(0.02, self._end - time.thread_time())

    @property
    def is_spent(self) -> bool:
        """Whether the thread has used it up."""
        return time.thread_time() >= self._end


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
        return self._within(
            allowance, lambda seconds: self._compiled.fullmatch(value, timeout=seconds, concurrent=True) is not None
        )

    def found_in(self, value: str, allowance: Allowance) -> bool:
        """Return whether it matches anywhere in a value; raises as `matches`."""
        return self._within(
            allowance, lambda seconds: self._compiled.search(value, timeout=seconds, concurrent=True) is not None
        )

    def first_groups(self, line: str, allowance: Allowance) -> list[str | None]:
        """Return the first group of each match in a line; raises as `matches`."""
        return self._within(
            allowance,
            lambda seconds: [match[1] for match in self._compiled.finditer(line, timeout=seconds, concurrent=True)],
        )

    def _within(self, allowance: Allowance, match: Callable[[float], _Found]) -> _Found:
        """Match until it ends or the allowance is spent: `regex` also counts what other threads take."""
        while True:
            try:
                return match(allowance.left)
            except TimeoutError:
                if allowance.is_spent:
                    raise self._timeout(allowance) from None

    def _timeout(self, allowance: Allowance) -> MatchTimeoutError:
        return MatchTimeoutError(
            f"the regular expression {self.text} takes over {allowance.seconds} s on a value; write it without "
            "repetitions inside repetitions"
        )


def _literal_brace(match: re.Match[str]) -> str:
    """Escape a brace that is not a quantifier: `regex` would read it as approximate matching."""
    return "\\{" if match[0] == "{" else match[0]
