"""What kind of statement a query text is, and whether Athena would accept it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from local_aws.services.athena.catalog.hive_ddl import parse_catalog_statement
from local_aws.services.athena.catalog.statements import CatalogStatement
from local_aws.services.athena.errors import MalformedQueryError, QueryFailedError, not_supported, place
from local_aws.services.athena.sql.tokens import TokenReader

StatementType = Literal["DML", "DDL", "UTILITY"]

QUERY: Final = "SELECT"
"""The SubstatementType of every query."""
_KEYWORDS: Final = (
    "ALTER ANALYZE CALL COMMIT CREATE DEALLOCATE DELETE DESC DESCRIBE DROP EXECUTE EXPLAIN GRANT INSERT MERGE MSCK "
    "OPTIMIZE PREPARE RESET REVOKE ROLLBACK SELECT SET SHOW START TABLE TRUNCATE UNLOAD UPDATE USE USING VACUUM "
    "VALUES WITH"
)
_STARTS: Final = tuple(_KEYWORDS.split())
_QUERIES: Final = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "USING", "("})
_CHANGES: Final = frozenset({"INSERT", "DELETE", "UPDATE", "MERGE", "UNLOAD"})
_TWO_WORDS: Final = frozenset({"ALTER", "CREATE", "DROP", "INSERT", "MSCK", "SHOW"})
_SUBSTATEMENTS: Final = {"CREATE_EXTERNAL": "CREATE_TABLE", "DESC": "DESCRIBE"}
_UTILITIES: Final = frozenset({"SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXECUTE", "PREPARE", "DEALLOCATE"})


@dataclass(frozen=True)
class StatementKind:
    """What Athena calls a statement, e.g. ``"DDL"`` and ``"CREATE_TABLE"``."""

    type: StatementType
    substatement: str

    @property
    def is_query(self) -> bool:
        """Whether a worker runs it."""
        return self.substatement == QUERY


def statement_kind(sql: str) -> StatementKind:
    """Return the kind of a statement by its first words, or raise `MalformedQueryError`."""
    words = _first_words(sql)
    if words[0] in _QUERIES:
        return StatementKind("DML", QUERY)
    name = "_".join(words)
    return StatementKind(_type(words[0]), _SUBSTATEMENTS.get(name, name))


def check_syntax(sql: str, parameters: Sequence[str]) -> None:
    """Raise `MalformedQueryError` if Athena would not accept a statement.

    Other failures are those of its execution. Statements other than queries take no parameters, and ignore them.
    """
    # Its parser takes a while to import, which a start should not wait for.
    from local_aws.services.athena.sql.query import parse_query

    with contextlib.suppress(QueryFailedError):
        if statement_kind(sql).is_query:
            parse_query(sql, parameters)
        else:
            parse_catalog(sql)


def parse_catalog(sql: str) -> CatalogStatement:
    """Parse a statement other than a query; raise `MalformedQueryError`, or `QueryFailedError` if it is unsupported."""
    statement = parse_catalog_statement(sql)
    if statement is None:
        raise not_supported(
            f"{' '.join(_first_words(sql))} statements; it runs queries, and DDL of databases, tables and partitions"
        )
    return statement


def _first_words(sql: str) -> list[str]:
    """Return the word that a statement starts with, and the next where it belongs to the statement's name."""
    reader = TokenReader(sql)
    first = reader.peek()
    start = first.text.upper()
    if start not in _STARTS and start != "(":
        expected = ", ".join(f"'{word}'" for word in _STARTS)
        raise MalformedQueryError(
            f"{place(sql, first.start)}: mismatched input '{first.text or '<EOF>'}'. Expecting: {expected}, <query>"
        )
    return [start, reader.peek(1).text.upper()] if start in _TWO_WORDS else [start]


def _type(start: str) -> StatementType:
    if start in _CHANGES:
        return "DML"
    return "UTILITY" if start in _UTILITIES else "DDL"
