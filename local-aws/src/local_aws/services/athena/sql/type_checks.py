"""The types of a query's expressions, as far as they are certain, and what Trino refuses because of them.

DuckDB casts where Trino does not: a number to text in ``||``, a text to the DOUBLE that a function takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from local_aws.services.athena.errors import QueryFailedError
from local_aws.services.athena.sql.query import TrinoQuery
from local_aws.services.athena.sql.rewrites import TYPE
from local_aws.services.athena.worker.table_source import TableSource

_TEXT: Final = frozenset({"VARCHAR", "CHAR", "TEXT"})
_WHOLE: Final = ("TINYINT", "SMALLINT", "INT", "BIGINT")
_NUMBER: Final = frozenset({*_WHOLE, "DOUBLE", "FLOAT", "REAL", "DECIMAL"})
_TIME: Final = frozenset({"DATE", "TIMESTAMP", "TIMESTAMPTZ"})
_BOOLEAN: Final = frozenset({"BOOLEAN"})
_FAMILIES: Final = (_TEXT, _NUMBER, _TIME, _BOOLEAN)
_COMPARISONS: Final[dict[type[exp.Expr], str]] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
}
_ARITHMETIC: Final[dict[type[exp.Expr], str]] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_NODE: Final = "node"
"""Names a node, which keeps its name in the copies that are made of it."""


def check_types(query: TrinoQuery, tables: Iterable[TableSource], default_database: str) -> None:
    """Annotate the query's expressions with their types where these are certain.

    Raise `QueryFailedError` where Trino would refuse the types: ``TYPE_MISMATCH``, or ``FUNCTION_NOT_FOUND`` for
    arguments of a function.
    """
    originals = dict(enumerate(query.tree.walk()))
    for name, node in originals.items():
        node.meta[_NODE] = name
    typed = _typed(query.tree, tables, default_database)
    if typed is None:
        return
    for node in typed.walk():
        original = originals.get(node.meta.get(_NODE, -1))
        if original is not None and type(original) is type(node):
            original.meta[TYPE] = node.type
        _check(query, node)


def _typed(tree: exp.Expr, tables: Iterable[TableSource], default_database: str) -> exp.Expr | None:
    schema = MappingSchema(dialect="trino")
    for table in tables:
        columns = {column.name: column.athena for column in (*table.columns, *table.partition_columns)}
        schema.add_table(f'"{table.database}"."{table.name}"', columns)
    try:
        qualified = qualify(
            tree.copy(), schema=schema, dialect="trino", db=default_database, validate_qualify_columns=False
        )
        typed: exp.Expr = annotate_types(qualified, schema=schema, dialect="trino")
    except SqlglotError:
        # DuckDB's binder reports what cannot be resolved here, with a better message.
        return None
    return typed


def _check(query: TrinoQuery, node: exp.Expr) -> None:
    if type(node) in _COMPARISONS:
        _check_operator(query, node, node.this, node.expression, _COMPARISONS[type(node)])
    elif isinstance(node, exp.In):
        for item in node.expressions:
            _check_operator(query, node, node.this, item, "IN")
    elif isinstance(node, exp.Between):
        for bound in (node.args["low"], node.args["high"]):
            _check_operator(query, node, node.this, bound, "BETWEEN")
    elif type(node) in _ARITHMETIC:
        _check_arithmetic(query, node)
    elif isinstance(node, exp.DPipe | exp.Concat):
        _check_concatenation(query, node)
    elif isinstance(node, exp.Anonymous):
        _check_external_call(query, node)
    elif isinstance(node, exp.Where | exp.Having):
        _check_condition(query, node)
    else:
        _check_alternatives(query, node)


def _check_operator(query: TrinoQuery, node: exp.Expr, left: exp.Expr, right: exp.Expr, sign: str) -> None:
    first, second = _family(left), _family(right)
    if first is not None and second is not None and first != second:
        raise _mismatch(query, node, f"Cannot apply operator: {_name(left)} {sign} {_name(right)}")


def _check_arithmetic(query: TrinoQuery, node: exp.Expr) -> None:
    first, second = _family(node.this), _family(node.expression)
    if first is None or second is None:
        return
    is_span = isinstance(node, exp.Sub) and first == second == _TIME
    if not is_span and {first, second} != {_NUMBER}:
        names = f"{_name(node.this)} {_ARITHMETIC[type(node)]} {_name(node.expression)}"
        raise _mismatch(query, node, f"Cannot apply operator: {names}")


def _check_concatenation(query: TrinoQuery, node: exp.Expr) -> None:
    parts = [node.this, node.expression] if isinstance(node, exp.DPipe) else node.expressions
    if any(_family(part) not in (None, _TEXT) for part in parts):
        given = ", ".join(map(_name, parts))
        message = f"Unexpected parameters ({given}) for function concat"
        raise QueryFailedError("FUNCTION_NOT_FOUND", f"{query.place(node)}: {message}")


def _check_external_call(query: TrinoQuery, node: exp.Anonymous) -> None:
    function = next((each for each in query.functions if each.duckdb_name == node.name.lower()), None)
    if function is None:
        return
    expected = [parameter.trino() for parameter in function.parameters]
    fits = len(expected) == len(node.expressions)
    for value, kind in zip(node.expressions, expected, strict=False):
        fits = fits and _is_coercible(value, kind)
    if not fits:
        given, wanted = ", ".join(map(_name, node.expressions)), ", ".join(expected)
        raise QueryFailedError(
            "FUNCTION_NOT_FOUND",
            f"{query.place(node)}: Unexpected parameters ({given}) for function {function.name}. "
            f"Expected: {function.name}({wanted})",
        )


def _is_coercible(value: exp.Expr, kind: str) -> bool:
    """Return whether Trino may take a value for a parameter; what is not certain, it may."""
    given, target = _type_name(value), exp.DataType.build(kind, dialect="trino").this.name
    first = _family(value)
    if first is None:
        return True
    if target not in first:
        return False
    if first is not _NUMBER or target in ("DOUBLE", given):
        return True
    order = (*_WHOLE, "DECIMAL", "FLOAT", "DOUBLE")
    return order.index(given) <= order.index(target)


def _check_condition(query: TrinoQuery, node: exp.Expr) -> None:
    if _family(node.this) not in (None, _BOOLEAN):
        clause = "WHERE" if isinstance(node, exp.Where) else "HAVING"
        message = f"{clause} clause must evaluate to a boolean: actual type {_name(node.this)}"
        raise _mismatch(query, node.this, message)


def _check_alternatives(query: TrinoQuery, node: exp.Expr) -> None:
    for what, values in _alternatives(node):
        first, *others = [value for value in values if _family(value) is not None] or [node]
        for other in others:
            if _family(first) != _family(other):
                raise _mismatch(query, node, f"{what}: {_name(first)}, {_name(other)}")


def _alternatives(node: exp.Expr) -> Iterator[tuple[str, Sequence[exp.Expr]]]:
    """Yield the values for which Trino wants one type, with what it says of others."""
    if isinstance(node, exp.Case):
        results = [branch.args["true"] for branch in node.args["ifs"]]
        results += [node.args["default"]] if node.args.get("default") else []
        yield "All CASE results must be the same type or coercible to a common type", results
    elif isinstance(node, exp.If) and not isinstance(node.parent, exp.Case):
        results = [node.args["true"], *([node.args["false"]] if node.args.get("false") else [])]
        yield "Result types for IF must be the same", results
    elif isinstance(node, exp.Coalesce):
        yield (
            "All COALESCE operands must be the same type or coercible to a common type",
            [node.this, *node.expressions],
        )
    elif isinstance(node, exp.Array):
        yield "All ARRAY elements must be the same type or coercible to a common type", node.expressions
    elif isinstance(node, exp.SetOperation):
        columns = zip(node.this.selects, node.expression.selects, strict=False)
        for index, pair in enumerate(columns, start=1):
            yield f"column {index} in {node.key.upper()} query has incompatible types", pair


def _mismatch(query: TrinoQuery, node: exp.Expr, message: str) -> QueryFailedError:
    return QueryFailedError("TYPE_MISMATCH", f"{query.place(node)}: {message}")


def _type_name(node: exp.Expr) -> str:
    return node.type.this.name if node.type is not None and isinstance(node.type, exp.DataType) else ""


def _family(node: exp.Expr) -> frozenset[str] | None:
    name = _type_name(node)
    return next((family for family in _FAMILIES if name in family), None)


def _name(node: exp.Expr) -> str:
    inner = node.unalias()
    if isinstance(inner, exp.Literal) and inner.is_string:
        return f"varchar({len(inner.name)})"
    return node.type.sql(dialect="trino").lower() if node.type is not None else "unknown"
