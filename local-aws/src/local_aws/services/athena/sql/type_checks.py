"""Comparisons that Trino refuses and DuckDB would make with a silent cast, e.g. of a text column with a number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from local_aws.services.athena.errors import QueryFailedError
from local_aws.services.athena.sql.query import TrinoQuery
from local_aws.services.athena.worker.table_source import TableSource

_TEXT: Final = frozenset({"VARCHAR", "CHAR", "TEXT"})
_NUMBER: Final = frozenset({"TINYINT", "SMALLINT", "INT", "BIGINT", "DOUBLE", "FLOAT", "REAL", "DECIMAL"})
_TIME: Final = frozenset({"DATE", "TIMESTAMP", "TIMESTAMPTZ"})
_FAMILIES: Final = (_TEXT, _NUMBER, _TIME, frozenset({"BOOLEAN"}))
_SIGNS: Final[dict[type[exp.Expr], str]] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
}


def check_comparisons(query: TrinoQuery, tables: Iterable[TableSource], default_database: str) -> None:
    """Raise ``TYPE_MISMATCH`` for comparisons between text, numbers, times and booleans whose types are certain."""
    schema = MappingSchema(dialect="trino")
    for table in tables:
        columns = {column.name: column.athena for column in (*table.columns, *table.partition_columns)}
        schema.add_table(f'"{table.database}"."{table.name}"', columns)
    try:
        qualified = qualify(
            query.tree.copy(),
            schema=schema,
            dialect="trino",
            db=default_database,
            validate_qualify_columns=False,
        )
        typed = annotate_types(qualified, schema=schema, dialect="trino")
    except SqlglotError:
        # DuckDB's binder reports what cannot be resolved here, with a better message.
        return
    for node in typed.walk():
        if type(node) in _SIGNS:
            _check(query, node, node.this, node.expression, _SIGNS[type(node)])
        elif isinstance(node, exp.In):
            for item in node.expressions:
                _check(query, node, node.this, item, "IN")
        elif isinstance(node, exp.Between):
            for bound in (node.args["low"], node.args["high"]):
                _check(query, node, node.this, bound, "BETWEEN")


def _check(query: TrinoQuery, node: exp.Expr, left: exp.Expr, right: exp.Expr, sign: str) -> None:
    first, second = _family(left), _family(right)
    if first is None or second is None or first == second:
        return
    names = f"{_name(left)} {sign} {_name(right)}"
    raise QueryFailedError("TYPE_MISMATCH", f"{query.place(node)}: Cannot apply operator: {names}")


def _family(node: exp.Expr) -> frozenset[str] | None:
    name = node.type.this.name if node.type is not None and isinstance(node.type, exp.DataType) else ""
    return next((family for family in _FAMILIES if name in family), None)


def _name(node: exp.Expr) -> str:
    if isinstance(node, exp.Literal) and node.is_string:
        return f"varchar({len(node.name)})"
    return node.type.sql(dialect="trino").lower() if node.type is not None else "unknown"
