"""DuckDB's errors in the words of Athena, with the place in the query as it was submitted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from local_aws.services.athena.errors import FailureKind, QueryFailedError, exhausted
from local_aws.services.athena.sql.functions import INFINITY, REFUSED
from local_aws.services.athena.sql.query import TrinoQuery

_TYPES: Final = {"INT8": "TINYINT", "INT16": "SMALLINT", "INT32": "INT", "INT64": "BIGINT"}
_OPERATORS: Final = frozenset({"+", "-", "*", "/", "//", "%", "||"})


@dataclass(frozen=True)
class _Rule:
    """What an error of DuckDB becomes."""

    pattern: str
    code: str
    message: str
    """With the pattern's groups in braces."""
    about: int | None = None
    """The group that names the column or function whose place the message starts with; None for none."""
    kind: FailureKind = "user"
    value: int | None = None
    """The group that is a value of the user's, and is shown as it is; None for none."""


_UNRESOLVED: Final = "Column '{0}' cannot be resolved or requester is not authorized to access requested resources"
_RULES: Final = (
    _Rule(r"Referenced column \"(.+?)\" (?:was )?not found", "COLUMN_NOT_FOUND", _UNRESOLVED, 0),
    _Rule(
        r"\"(.+?)\" does not have a column named \"(.+?)\"",
        "COLUMN_NOT_FOUND",
        _UNRESOLVED.replace("{0}", "{0}.{1}"),
        1,
    ),
    _Rule(r"Referenced table \"(.+?)\" not found", "COLUMN_NOT_FOUND", _UNRESOLVED, 0),
    _Rule(r"Ambiguous reference to column name \"(.+?)\"", "SYNTAX_ERROR", "Column '{0}' is ambiguous", 0),
    _Rule(
        r"column \"?(.+?)\"? must appear in the GROUP BY",
        "EXPRESSION_NOT_AGGREGATE",
        "'{0}' must be an aggregate expression or appear in GROUP BY clause",
        0,
    ),
    _Rule(
        r"clause cannot contain (?:aggregates|window)",
        "EXPRESSION_NOT_SCALAR",
        "WHERE clause cannot contain aggregations, window functions or grouping operations",
    ),
    _Rule(r"Function with name (\S+?) does not exist", "FUNCTION_NOT_FOUND", "Function '{0}' not registered", 0),
    _Rule(
        r"No function matches the given name and argument types '(.+?)\((.*?)\)'",
        "FUNCTION_NOT_FOUND",
        "Unexpected parameters ({1}) for function {0}",
        0,
    ),
    _Rule(
        r"Macro (\S+?)\(\) has multiple overloads",
        "NOT_SUPPORTED",
        "local_aws does not support date arithmetic on an aggregate or window function; use a subquery",
    ),
    _Rule(r"Macro (\S+?)\(\) does not support", "TYPE_MISMATCH", "Unexpected parameters for function {0}", 0),
    _Rule(
        r"Cannot (?:compare|combine|mix) values of type (\S+) and (?:values of type |type )?(\S+)",
        "TYPE_MISMATCH",
        "Cannot apply operator: {0} = {1}",
    ),
    _Rule(
        rf"Could not convert string '-?(?:{INFINITY}|NaN)' to (?:U?INT|DECIMAL)", "DIVISION_BY_ZERO", "Division by zero"
    ),
    _Rule(
        rf"Could not convert string '{REFUSED}INVALID_CAST_ARGUMENT: (.*?)' to INT32",
        "INVALID_CAST_ARGUMENT",
        "{0}",
        value=0,
    ),
    _Rule(rf"Could not convert string '{REFUSED}\w+: (.*?)' to INT32", "INVALID_FUNCTION_ARGUMENT", "{0}", value=0),
    _Rule(
        rf"invalid (date|timestamp) field format: \"(.*?){REFUSED}?\"",
        "INVALID_CAST_ARGUMENT",
        "Value cannot be cast to {0}: {1}",
        value=1,
    ),
    _Rule(r"Division by zero", "DIVISION_BY_ZERO", "Division by zero"),
    _Rule(
        rf"Could not convert string '(.*?){REFUSED}?' to (\w+)",
        "INVALID_CAST_ARGUMENT",
        "Cannot cast '{0}' to {1}",
        value=0,
    ),
    _Rule(
        r"(?:invalid perl operator|invalid escape sequence|bad repetition operator): (\S+)",
        "NOT_SUPPORTED",
        "local_aws does not support '{0}' in a regular expression: its patterns are RE2's, without lookaround, "
        "backreferences and possessive repetition",
    ),
    _Rule(r"^(Recursion depth limit exceeded .*)", "NOT_SUPPORTED", "{0}"),
    _Rule(r"^(HIVE_BAD_DATA): (.*)", "HIVE_BAD_DATA", "{1}", kind="data"),
    _Rule(r"(Overflow in \w+|out of range)", "NUMERIC_VALUE_OUT_OF_RANGE", "{0}", kind="data"),
    _Rule(
        r"More than one row returned by a subquery",
        "SUBQUERY_MULTIPLE_ROWS",
        "Scalar sub-query has returned multiple rows",
    ),
)
_BY_TYPE: Final[Mapping[str, tuple[str, FailureKind]]] = {
    "Binder": ("SYNTAX_ERROR", "user"),
    "Catalog": ("SYNTAX_ERROR", "user"),
    "Parser": ("SYNTAX_ERROR", "user"),
    "Syntax": ("SYNTAX_ERROR", "user"),
    "Conversion": ("INVALID_CAST_ARGUMENT", "user"),
    "Invalid Input": ("INVALID_FUNCTION_ARGUMENT", "user"),
    "IO": ("HIVE_CANNOT_OPEN_SPLIT", "data"),
}


