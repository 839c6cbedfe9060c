"""A query text with replacements, which keeps the place that each character came from."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlglot import exp
from sqlglot.errors import SqlglotError

from local_aws.services.athena.errors import MalformedQueryError, QueryFailedError, place
from local_aws.services.athena.sql.external_functions import ExternalFunction
from local_aws.services.athena.sql.parser import parse_trino
from local_aws.services.athena.sql.tokens import TokenReader

_LITERAL_STEPS: Final = 500
"""A statement may have thousands of parameters."""
_LITERAL_NODES: Final = (
    exp.Boolean,
    exp.Cast,
    exp.DataType,
    exp.DataTypeParam,
    exp.HexString,
    exp.Interval,
    exp.Literal,
    exp.Neg,
    exp.Null,
    exp.Var,
)


@dataclass(frozen=True)
class Edit:
    """A replacement of ``original[start:end]``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class EditedSql:
    """A statement as submitted, at least in its length and lines, and the replacements in it, from left to right."""

    original: str
    edits: tuple[Edit, ...]

    @property
    def text(self) -> str:
        """The statement with the replacements."""
        parts, position = [], 0
        for edit in self.edits:
            parts += [self.original[position : edit.start], edit.text]
            position = edit.end
        return "".join([*parts, self.original[position:]])

    def place(self, offset: int) -> str:
        """Return an offset of `text` as a place of the original, e.g. ``"line 1:8"``."""
        grown = 0
        for edit in self.edits:
            if edit.start + grown + len(edit.text) > offset:
                return place(self.original, min(edit.start, offset - grown))
            grown += len(edit.text) - (edit.end - edit.start)
        return place(self.original, offset - grown)


def edit_query(sql: str, functions: tuple[ExternalFunction, ...], parameters: Iterable[str]) -> EditedSql:
    """Insert parameters, one per ``?``, and rename the calls of external functions.

    Calls are renamed before the query is parsed because a function may have the name of a keyword, e.g. ``predict``.
    Raise `QueryFailedError` if the number of parameters is wrong, or one is not a literal.
    """
    names = {function.name: function.duckdb_name for function in functions}
    values = list(parameters)
    edits, used = [], 0
    reader = TokenReader(sql)
    after_dot = False
    while reader.peek().kind != "end":
        token = reader.next()
        if token.kind == "quoted" and sql[token.start] == "`":
            raise MalformedQueryError(
                f"{place(sql, token.start)}: backquoted identifiers are not supported; use double quotes to quote "
                "identifiers"
            )
        following = reader.peek()
        is_call = following.kind == "symbol" and following.text == "(" and not after_dot
        if token.kind == "symbol" and token.text == "?":
            if used < len(values):
                edits.append(Edit(token.start, token.end, _literal(values[used])))
            used += 1
        elif token.kind in ("word", "quoted") and is_call and token.text.lower() in names:
            edits.append(Edit(token.start, token.end, names[token.text.lower()]))
        after_dot = token.kind == "symbol" and token.text == "."
    if used != len(values):
        raise QueryFailedError(
            "INVALID_PARAMETER_USAGE", f"Incorrect number of parameters: expected {used} but found {len(values)}"
        )
    return EditedSql(sql, tuple(edits))


def _literal(text: str) -> str:
    """Return a parameter that is a single value, so that it cannot change the query's structure."""
    with contextlib.suppress(SqlglotError):
        parsed, *others = parse_trino(f"SELECT {text}", _LITERAL_STEPS)
        values = parsed.expressions
        is_single = not others and len(values) == 1 and parsed.sql("trino") == f"SELECT {values[0].sql('trino')}"
        if is_single and all(isinstance(node, _LITERAL_NODES) for node in values[0].walk()):
            return f" {values[0].sql('trino', comments=False)} "
    raise QueryFailedError(
        "INVALID_PARAMETER_USAGE", f"parameter {text!r} is not a literal; strings are written with their quotes, 'text'"
    )
