"""WITH RECURSIVE as Trino runs it: a fixed number of steps, written out, and a failure if the last returns rows.

Trino's planner (``QueryPlanner.planExpand``) does the same: the first query, ten times the recursive one, and once more
for the check. DISTINCT applies to the whole, so that a cycle does not end a recursion by itself.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from local_aws.services.athena.errors import QueryFailedError, not_supported

_MAX_STEPS: Final = 10
"""Trino's ``max_recursion_depth``, which Athena does not let a user change."""

_TOO_DEEP: Final = (
    f"Recursion depth limit exceeded ({_MAX_STEPS}). Use 'max_recursion_depth' session property to modify the limit."
)


def unroll(tree: exp.Expr) -> None:
    """Write out the recursive queries of a tree, in place; raise `QueryFailedError` for forms that Trino refuses."""
    for with_ in list(tree.find_all(exp.With)):
        if with_.args.get("recursive"):
            queries: list[exp.Expr] = []
            for query in with_.expressions:
                queries += _steps(query) if _references(query.this, query.alias) else [query]
            with_.set("expressions", queries)
            with_.set("recursive", False)


def _steps(query: exp.CTE) -> list[exp.Expr]:
    name, columns = query.alias, query.args["alias"].columns
    union = query.this.unnest()
    if not isinstance(union, exp.Union) or _references(union.this, name):
        raise QueryFailedError(
            "INVALID_RECURSIVE_REFERENCE", f"recursive reference of '{name}' not allowed in this context"
        )
    if not columns:
        raise QueryFailedError("MISSING_COLUMN_ALIASES", f"missing column aliases in recursive WITH query '{name}'")
    if any(union.args.get(clause) for clause in ("limit", "offset", "order", "with_")):
        raise not_supported(f"ORDER BY, OFFSET, LIMIT or WITH immediately in the recursive query '{name}'")
    steps = [_named(_step_name(name, 0), columns, union.this, materialized=True)]
    for number in range(1, _MAX_STEPS + 2):
        body = union.expression.copy()
        for table in _references(body, name):
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True)))
            table.set("this", exp.to_identifier(_step_name(name, number - 1), quoted=True))
        steps.append(_named(_step_name(name, number), columns, body, materialized=True))
    failure = exp.Anonymous(this="error", expressions=[exp.Literal.string(_TOO_DEEP)])
    check = _rows(name, _MAX_STEPS + 1).where(exp.Is(this=failure, expression=exp.Null()), copy=False)
    rows = [_rows(name, number) for number in range(_MAX_STEPS + 1)]
    whole = exp.union(*rows, check, distinct=union.args["distinct"], copy=False)
    return [*steps, _named(name, columns, whole)]


def _step_name(name: str, number: int) -> str:
    return f"{name} step {number}"


def _rows(name: str, number: int) -> exp.Select:
    return exp.select("*").from_(exp.Table(this=exp.to_identifier(_step_name(name, number), quoted=True)), copy=False)


def _named(name: str, columns: list[exp.Expr], query: exp.Expr, *, materialized: bool | None = None) -> exp.CTE:
    alias = exp.TableAlias(this=exp.to_identifier(name, quoted=True), columns=[column.copy() for column in columns])
    return exp.CTE(this=query, alias=alias, materialized=materialized)


def _references(query: exp.Expr, name: str) -> list[exp.Table]:
    """Return the references of a query to that name; an inner WITH may hide it."""
    return [
        table
        for table in query.find_all(exp.Table)
        if not table.db and table.name.lower() == name.lower() and not _is_hidden(table, query, name)
    ]


def _is_hidden(table: exp.Expr, query: exp.Expr, name: str) -> bool:
    node: exp.Expr | None = table
    while node is not None and node is not query.parent:
        with_ = node.args.get("with_")
        if isinstance(with_, exp.With) and any(cte.alias.lower() == name.lower() for cte in with_.expressions):
            return True
        node = node.parent
    return False
