"""Trino queries: parsing, the tables they read, and their translation to DuckDB's dialect."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError, UnsupportedError

from local_aws.services.athena.errors import MalformedQueryError, QueryFailedError, not_supported
from local_aws.services.athena.sql.edited_sql import EditedSql, edit_query
from local_aws.services.athena.sql.external_functions import ExternalFunction, split_preamble
from local_aws.services.athena.sql.functions import SUPPORTED, UNNAMED
from local_aws.services.athena.sql.grammar import Call, GrammarError, UnknownTypeNameError, check_grammar
from local_aws.services.athena.sql.parser import StatementTooLargeError, parse_trino
from local_aws.services.athena.sql.recursion import unroll
from local_aws.services.athena.sql.rewrites import rewrite

_CATALOGS: Final = frozenset({"awsdatacatalog", ""})


@dataclass(frozen=True)
class TableReference:
    """A catalog table in a query."""

    database: str
    table: str
    node: exp.Table


@dataclass(frozen=True)
class TrinoQuery:
    """A parsed query, with the external functions that it calls; its tree is to be copied, not changed."""

    tree: exp.Expr
    sql: EditedSql
    functions: tuple[ExternalFunction, ...]
    calls: tuple[Call, ...]

    def place(self, node: exp.Expr) -> str:
        """Return where a node is, e.g. ``"line 1:8"``."""
        starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
        return self.sql.place(min(starts, default=0))

    def function_name(self, node: exp.Func) -> str:
        """Return the name that a function has in the text, in lower case; "" for one that is not there."""
        start, end = node.meta.get("start", 0), node.meta.get("end", -1)
        return self.sql.text[start : end + 1].strip('"').lower()


def parse_query(statement: str, parameters: Iterable[str] = ()) -> TrinoQuery:
    """Parse a SELECT, WITH, VALUES or TABLE query and its ExecutionParameters.

    Raise `MalformedQueryError` if Athena would not accept it, `QueryFailedError` for unsupported functions or for
    parameters that do not fit.
    """
    functions, body = split_preamble(statement)
    sql = edit_query(body, functions, parameters)
    text = sql.text
    try:
        calls = check_grammar(text)
        trees = parse_trino(text)
    except GrammarError as error:
        raise MalformedQueryError(f"{sql.place(error.start)}: {error}") from error
    except UnknownTypeNameError as error:
        raise QueryFailedError("TYPE_NOT_FOUND", f"{sql.place(error.start)}: {error}") from error
    except ParseError as error:
        raise not_supported(f"this query ({_parse_message(error, sql)})") from error
    except (SqlglotError, RecursionError) as error:
        cause = StatementTooLargeError() if isinstance(error, RecursionError) else error
        raise MalformedQueryError(f"{sql.place(0)}: {str(cause).splitlines()[0]}") from error
    if len(trees) != 1:
        raise MalformedQueryError(f"Only one sql statement is allowed. Got: {sql.original.strip()}")
    tree = trees[0]
    if isinstance(tree, exp.Values):
        tree = exp.select("*").from_(exp.alias_(tree, "values", table=_value_names(tree)))
    if not isinstance(tree, exp.Query):
        raise MalformedQueryError(f"{sql.place(0)}: mismatched input '{text.split()[0]}'. Expecting: <query>")
    return TrinoQuery(tree, sql, functions, calls)


def catalog_tables(query: TrinoQuery, default_database: str) -> list[TableReference]:
    """Return the tables that a query reads, in the order of the text; raise `QueryFailedError` for other sources."""
    references = []
    for node in query.tree.find_all(exp.Table):
        if not isinstance(node.this, exp.Identifier):
            raise not_supported(f"table functions ({query.place(node)}: {node.sql('trino')})")
        if node.db == "" and _names_cte(node):
            continue
        if node.catalog.lower() not in _CATALOGS:
            raise QueryFailedError(
                "CATALOG_NOT_FOUND", f"{query.place(node)}: Catalog '{node.catalog.lower()}' does not exist"
            )
        database = (node.db or default_database).lower()
        if database == "information_schema":
            raise not_supported("queries of information_schema; use SHOW TABLES, DESCRIBE or GetTableMetadata")
        references.append(TableReference(database, node.name.lower(), node))
    return sorted(references, key=lambda reference: reference.node.this.meta.get("start", 0))


def check_functions(query: TrinoQuery) -> None:
    """Raise `QueryFailedError` for functions other than the supported ones and the query's own."""
    known = SUPPORTED | {function.duckdb_name for function in query.functions}
    for call in query.calls:
        if call.name not in known:
            raise QueryFailedError(
                "FUNCTION_NOT_FOUND",
                f"{query.sql.place(call.start)}: Function '{call.name}' not registered, or not supported by local_aws",
            )


