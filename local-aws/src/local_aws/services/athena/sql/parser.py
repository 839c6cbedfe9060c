"""Trino's grammar by sqlglot, within bounds: some texts of a hundred characters would keep its parser busy forever."""

from __future__ import annotations

from typing import Final

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.parsers.trino import TrinoParser

_MIN_STEPS: Final = 60_000
_STEPS_PER_TOKEN: Final = 10
"""A query takes one to three steps per token; nested ARRAY[…] and ROW(…) double them with each level."""


class StatementTooLargeError(SqlglotError):
    """Raised when a text is nested too deeply to be parsed, or would take too long."""

    def __init__(self) -> None:
        super().__init__("statement is too large (stack overflow while parsing)")


class _BoundedParser(TrinoParser):
    """Counts its steps, including those of attempts that are taken back."""

    steps_left = 0

    def _advance(self, times: int = 1) -> None:
        self.steps_left -= 1
        if self.steps_left < 0:
            raise StatementTooLargeError
        super()._advance(times)


def parse_trino(text: str, steps: int = _MIN_STEPS) -> list[exp.Expr]:
    """Parse statements, or raise `SqlglotError`; `StatementTooLargeError` if the text is too large or too deep.

    The parser takes about 100,000 steps per second; a long text may take more than `steps`.
    """
    dialect = Dialect.get_or_raise("trino")
    tokens = dialect.tokenize(text)
    parser = _BoundedParser(dialect=dialect)
    parser.steps_left = max(steps, _STEPS_PER_TOKEN * len(tokens))
    try:
        return [tree for tree in parser.parse(tokens, text) if tree is not None]
    except RecursionError:
        raise StatementTooLargeError from None
