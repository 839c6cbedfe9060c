"""Changes to a Trino syntax tree where sqlglot's translation to DuckDB would mean something else."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from sqlglot import exp

from local_aws.services.athena.errors import not_supported
from local_aws.services.athena.sql.function_macros import NAMES
from local_aws.services.athena.sql.functions import SPELLINGS
from local_aws.services.athena.sql.joda import strftime_format
from local_aws.services.athena.sql.lambdas import LAMBDA_FUNCTIONS, call, with_duckdb_lambdas

TYPE: Final = "trino type"
"""Where an expression's `meta` has its type, if that is certain: sqlglot would generate other SQL if it knew it."""
_WHOLE_NUMBERS: Final = {"TINYINT": "tinyint", "SMALLINT": "smallint", "INT": "integer", "BIGINT": "bigint"}
_EXTRACT: Final = {
    "DOW": "ISODOW",
    "DAY_OF_WEEK": "ISODOW",
    "DAY_OF_YEAR": "DOY",
    "YOW": "ISOYEAR",
    "YEAR_OF_WEEK": "ISOYEAR",
}
_MATCHES: Final = {"any_match": "trino_any", "none_match": "trino_any", "all_match": "trino_all"}
_MOST_DIGITS: Final = 38
_CLOCK_READERS: Final = (
    exp.Extract,
    exp.TimeToStr,
    *(exp.Year, exp.Quarter, exp.Month, exp.Week, exp.WeekOfYear, exp.Day, exp.DayOfMonth, exp.DayOfWeekIso),
    *(exp.DayOfYear, exp.Hour, exp.Minute, exp.Second),
)
"""What reads the clock of a time's own zone."""
_ORDERS: Final = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
"""What compares instants, whatever their zones."""


def rewrite(tree: exp.Expr) -> exp.Expr:
    """Change a Trino tree so that DuckDB's SQL of it has Trino's meaning; it calls macros of `functions.MACROS`.

    What is inside an expression is changed before it, and keeps its type.
    """
    for node in reversed(list(tree.walk(bfs=False))):
        change = _CHANGES.get(type(node))
        if change is None:
            continue
        parent, key, index = node.parent, node.arg_key, node.index
        changed = change(node)
        if changed is node:
            continue
        changed.meta.update({TYPE: node.type, **node.meta})
        if parent is None:
            tree = changed
            tree.parent = None
        else:
            parent.set(key, changed, index)
    return tree


def _is(node: exp.Expr, kind: str) -> bool:
    """Return whether an expression is certainly of a type."""
    known = _type(node)
    return known is not None and known.is_type(kind)


def _type(node: exp.Expr) -> exp.DataType | None:
    return node.meta.get(TYPE) or node.type


def _unit(node: exp.Expr) -> exp.Expr:
    return exp.Literal.string(node.args["unit"].name.lower())


def _plus(node: exp.Expr) -> exp.Expr:
    if isinstance(node.expression, exp.Interval):
        return call("trino_plus", node.this, node.expression)
    if isinstance(node.this, exp.Interval):
        return call("trino_plus", node.expression, node.this)
    return node


def _minus(node: exp.Expr) -> exp.Expr:
    if isinstance(node.expression, exp.Interval):
        return call("trino_minus", node.this, node.expression)
    if _is(node.this, "date") and _is(node.expression, "date"):
        return call("to_days", exp.Cast(this=exp.paren(node, copy=False), to=exp.DataType.build("integer")))
    return node


def _decimal(node: exp.Expr) -> tuple[int, int] | None:
    """Return precision and scale of an expression that is certainly a decimal."""
    kind = _type(node)
    if kind is None or not kind.is_type("decimal") or len(kind.expressions) != 2:
        return None
    precision, scale = (int(parameter.name) for parameter in kind.expressions)
    return precision, scale


def _divide(node: exp.Expr) -> exp.Expr:
    first, second = _decimal(node.this), _decimal(node.expression)
    if first is None or second is None:
        return call("trino_divide", node.this, node.expression)
    scale = max(first[1], second[1])
    precision = min(_MOST_DIGITS, first[0] + second[1] + max(second[1] - first[1], 0))
    factor = exp.Cast(
        this=exp.Literal.string("1" + "0" * (scale - first[1] + second[1])), to=exp.DataType.build("hugeint", "duckdb")
    )
    numerator = exp.Mul(this=call("trino_unscaled", node.this), expression=factor)
    quotient = call("trino_rounded", numerator, call("trino_unscaled", node.expression))
    text = call("trino_scaled", quotient, exp.Literal.number(scale))
    return exp.Cast(this=text, to=exp.DataType.build(f"decimal({precision}, {scale})"))