def athena_failure(described: Mapping[str, str], query: TrinoQuery) -> QueryFailedError:
    """Word an error of DuckDB, its ``exception_type`` and ``exception_message``, as Athena would."""
    message = described["exception_message"]
    names = {function.name: function.duckdb_name for function in query.functions}
    for name, internal in names.items():
        message = re.sub(rf"\b{internal}\b", name, message, flags=re.IGNORECASE)
    for rule in _RULES:
        match = re.search(rule.pattern, message)
        if match:
            return _by_rule(rule, match, query, names)
    first_paragraph = message.partition("\n\n")[0]
    if described["exception_type"] == "Out of Memory":
        return exhausted(first_paragraph)
    code, kind = _BY_TYPE.get(described["exception_type"], ("GENERIC_INTERNAL_ERROR", "engine"))
    return QueryFailedError(code, first_paragraph, kind)


def _by_rule(rule: _Rule, match: re.Match[str], query: TrinoQuery, names: Mapping[str, str]) -> QueryFailedError:
    groups = [group if index == rule.value else _shown(group) for index, group in enumerate(match.groups())]
    code, text = rule.code, rule.message.format(*groups)
    place = None
    if rule.about is not None:
        place = _first_place(query, {groups[rule.about], names.get(groups[rule.about], "")})
        if groups[0] in _OPERATORS:
            left, _, right = groups[1].partition(", ")
            code, text = "TYPE_MISMATCH", f"Cannot apply operator: {left} {groups[0].replace('//', '/')} {right}"
    return QueryFailedError(code, f"{place}: {text}" if place else text, rule.kind)


def _shown(group: str) -> str:
    """Return a name in DuckDB's message as the query or Athena has it; type and function names come in capitals."""
    plain = group.strip('"').removeprefix("trino_")
    return _TYPES.get(plain, plain.lower() if plain.isupper() else plain)


def _first_place(query: TrinoQuery, names: set[str]) -> str | None:
    """Return the first place of a column, table or function of one of these names."""
    lowered = {name.rpartition(".")[2].lower() for name in names}

    def names_it(node: exp.Expr) -> bool:
        if isinstance(node, exp.Identifier):
            return node.name.lower() in lowered and "start" in node.meta
        return isinstance(node, exp.Func) and "start" in node.meta and query.function_name(node) in lowered

    node = min(filter(names_it, query.tree.walk()), key=lambda node: node.meta["start"], default=None)
    if node is None:
        return None
    return query.place(node.parent if isinstance(node.parent, exp.Column) else node)
