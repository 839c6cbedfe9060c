"""Trino's grammar by sqlglot, within bounds: some texts of a hundred characters would keep its parser busy forever."""

from __future__ import annotations

from typing import ClassVar, Final

from sqlglot import TokenType, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.parsers.trino import TrinoParser

from local_aws.services.athena.sql.function_macros import NAMES
from local_aws.services.athena.sql.lambdas import LAMBDA_FUNCTIONS

_MIN_STEPS: Final = 60_000
_STEPS_PER_TOKEN: Final = 10
"""A query takes one to three steps per token; nested ARRAY[…] and ROW(…) double them with each level."""


class StatementTooLargeError(SqlglotError):
    """Raised when a text is nested too deeply to be parsed, or would take too long."""

    def __init__(self) -> None:
        super().__init__("statement is too large (stack overflow while parsing)")


_NAMES: Final = frozenset(
    {
        TokenType.ANTI,
        TokenType.ASOF,
        TokenType.COLLATE,
        TokenType.DIV,
        TokenType.GLOB,
        TokenType.ILIKE,
        TokenType.ISNULL,
        TokenType.NOTNULL,
        TokenType.OVERLAPS,
        TokenType.RLIKE,
        TokenType.SEMI,
        TokenType.STRAIGHT_JOIN,
        TokenType.XOR,
    }
)
"""Words of other engines, which are names in Trino: in ``SELECT x isnull`` the column is called so."""


def _decimal(_parser: TrinoParser, literal: exp.Expr, _type: exp.Expr) -> exp.Expr:
    """Return ``DECIMAL '1.10'`` as Trino types it, with the digits that are written."""
    whole, _, fraction = literal.name.strip().lstrip("+-").partition(".")
    precision = max(len(whole.lstrip("0")) + len(fraction), 1)
    target = exp.DataType.build(f"DECIMAL({precision}, {len(fraction)})", dialect="trino")
    return exp.Cast(this=literal, to=target)


class _BoundedParser(TrinoParser):
    """Counts its steps, including those of attempts that are taken back."""

    # What a macro stands for stays a call by its name.
    FUNCTIONS: ClassVar = {
        name: build for name, build in TrinoParser.FUNCTIONS.items() if name.lower() not in NAMES | LAMBDA_FUNCTIONS
    }
    FUNCTION_PARSERS: ClassVar = {
        name: parse for name, parse in TrinoParser.FUNCTION_PARSERS.items() if name.lower() not in NAMES
    }
    TYPE_LITERAL_PARSERS: ClassVar = {**TrinoParser.TYPE_LITERAL_PARSERS, exp.DType.DECIMAL: _decimal}

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
    # Subscripts stay as they are written, whether arrays or maps have them.
    dialect.INDEX_OFFSET = 0
    tokens = dialect.tokenize(text)
    for token in tokens:
        if token.token_type in _NAMES:
            token.token_type = TokenType.VAR
    parser = _BoundedParser(dialect=dialect)
    parser.steps_left = max(steps, _STEPS_PER_TOKEN * len(tokens))
    try:
        return [tree for tree in parser.parse(tokens, text) if tree is not None]
    except RecursionError:
        raise StatementTooLargeError from None