def _average(node: exp.Expr) -> exp.Expr:
    kind = _decimal(node.this)
    parent = node.parent
    if kind is None or isinstance(parent, exp.Window | exp.Filter):
        return node
    return exp.Cast(this=node, to=exp.DataType.build("decimal({}, {})".format(*kind)))


def _subscript(node: exp.Expr) -> exp.Expr:
    # DuckDB counts as Trino does.
    node.set("offset", 1)
    if node.args.get("safe"):
        return node
    (key,) = node.expressions
    if _is(node.this, "map") or (isinstance(key, exp.Literal) and key.is_string):
        return call("trino_map_at", node.this, key)
    if _is(node.this, "array") or isinstance(node.this, exp.Array | exp.Split | exp.ArrayAgg | exp.Transform):
        return call("trino_array_at", node.this, key)
    return node


def _at_time_zone(node: exp.Expr) -> exp.Expr:
    instant = exp.Cast(this=node.this, to=exp.DataType.build("timestamptz", dialect="duckdb"))
    return _in_zone(node, instant, node.args["zone"])


def _from_unixtime(node: exp.Expr) -> exp.Expr:
    zone = node.args.get("zone")
    if zone is None:
        return node
    return _in_zone(node, exp.UnixToTime(this=node.this), zone)


def _in_zone(node: exp.Expr, instant: exp.Expr, zone: exp.Expr) -> exp.Expr:
    """Return what DuckDB computes with a time that has a zone of its own: its times with a zone are all in UTC."""
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    if isinstance(parent, _CLOCK_READERS):
        return call("timezone", zone, instant)
    if isinstance(parent, _ORDERS) or (isinstance(zone, exp.Literal) and zone.name.upper() == "UTC"):
        return instant
    raise not_supported("a time in a zone other than UTC, but to compare it, or to read its date and clock")


def _date_add(node: exp.Expr) -> exp.Expr:
    unit = exp.Interval(this=exp.Literal.string("1"), unit=node.args["unit"])
    return call("trino_plus", node.this, exp.Mul(this=unit, expression=exp.paren(node.expression)))


def _extract(node: exp.Expr) -> exp.Expr:
    field = node.this.name.upper()
    if field in _EXTRACT:
        node.set("this", exp.Var(this=_EXTRACT[field]))
    return node


def _is_spelled(node: exp.Expr, kind: str) -> bool:
    """Return whether a literal, such as that of ``DATE '2020-01-01'``, can be cast as it is."""
    is_text = isinstance(node, exp.Literal) and node.is_string
    return is_text and kind in SPELLINGS and re.fullmatch(SPELLINGS[kind], node.name) is not None


def _cast(node: exp.Expr) -> exp.Expr:
    target = node.args["to"]
    kind = target.this.name
    if kind == "TIMESTAMP" and target.expressions:
        # sqlglot counts the digits of a literal; a column's precision is DuckDB's to keep.
        if not isinstance(node.this, exp.Literal):
            return node
        node.set("to", exp.DataType.build("timestamp"))
    macro = _WHOLE_NUMBERS.get(kind, kind.lower())
    if _is_spelled(node.this, macro):
        return node
    if kind in _WHOLE_NUMBERS or macro in SPELLINGS:
        cast: exp.Expr = call(f"trino_to_{macro}", node.this)
    elif kind == "VARCHAR" and target.expressions:
        cast = call("trino_to_varchar_n", node.this, target.expressions[0].this)
    elif kind == "VARCHAR":
        cast = call("trino_to_varchar", node.this)
    elif kind == "JSON":
        cast = call("to_json", node.this)
    else:
        if kind == "DECIMAL" and not target.expressions:
            node.set("to", exp.DataType.build(f"decimal({_MOST_DIGITS}, 0)"))
        return node
    return exp.Try(this=cast) if isinstance(node, exp.TryCast) else cast


def _substring(node: exp.Expr) -> exp.Expr:
    length = node.args.get("length")
    if length is None:
        return call("trino_substr", node.this, node.args["start"])
    return call("trino_substr_of", node.this, node.args["start"], length)


def _split(node: exp.Expr) -> exp.Expr:
    limit = node.args.get("limit")
    return node if limit is None else call("trino_split", node.this, node.expression, limit)


