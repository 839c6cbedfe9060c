"""Fields of text tables as DuckDB expressions, with the meaning that Hive's SerDes give them.

`LazySimpleSerDe` has no quotes, reads NULL for what it cannot parse and for missing fields, and ignores extra ones.
`OpenCSVSerde` has quotes, and fails on a number that it cannot parse.
"""

from __future__ import annotations

from typing import Final

from local_aws.services.athena.errors import not_supported
from local_aws.services.athena.worker.table_source import Column, TableSource, TextLayout

_WHOLE: Final = "[+-]?[0-9]+"
_REAL: Final = r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?"
_PATTERNS: Final = {
    "TINYINT": _WHOLE,
    "SMALLINT": _WHOLE,
    "INTEGER": _WHOLE,
    "BIGINT": _WHOLE,
    "DOUBLE": f"{_REAL}|NaN|[+-]?Infinity",
    "FLOAT": f"{_REAL}|NaN|[+-]?Infinity",
    "DECIMAL": _REAL,
    "BOOLEAN": "(?i)true|false",
    "DATE": "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}",
    "TIMESTAMP": "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2} [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}([.][0-9]{1,9})?",
}
_ESCAPED_ESCAPE: Final = "chr(2)"
_ESCAPED_SEPARATOR: Final = "chr(3)"


def fields_expression(layout: TextLayout, line: str) -> str:
    """Return the expression that splits a line into its fields, a VARCHAR[]; a line that is NULL is empty."""
    text = f"coalesce({line}, '')"
    if layout.quote:
        return _quoted_fields(layout, text)
    separator = literal(layout.separator)
    if not layout.escape:
        return f"string_split({text}, {separator})"
    escape = layout.escape
    hidden = f"replace(replace({text}, {literal(escape * 2)}, {_ESCAPED_ESCAPE}), "
    hidden += f"{literal(escape + layout.separator)}, {_ESCAPED_SEPARATOR})"
    shown = f"replace(replace(x, {_ESCAPED_SEPARATOR}, {separator}), {_ESCAPED_ESCAPE}, {literal(escape)})"
    return f"list_transform(string_split({hidden}, {separator}), lambda x : {shown})"


def typed_field(table: TableSource, index: int) -> str:
    """Return the expression of the column at an index, from ``fields``, in its declared type."""
    column = table.columns[index]
    raw = f"fields[{index + 1}]"
    if column.duckdb.partition("(")[0] not in (*_PATTERNS, "VARCHAR"):
        raise not_supported(
            f"columns of type {column.athena} in text tables ({table.database}.{table.name}.{column.name})"
        )
    if table.format == "quoted":
        return _strict(column, raw, index)
    value = raw if table.layout.null is None else f"nullif({raw}, {literal(table.layout.null)})"
    return (
        value if column.duckdb == "VARCHAR" else f"CASE WHEN {_matches(column, value)} THEN {_cast(column, value)} END"
    )


def _strict(column: Column, raw: str, index: int) -> str:
    if column.duckdb == "VARCHAR":
        return raw
    if column.duckdb in ("DATE", "TIMESTAMP"):
        # OpenCSVSerde takes days and milliseconds since 1970.
        unit = "to_days(CAST({} AS INTEGER))" if column.duckdb == "DATE" else "to_milliseconds(CAST({} AS BIGINT))"
        instant = f"CAST(TIMESTAMP '1970-01-01' + {unit.format(raw)} AS {column.duckdb})"
        return f"CASE WHEN {raw} IS NULL THEN NULL WHEN {_full_match(raw, _WHOLE)} THEN {instant} {_bad(raw, index)}"
    good = f"{_matches(column, raw)} THEN {_cast(column, raw)}"
    return f"CASE WHEN {raw} IS NULL THEN NULL WHEN {good} {_bad(raw, index)}"


def _bad(raw: str, index: int) -> str:
    return f"ELSE error('HIVE_BAD_DATA: Error parsing field value ''' || {raw} || ''' for field {index}') END"


def _matches(column: Column, value: str) -> str:
    return _full_match(value, _PATTERNS[column.duckdb.partition("(")[0]])


def _full_match(value: str, pattern: str) -> str:
    return f"regexp_full_match({value}, {literal(pattern)})"


def _cast(column: Column, value: str) -> str:
    return f"TRY_CAST({value} AS {column.duckdb})"


def _quoted_fields(layout: TextLayout, text: str) -> str:
    """Split by one regular expression: a separator before each field, then a quoted or a bare field."""
    separator, quote, escape = (_pattern(part) for part in (layout.separator, layout.quote, layout.escape))
    escapes = layout.escape not in ("", layout.quote)
    plain = f"[^{quote}{escape if escapes else ''}]"
    inside = f"(?:{plain}|{quote}{quote}" + (f"|{escape}.)*" if escapes else ")*")
    field = f"{separator}(?:{quote}{inside}{quote}|[^{separator}]*)"
    fields = f"regexp_extract_all({literal(layout.separator)} || {text}, {literal(field)})"
    bare = f"substr(x, {len(layout.separator) + 1})"
    is_quoted = f"regexp_full_match({bare}, {literal(quote + inside + quote)})"
    # A line break inside quotes ends the line, and with it the field: the reader of the line has no end of the quotes.
    is_open = f"starts_with({bare}, {literal(layout.quote)})"
    failure = "error('HIVE_BAD_DATA: Un-terminated quoted field at end of CSV line')"
    content = f"replace(substr({bare}, 2, length({bare}) - 2), {literal(layout.quote * 2)}, {literal(layout.quote)})"
    if escapes:
        content = f"regexp_replace({content}, {literal(escape + '(.)')}, '\\1', 'g')"
    value = f"CASE WHEN {is_quoted} THEN {content} WHEN {is_open} THEN {failure} ELSE {bare} END"
    return f"list_transform({fields}, lambda x : {value})"


def _pattern(characters: str) -> str:
    """Return characters as RE2 writes them, inside brackets or not."""
    return "".join(f"\\x{{{ord(character):x}}}" for character in characters)


def literal(text: str | None) -> str:
    """Return a string literal, or NULL."""
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"
