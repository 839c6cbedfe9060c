"""Trino's functions whose lambdas take several arguments or whose results are rows, by those that DuckDB has."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Final

from sqlglot import exp

from local_aws.services.athena.errors import QueryFailedError

_Body = Callable[[exp.Expr], exp.Expr]


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    """Return a call of a function of DuckDB's, or of a macro, as it is."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def with_duckdb_lambdas(name: str, arguments: Iterable[exp.Expr]) -> exp.Expr:
    """Return what one of the `LAMBDA_FUNCTIONS` does; raise an error for another number of arguments than it has."""
    function = _FUNCTIONS[name]
    try:
        bound = inspect.signature(function).bind(*arguments)
    except TypeError:
        raise QueryFailedError("FUNCTION_NOT_FOUND", f"Unexpected number of parameters for function {name}") from None
    return function(*bound.args)


def _map_entries(pairs: exp.Expr) -> exp.Expr:
    return _of_entries(pairs, _row)


def _map_filter(pairs: exp.Expr, function: exp.Expr) -> exp.Expr:
    kept = _mapped(call("map_entries", pairs), lambda entry: _applied(function, *_pair(entry)), "list_filter")
    return call("map_from_entries", kept)


def _map_zip_with(first: exp.Expr, second: exp.Expr, function: exp.Expr) -> exp.Expr:
    keys = call("trino_array_union", call("map_keys", first), call("map_keys", second))

    def entry(key: exp.Expr) -> exp.Expr:
        values = (call("map_extract_value", each.copy(), key) for each in (first, second))
        return _row(key, _applied(function, key, *values))

    return call("map_from_entries", _mapped(keys, entry))


def _reduce(array: exp.Expr, start: exp.Expr, merge: exp.Expr, finish: exp.Expr) -> exp.Expr:
    state, element = exp.to_identifier("trino_state"), exp.to_identifier("trino_element")
    body = _applied(merge, exp.column(state.copy()), exp.column(element.copy()))
    reduced = call("list_reduce", array, exp.Lambda(this=body, expressions=[state, element]), start)
    finished = _mapped(call("list_value", reduced), lambda value: _applied(finish, value))
    return call("list_extract", finished, exp.Literal.number(1))


def _transform_keys(pairs: exp.Expr, function: exp.Expr) -> exp.Expr:
    return call("map_from_entries", _of_entries(pairs, lambda key, value: _row(_applied(function, key, value), value)))


def _transform_values(pairs: exp.Expr, function: exp.Expr) -> exp.Expr:
    return call("map_from_entries", _of_entries(pairs, lambda key, value: _row(key, _applied(function, key, value))))


def _zip(*arrays: exp.Expr) -> exp.Expr:
    return _mapped(call("list_zip", *arrays), lambda items: _row(*_parts(items, len(arrays))))


def _zip_with(first: exp.Expr, second: exp.Expr, function: exp.Expr) -> exp.Expr:
    return _mapped(call("list_zip", first, second), lambda items: _applied(function, *_parts(items, 2)))


_FUNCTIONS: Final[dict[str, Callable[..., exp.Expr]]] = {
    "map_entries": _map_entries,
    "map_filter": _map_filter,
    "map_zip_with": _map_zip_with,
    "reduce": _reduce,
    "transform_keys": _transform_keys,
    "transform_values": _transform_values,
    "zip": _zip,
    "zip_with": _zip_with,
}
LAMBDA_FUNCTIONS: Final = frozenset(_FUNCTIONS)
"""The functions, by their names in Trino."""


def _of_entries(pairs: exp.Expr, body: Callable[[exp.Expr, exp.Expr], exp.Expr]) -> exp.Expr:
    """Return an array with a body applied to the key and the value of each entry of a map."""
    return _mapped(call("map_entries", pairs), lambda entry: body(*_pair(entry)))


def _mapped(array: exp.Expr, body: _Body, function: str = "list_transform") -> exp.Expr:
    """Return an array with a body applied to each element."""
    element = exp.to_identifier("trino_element")
    return call(function, array, exp.Lambda(this=body(exp.column(element.copy())), expressions=[element]))


def _applied(function: exp.Expr, *values: exp.Expr) -> exp.Expr:
    """Return a lambda's body with values for its arguments; raise an error for one of other arguments."""
    if not isinstance(function, exp.Lambda) or len(function.expressions) != len(values):
        raise QueryFailedError("FUNCTION_NOT_FOUND", f"a lambda of {len(values)} arguments is expected")
    arguments = {argument.name.lower(): value for argument, value in zip(function.expressions, values, strict=True)}

    def replaced(node: exp.Expr) -> exp.Expr:
        is_name = isinstance(node, exp.Column) and not node.table
        is_bare = isinstance(node, exp.Identifier) and not isinstance(node.parent, exp.Column | exp.Lambda)
        value = arguments.get(node.name.lower()) if is_name or is_bare else None
        return node if value is None else exp.paren(value.copy())

    return function.this.copy().transform(replaced)


def _row(*values: exp.Expr) -> exp.Expr:
    return call("row", *values)


def _pair(entry: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """Return key and value of a map's entry."""
    key, value = (call("struct_extract", entry.copy(), exp.Literal.string(name)) for name in ("key", "value"))
    return key, value


def _parts(row: exp.Expr, count: int) -> list[exp.Expr]:
    """Return the first fields of what ``list_zip`` makes."""
    return [call("struct_extract_at", row.copy(), exp.Literal.number(index + 1)) for index in range(count)]