def to_duckdb(query: TrinoQuery, tables: list[TableReference]) -> str:
    """Translate a query to DuckDB's dialect, with the macros of `functions.MACROS`.

    The tables, from `catalog_tables`, become ``"database"."table"``. Raise `QueryFailedError` if DuckDB has nothing of
    the same meaning.
    """
    references = {id(reference.node): reference for reference in tables}
    tree = query.tree.copy()
    pairs = list(zip(query.tree.walk(), tree.walk(), strict=True))
    for original, copied in pairs:
        reference = references.get(id(original))
        if reference is None:
            continue
        copied.set("catalog", None)
        copied.set("db", exp.to_identifier(reference.database, quoted=True))
        copied.set("this", exp.to_identifier(reference.table, quoted=True))
    unroll(tree)
    _name_projections(tree)
    tree = rewrite(tree)
    try:
        return tree.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise not_supported(f"this query: {error}") from error


def _names_cte(table: exp.Table) -> bool:
    """Return whether a name without a database refers to a WITH query that is visible there."""
    name = table.name.lower()
    inside: exp.Expr = table
    while (parent := inside.parent) is not None:
        with_ = parent.args.get("with_") or parent.args.get("with")
        if isinstance(with_, exp.With) and inside is not with_:
            visible = with_.expressions
        elif isinstance(parent, exp.With):
            position = next(index for index, cte in enumerate(parent.expressions) if cte is inside)
            visible = parent.expressions[: position + (1 if parent.recursive else 0)]
        else:
            visible = []
        if any(cte.alias.lower() == name for cte in visible):
            return True
        inside = parent
    return False


def _name_projections(tree: exp.Expr) -> None:
    """Name what has no name, so that DuckDB does not take the expression's text."""
    for select in tree.find_all(exp.Select):
        for index, projection in enumerate(select.expressions):
            if not isinstance(projection.unnest(), exp.Alias | exp.Column | exp.Star | exp.Dot | exp.Aliases):
                name = exp.to_identifier(f"{UNNAMED}{index}", quoted=True)
                projection.replace(exp.Alias(this=projection.copy(), alias=name))


def _value_names(values: exp.Values) -> list[str]:
    row = values.expressions[0]
    width = len(row.expressions) if isinstance(row, exp.Tuple) else 1
    return [f"{UNNAMED}{index}" for index in range(width)]


def _parse_message(error: ParseError, sql: EditedSql) -> str:
    """Word a parser error as Athena does; what was expected is the parser's own description."""
    text = sql.text
    fault = error.errors[0]
    word, line, column = fault.get("highlight") or "", fault.get("line") or 1, fault.get("col") or 1
    description = fault.get("description") or ""
    missing = re.match(r"(?:Expect(?:ed|ing)|Required keyword:|Failed to parse) ?(\S*)", description)
    if missing and not (fault.get("end_context") or "").strip():
        place, word = sql.place(len(text.rstrip())), "<EOF>"
    else:
        lines = text.split("\n")[: line - 1]
        place = sql.place(sum(map(len, lines)) + len(lines) + max(column - len(word), 0))
    expected = f". Expecting: {missing.group(1)}" if missing and missing.group(1) in tuple(")]") else ""
    return f"{place}: mismatched input '{word}'{expected}"
