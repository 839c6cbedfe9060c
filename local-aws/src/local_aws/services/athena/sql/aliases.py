"""Names that a SELECT gives its columns: Trino knows them in ORDER BY alone, DuckDB everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope, walk_in_scope

from local_aws.services.athena.errors import QueryFailedError
from local_aws.services.athena.sql.query import TableReference, TrinoQuery
from local_aws.services.athena.worker.table_source import TableSource

_Columns = frozenset[str] | None
"""Names of columns in lower case; None if they are not all known."""


def check_aliases(query: TrinoQuery, references: Iterable[TableReference], tables: Iterable[TableSource]) -> None:
    """Raise ``COLUMN_NOT_FOUND`` where a WHERE, GROUP BY, HAVING or another column names a column's alias."""
    known = {
        (table.database, table.name): frozenset(
            column.name.lower() for column in (*table.columns, *table.partition_columns)
        )
        for table in tables
    }
    sources = {id(each.node): known.get((each.database, each.table)) for each in references}
    try:
        scopes = traverse_scope(query.tree)
    except SqlglotError:
        # DuckDB's binder reports what is wrong.
        return
    for scope in scopes:
        if isinstance(scope.expression, exp.Select):
            _check(query, scope, sources)


def _check(query: TrinoQuery, scope: Scope, tables: Mapping[int, _Columns]) -> None:
    select = scope.expression
    aliases = {each.alias.lower() for each in select.expressions if isinstance(each, exp.Alias)}
    if not aliases:
        return
    visible = _visible(scope, tables)
    if visible is None:
        return
    clauses = [select.args.get(name) for name in ("where", "group", "having")]
    for clause in (*select.expressions, *clauses):
        for node in walk_in_scope(clause) if clause is not None else ():
            if isinstance(node, exp.Column) and not node.table:
                name = node.name.lower()
                if name in aliases and name not in visible and not _is_argument(node):
                    raise QueryFailedError(
                        "COLUMN_NOT_FOUND",
                        f"{query.place(node)}: Column '{name}' cannot be resolved or requester is not authorized to "
                        "access requested resources",
                    )


def _is_argument(column: exp.Column) -> bool:
    """Return whether a name is that of a lambda's argument."""
    name = column.name.lower()
    inside = column.find_ancestor(exp.Lambda)
    while inside is not None:
        if any(argument.name.lower() == name for argument in inside.expressions):
            return True
        inside = inside.find_ancestor(exp.Lambda)
    return False


def _visible(scope: Scope | None, tables: Mapping[int, _Columns]) -> _Columns:
    """Return the columns of a scope's sources, and of those around it, which a subquery may use."""
    names: frozenset[str] = frozenset()
    while scope is not None:
        columns = _sources(scope, tables)
        if columns is None:
            return None
        names |= columns
        scope = scope.parent
    return names


def _sources(scope: Scope, tables: Mapping[int, _Columns]) -> _Columns:
    names: frozenset[str] = frozenset()
    for source in scope.sources.values():
        columns = tables.get(id(source)) if isinstance(source, exp.Table) else _outputs(source, tables)
        if columns is None:
            return None
        names |= columns
    return names


def _outputs(scope: Scope, tables: Mapping[int, _Columns]) -> _Columns:
    """Return the names of the columns that a scope's query has."""
    expression = scope.expression
    if isinstance(expression, exp.UDTF | exp.Values):
        named = expression.alias_column_names
        return frozenset(name.lower() for name in named) if named else None
    outer = scope.outer_columns
    if outer:
        return frozenset(name.lower() for name in outer)
    if not isinstance(expression, exp.Query):
        return None
    names: frozenset[str] = frozenset()
    for each in expression.selects:
        if each.is_star:
            inner = _sources(scope, tables)
            if inner is None:
                return None
            names |= inner
        names |= {each.alias_or_name.lower()}
    return names