def _typeof(node: exp.Expr) -> exp.Expr:
    kind = _type(node.this)
    if kind is None or kind.is_type("unknown"):
        raise not_supported("typeof of an expression whose type is not certain")
    literal = node.this
    is_text = isinstance(literal, exp.Literal) and literal.is_string
    return exp.Literal.string(f"varchar({len(literal.name)})" if is_text else kind.sql("trino").lower())


def _regexp_replace(node: exp.Expr) -> exp.Expr:
    replacement = node.args.get("replacement")
    if isinstance(replacement, exp.Lambda):
        raise not_supported("regexp_replace with a lambda")
    if isinstance(replacement, exp.Literal) and replacement.is_string:
        escaped = replacement.name.replace("\\$", "\0").replace("\\", "\\\\")
        groups = re.sub(r"\$(\d)", r"\\\1", escaped).replace("\0", "$")
        node.set("replacement", exp.Literal.string(groups))
    return node


def _json_extract_scalar(node: exp.Expr) -> exp.Expr:
    path = node.expression
    if isinstance(path, exp.JSONPath):
        path = exp.Literal.string(path.sql(dialect="duckdb").strip("'"))
    return call("trino_json_extract_scalar", node.this, path)


def _sequence(node: exp.Expr) -> exp.Expr:
    start, stop, step = node.args["start"], node.args["end"], node.args.get("step")
    is_date = _is(start, "date")
    if step is None and is_date:
        step = exp.Interval(this=exp.Literal.string("1"), unit=exp.Var(this="DAY"))
    if step is None:
        return call("trino_sequence", start, stop)
    if step.find(exp.Interval) is None:
        return call("trino_sequence_by", start, stop, step)
    times = call("trino_sequence_of_times", start, stop, step)
    return exp.Cast(this=times, to=exp.DataType.build("array<date>", dialect="trino")) if is_date else times


def _format_datetime(time: exp.Expr, form: exp.Expr) -> exp.Expr:
    if not isinstance(form, exp.Literal):
        raise not_supported("format_datetime with a format that is not a literal")
    return call("strftime", time, exp.Literal.string(strftime_format(form.name)))


def _anonymous(node: exp.Expr) -> exp.Expr:
    name = node.name.lower()
    if name in NAMES:
        return call(f"trino_{name}", *node.expressions)
    if name in LAMBDA_FUNCTIONS:
        return with_duckdb_lambdas(name, node.expressions)
    if name == "format_datetime":
        return _format_datetime(*node.expressions)
    if name not in _MATCHES or len(node.expressions) != 2:
        return node
    array, condition = node.expressions
    matched = call(_MATCHES[name], exp.Transform(this=array, expression=condition))
    return exp.paren(exp.Not(this=matched)) if name == "none_match" else matched


_CHANGES: Final[dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr]]] = {
    exp.Add: _plus,
    exp.Anonymous: _anonymous,
    exp.ArrayContains: lambda node: call("trino_contains", node.this, node.expression),
    exp.ArraySize: lambda node: exp.Cast(
        this=call("cardinality", node.this), to=exp.DataType.build("bigint", dialect="duckdb")
    ),
    exp.ArraySlice: lambda node: call("trino_slice", node.this, node.args["start"], node.args["end"]),
    exp.AtTimeZone: _at_time_zone,
    exp.Avg: _average,
    exp.Bracket: _subscript,
    exp.Cast: _cast,
    exp.Cbrt: lambda node: call("trino_cbrt", node.this),
    exp.DateAdd: _date_add,
    # Trino counts whole units, as DuckDB's date_sub does; its date_diff counts boundaries.
    exp.DateDiff: lambda node: call("date_sub", _unit(node), node.expression, node.this),
    exp.DateTrunc: lambda node: call("trino_date_trunc", _unit(node), node.this),
    exp.Div: _divide,
    exp.Extract: _extract,
    exp.GenerateSeries: _sequence,
    exp.JSONExtractScalar: _json_extract_scalar,
    exp.RegexpExtract: lambda node: call(
        "trino_regexp_extract", node.this, node.expression, node.args.get("group") or exp.Literal.number(0)
    ),
    exp.RegexpReplace: _regexp_replace,
    exp.Split: _split,
    exp.SplitPart: lambda node: call("trino_split_part", node.this, node.args["delimiter"], node.args["part_index"]),
    exp.Sub: _minus,
    exp.Substring: _substring,
    exp.TimestampTrunc: lambda node: call("trino_date_trunc", _unit(node), node.this),
    exp.TryCast: _cast,
    exp.Typeof: _typeof,
    exp.UnixToTime: _from_unixtime,
}
