"""What kind of statement a query text is, and its parsed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from local_aws.athena.catalog_statements import CatalogStatement
from local_aws.athena.edited_sql import edit_query
from local_aws.athena.external_functions import ExternalFunction, split_preamble
from local_aws.athena.failures import MalformedQueryError, QueryFailedError, not_supported, place
from local_aws.athena.hive_ddl import parse_catalog_statement
from local_aws.athena.sql_tokens import TokenReader
from local_aws.athena.trino_query import TrinoQuery, parse_query

StatementType = Literal["DML", "DDL", "UTILITY"]

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
class SelectStatement:
    """A query, with the external functions that it calls."""

    query: TrinoQuery
    functions: tuple[ExternalFunction, ...]


Body: TypeAlias = SelectStatement | CatalogStatement | QueryFailedError


@dataclass(frozen=True)
class Statement:
    """A statement that Athena takes.

    Parameters
    ----------
    type
        Its StatementType.
    substatement
        Its SubstatementType, e.g. ``"CREATE_TABLE"``.
    body
        What is to be run; or, of a statement that is not run here, how its execution fails.
    """

    type: StatementType
    substatement: str
    body: Body


def parse_statement(sql: str, parameters: list[str]) -> Statement:
    """Parse the text of StartQueryExecution.

    Parameters
    ----------
    sql
        The statement.
    parameters
        ExecutionParameters.

    Returns
    -------
    Statement

    Raises
    ------
    MalformedQueryError
        If Athena would not take it.
    """
    reader = TokenReader(sql)
    first = reader.peek()
    start = first.text.upper()
    if start not in _STARTS and start != "(":
        expected = ", ".join(f"'{word}'" for word in _STARTS)
        shown = first.text or "<EOF>"
        raise MalformedQueryError(
            f"{place(sql, first.start)}: mismatched input '{shown}'. Expecting: {expected}, <query>"
        )
    if start in _QUERIES:
        return Statement("DML", "SELECT", _select_body(sql, parameters))
    words = [start]
    if start in _TWO_WORDS:
        words.append(reader.peek(1).text.upper())
    try:
        body: Body | None = parse_catalog_statement(sql)
    except QueryFailedError as error:
        body = error
    if body is None:
        body = not_supported(
            f"{' '.join(words)} statements; it runs queries, and DDL of databases, tables and partitions"
        )
    name = "_".join(words)
    return Statement(_type(start), _SUBSTATEMENTS.get(name, name), body)


def _select_body(sql: str, parameters: list[str]) -> Body:
    try:
        functions, text = split_preamble(sql)
        return SelectStatement(parse_query(edit_query(text, functions, parameters)), functions)
    except QueryFailedError as error:
        return error


def _type(start: str) -> StatementType:
    if start in _CHANGES:
        return "DML"
    return "UTILITY" if start in _UTILITIES else "DDL"
