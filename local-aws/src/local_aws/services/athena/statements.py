"""What kind of statement a query text is, and its parsed form."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from local_aws.services.athena.catalog_statements import CatalogStatement
from local_aws.services.athena.edited_sql import edit_query
from local_aws.services.athena.external_functions import ExternalFunction, split_preamble
from local_aws.services.athena.failures import MalformedQueryError, QueryFailedError, not_supported, place
from local_aws.services.athena.hive_ddl import parse_catalog_statement
from local_aws.services.athena.sql_tokens import TokenReader
from local_aws.services.athena.trino_query import TrinoQuery, parse_query

StatementType = Literal["DML", "DDL", "UTILITY"]

_KEYWORDS: Final = (
    "ALTER ANALYZE CALL COMMIT CREATE DEALLOCATE DELETE DESC DESCRIBE DROP EXECUTE EXPLAIN GRANT INSERT MERGE MSCK "
    "OPTIMIZE PREPARE RESET REVOKE ROLLBACK SELECT SET SHOW START TABLE TRUNCATE UNLOAD UPDATE USE USING VACUUM "
    "VALUES WITH"
)
QUERY: Final = "SELECT"
"""The SubstatementType of every query."""
_STARTS: Final = tuple(_KEYWORDS.split())
_QUERIES: Final = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "USING", "("})
_CHANGES: Final = frozenset({"INSERT", "DELETE", "UPDATE", "MERGE", "UNLOAD"})
_TWO_WORDS: Final = frozenset({"ALTER", "CREATE", "DROP", "INSERT", "MSCK", "SHOW"})
_SUBSTATEMENTS: Final = {"CREATE_EXTERNAL": "CREATE_TABLE", "DESC": "DESCRIBE"}
_UTILITIES: Final = frozenset({"SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXECUTE", "PREPARE", "DEALLOCATE"})


@dataclass(frozen=True)
class SelectStatement:
    """A query, with the external functions that it calls."""

    query: TrinoQuery
    functions: tuple[ExternalFunction, ...]


@dataclass(frozen=True)
class StatementKind:
    """What Athena calls a statement.

    Parameters
    ----------
    type
        Its StatementType.
    substatement
        Its SubstatementType, e.g. ``"CREATE_TABLE"``.
    """

    type: StatementType
    substatement: str

    @property
    def is_query(self) -> bool:
        """Whether it is run by a worker."""
        return self.substatement == QUERY


def statement_kind(sql: str) -> StatementKind:
    """Return the kind of a statement, by its first words.

    Raises
    ------
    MalformedQueryError
        If Athena has no statement that starts so.
    """
    words = _first_words(sql)
    if words[0] in _QUERIES:
        return StatementKind("DML", QUERY)
    name = "_".join(words)
    return StatementKind(_type(words[0]), _SUBSTATEMENTS.get(name, name))


def check_syntax(sql: str, parameters: Sequence[str]) -> None:
    """Raise `MalformedQueryError` if Athena would not take a statement; other failures are those of its execution."""
    parse = parse_select if statement_kind(sql).is_query else parse_catalog
    with contextlib.suppress(QueryFailedError):
        parse(sql, parameters)


def parse_select(sql: str, parameters: Sequence[str]) -> SelectStatement:
    """Parse a query.

    Parameters
    ----------
    sql
        The statement.
    parameters
        ExecutionParameters.

    Raises
    ------
    MalformedQueryError
        If Athena would not take it.
    QueryFailedError
        If its parameters or external functions are not such as are run.
    """
    functions, text = split_preamble(sql)
    return SelectStatement(parse_query(edit_query(text, functions, parameters)), functions)


def parse_catalog(sql: str, parameters: Sequence[str] = ()) -> CatalogStatement:
    """Parse a statement that is no query; it takes no parameters, and those given are left alone.

    Raises
    ------
    MalformedQueryError
        If Athena would not take it.
    QueryFailedError
        If it is not run here.
    """
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
        shown = first.text or "<EOF>"
        raise MalformedQueryError(
            f"{place(sql, first.start)}: mismatched input '{shown}'. Expecting: {expected}, <query>"
        )
    return [start, reader.peek(1).text.upper()] if start in _TWO_WORDS else [start]


def _type(start: str) -> StatementType:
    if start in _CHANGES:
        return "DML"
    return "UTILITY" if start in _UTILITIES else "DDL"
