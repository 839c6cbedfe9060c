"""Changes to a Trino syntax tree where sqlglot's translation to DuckDB would mean something else."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from sqlglot import exp

_WHOLE_NUMBERS: Final = {"TINYINT": "tinyint", "SMALLINT": "smallint", "INT": "integer", "BIGINT": "bigint"}
_EXTRACT: Final = {
    "DOW": "ISODOW",
    "DAY_OF_WEEK": "ISODOW",
    "DAY_OF_YEAR": "DOY",
    "YOW": "ISOYEAR",
    "YEAR_OF_WEEK": "ISOYEAR",
}
_MATCHES: Final = {"any_match": exp.GT, "none_match": exp.EQ, "all_match": exp.EQ}


def rewrite(tree: exp.Expr) -> exp.Expr:
    """Change a Trino tree so that DuckDB's SQL of it has Trino's meaning; it calls macros of `functions.MACROS`."""
    return tree.transform(_rewrite_node, copy=False)


def _rewrite_node(node: exp.Expr) -> exp.Expr:
    change = _CHANGES.get(type(node))
    if change is None:
        return node
    changed = change(node)
    if changed is not node and "start" in node.meta:
        changed.meta.update(node.meta)
    return changed


def _call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _unit(node: exp.Expr) -> exp.Expr:
    return exp.Literal.string(node.args["unit"].name.lower())


def _plus(node: exp.Expr) -> exp.Expr:
    if isinstance(node.expression, exp.Interval):
        return _call("trino_plus", node.this, node.expression)
    if isinstance(node.this, exp.Interval):
        return _call("trino_plus", node.expression, node.this)
    return node


def _minus(node: exp.Expr) -> exp.Expr:
    if isinstance(node.expression, exp.Interval):
        return _call("trino_minus", node.this, node.expression)
    return node


def _date_add(node: exp.Expr) -> exp.Expr:
    unit = exp.Interval(this=exp.Literal.string("1"), unit=node.args["unit"])
    return _call("trino_plus", node.this, exp.Mul(this=unit, expression=exp.paren(node.expression)))


def _extract(node: exp.Expr) -> exp.Expr:
    field = node.this.name.upper()
    if field in _EXTRACT:
        node.set("this", exp.Var(this=_EXTRACT[field]))
    return node


def _cast(node: exp.Expr) -> exp.Expr:
    target = node.args["to"]
    whole = _WHOLE_NUMBERS.get(target.this.name)
    if whole is not None:
        rounded = _call(f"trino_to_{whole}", node.this)
        return exp.Try(this=rounded) if isinstance(node, exp.TryCast) else rounded
    if target.this.name == "VARCHAR" and target.expressions:
        length = target.expressions[0].this
        cast = type(node)(this=node.this, to=exp.DataType.build("varchar"))
        return _call("left", cast, length)
    return node


def _regexp_replace(node: exp.Expr) -> exp.Expr:
    replacement = node.args.get("replacement")
    if isinstance(replacement, exp.Literal) and replacement.is_string:
        escaped = replacement.name.replace("\\$", "\0").replace("\\", "\\\\")
        groups = re.sub(r"\$(\d)", r"\\\1", escaped).replace("\0", "$")
        node.set("replacement", exp.Literal.string(groups))
    return node


def _json_extract_scalar(node: exp.Expr) -> exp.Expr:
    path = node.expression
    if isinstance(path, exp.JSONPath):
        path = exp.Literal.string(path.sql(dialect="duckdb").strip("'"))
    return _call("trino_json_extract_scalar", node.this, path)


def _sequence(node: exp.Expr) -> exp.Expr:
    start, stop, step = node.args["start"], node.args["end"], node.args.get("step")
    is_date = isinstance(start, exp.Cast) and start.args["to"].this is exp.DataType.Type.DATE
    if step is None and is_date:
        step = exp.Interval(this=exp.Literal.string("1"), unit=exp.Var(this="DAY"))
    if step is None:
        return _call("trino_sequence", start, stop)
    if step.find(exp.Interval) is None:
        return _call("trino_sequence_by", start, stop, step)
    times = _call("trino_sequence_of_times", start, stop, step)
    return exp.Cast(this=times, to=exp.DataType.build("array<date>", dialect="trino")) if is_date else times


def _anonymous(node: exp.Expr) -> exp.Expr:
    comparison = _MATCHES.get(node.name.lower())
    if comparison is None or len(node.expressions) != 2:
        return node
    array, condition = node.expressions
    matching = _call("len", exp.ArrayFilter(this=array, expression=condition))
    other = _call("len", array.copy()) if node.name.lower() == "all_match" else exp.Literal.number(0)
    return exp.paren(comparison(this=matching, expression=other))


_CHANGES: Final[dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr]]] = {
    exp.Add: _plus,
    exp.Anonymous: _anonymous,
    exp.ArraySize: lambda node: exp.Cast(
        this=_call("cardinality", node.this), to=exp.DataType.build("bigint", dialect="duckdb")
    ),
    exp.ArraySlice: lambda node: _call("trino_slice", node.this, node.args["start"], node.args["end"]),
    exp.Cast: _cast,
    exp.DateAdd: _date_add,
    # Trino counts whole units, as DuckDB's date_sub does; its date_diff counts boundaries.
    exp.DateDiff: lambda node: _call("date_sub", _unit(node), node.expression, node.this),
    exp.DateTrunc: lambda node: _call("trino_date_trunc", _unit(node), node.this),
    exp.Div: lambda node: _call("trino_divide", node.this, node.expression),
    exp.Extract: _extract,
    exp.GenerateSeries: _sequence,
    exp.JSONExtractScalar: _json_extract_scalar,
    exp.RegexpExtract: lambda node: _call(
        "trino_regexp_extract", node.this, node.expression, node.args.get("group") or exp.Literal.number(0)
    ),
    exp.RegexpReplace: _regexp_replace,
    exp.Sub: _minus,
    exp.TimestampTrunc: lambda node: _call("trino_date_trunc", _unit(node), node.this),
    exp.TryCast: _cast,
}
