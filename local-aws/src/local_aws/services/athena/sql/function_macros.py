"""Trino's functions that DuckDB has under another name or not at all, as macros."""

from __future__ import annotations

from typing import Final

_FIRST_NULL: Final = "list_position(list_transform(a, lambda w: w IS NULL), true)"
_IS_FIRST: Final = f"CASE WHEN v IS NULL THEN i = {_FIRST_NULL} ELSE i = list_position(a, v) END"
_DISTINCT: Final = f"list_filter(a, lambda v, i: {_IS_FIRST})"
_URL: Final = r"^(?:([^:/?#]+):)?(?://(?:[^/?#@]*@)?([^/?#:]*)(?::(\d+))?)?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$"
_ISO_TIME: Final = "%Y-%m-%dT%H:%M:%S.%g"


def _url_part(group: int, otherwise: str = "''") -> str:
    part = f"regexp_extract(u, '{_URL}', {group})"
    return f"CASE WHEN u IS NULL THEN NULL ELSE coalesce(nullif({part}, ''), {otherwise}) END"


_JSON_PATH: Final = "regexp_replace(p, '^(lax|strict) +', '')"
_IS_SCALAR: Final = f"TRY(json_type(j, {_JSON_PATH})) NOT IN ('OBJECT', 'ARRAY')"

BODIES: Final[dict[str, str]] = {
    # Arrays. Elements that are NULL could be anything.
    "array_distinct(a)": _DISTINCT,
    "array_except(a, b)": f"list_filter({_DISTINCT}, lambda x: NOT coalesce(list_contains(b, x), false) "
    "AND NOT (x IS NULL AND list_count(b) < len(b)))",
    "array_intersect(a, b)": f"list_filter({_DISTINCT}, lambda x: list_contains(b, x) OR (x IS NULL AND "
    "list_count(b) < len(b)))",
    "array_position(a, x)": "CAST(coalesce(list_position(a, x), 0) AS BIGINT)",
    "array_remove(a, x)": "list_filter(a, lambda v: v IS DISTINCT FROM x)",
    "array_union(a, b)": "trino_array_distinct(list_concat(a, b))",
    "arrays_overlap(a, b)": "CASE WHEN list_has_any(a, b) THEN true WHEN a IS NULL OR b IS NULL "
    "OR list_count(a) < len(a) OR list_count(b) < len(b) THEN NULL ELSE false END",
    "contains_sequence(a, s)": "len(s) = 0 OR list_contains(list_transform(range(1, len(a) - len(s) + 2), "
    "lambda i: array_slice(a, i, i + len(s) - 1) = s), true)",
    "repeat(x, n)": "list_transform(range(n), lambda i: x)",
    "trim_array(a, n)": "array_slice(a, 1, len(a) - n)",
    # Maps
    "map_concat(a, b)": "map_concat(a, b)",
    "map_from_entries(a)": "map_from_entries(a)",
    "multimap(k, e)": "map_from_entries(list_transform(k, lambda n: ROW(n, list_transform(list_filter(e, lambda x: "
    "x[1] = n), lambda x: x[2]))))",
    "multimap_from_entries(e)": "trino_multimap(trino_array_distinct(list_transform(e, lambda x: x[1])), e)",
    "split_to_map(s, d, k)": "map_from_entries(list_transform(string_split(s, d), lambda e: "
    "ROW(split_part(e, k, 1), split_part(e, k, 2))))",
    "split_to_multimap(s, d, k)": "trino_multimap_from_entries(list_transform(string_split(s, d), lambda e: "
    "ROW(split_part(e, k, 1), split_part(e, k, 2))))",
    # Texts
    "hamming_distance(a, b)": "hamming(a, b)",
    "regexp_count(s, p)": "CAST(len(regexp_extract_all(s, p)) AS BIGINT)",
    "regexp_extract_all(s, p)": "regexp_extract_all(s, p)",
    "regexp_split(s, p)": "string_split_regex(s, p)",
    # As forms are encoded, by Java's rules.
    "url_encode(s)": "replace(replace(replace(url_encode(s), '%20', '+'), '%2A', '*'), '~', '%7E')",
    "url_decode(s)": "url_decode(replace(s, '+', ' '))",
    "url_extract_protocol(u)": _url_part(1),
    "url_extract_host(u)": _url_part(2),
    "url_extract_port(u)": f"CAST({_url_part(3, 'NULL')} AS BIGINT)",
    "url_extract_path(u)": _url_part(4),
    "url_extract_query(u)": _url_part(5),
    "url_extract_fragment(u)": _url_part(6),
    "url_extract_parameter(u, n)": "trino_url_decode(CASE WHEN regexp_matches(trino_url_extract_query(u), "
    "'(^|&)' || regexp_escape(n) || '=') THEN regexp_extract(trino_url_extract_query(u), "
    "'(?:^|&)' || regexp_escape(n) || '=([^&]*)', 1) END)",
    # JSON: what is malformed or not there is NULL.
    "json_array_length(j)": "CASE WHEN TRY(json_type(j)) = 'ARRAY' THEN CAST(json_array_length(j) AS BIGINT) END",
    "json_exists(j, p)": f"coalesce(TRY(json_exists(j, {_JSON_PATH})), false)",
    "json_extract(j, p)": "TRY(json_extract(j, p))",
    "json_format(j)": "CAST(j AS VARCHAR)",
    "json_parse(j)": "CAST(j AS JSON)",
    "json_query(j, p)": f"CAST(TRY(json_extract(j, {_JSON_PATH})) AS VARCHAR)",
    "json_value(j, p)": f"CASE WHEN {_IS_SCALAR} THEN TRY(json_extract_string(j, {_JSON_PATH})) END",
    # Times
    "to_milliseconds(i)": "CAST(epoch(i) * 1000 AS BIGINT)",
    "to_iso8601(t)": "list_transform([t], lambda v: CASE typeof(v) WHEN 'DATE' THEN CAST(v AS VARCHAR) ELSE "
    f"strftime(TRY_CAST(CAST(v AS VARCHAR) AS TIMESTAMP), '{_ISO_TIME}') || "
    "CASE typeof(v) WHEN 'TIMESTAMP WITH TIME ZONE' THEN 'Z' ELSE '' END END)[1]",
    # Numbers
    "from_base(s, r)": "list_reduce(list_transform(string_split(lower(s), ''), lambda c: CAST(strpos("
    "'0123456789abcdefghijklmnopqrstuvwxyz', c) - 1 AS BIGINT)), lambda x, y: x * r + y)",
    "to_base(n, r)": "lower(to_base(n, r))",
    "width_bucket(x, low, high, n)": "CAST(CASE WHEN x < low THEN 0 WHEN x >= high THEN n + 1 "
    "ELSE floor((x - low) * n / (high - low)) + 1 END AS BIGINT)",
    "sign(x)": "sign(x)",
    "kurtosis(x)": "kurtosis(x)",
    "skewness(x)": "skewness(x)",
    "bitwise_and(a, b)": "CAST(a & b AS BIGINT)",
    "bitwise_or(a, b)": "CAST(a | b AS BIGINT)",
    "bitwise_xor(a, b)": "CAST(xor(a, b) AS BIGINT)",
    "bitwise_not(a)": "CAST(~a AS BIGINT)",
    # Bytes
    "sha256(b)": "unhex(sha256(b))",
    "to_base64(b)": "to_base64(b)",
    "from_base64(s)": "from_base64(s)",
    "from_hex(s)": "unhex(s)",
}
"""The body of each function, by its name and parameters; a macro's name starts with ``trino_``, and it may use those
above it."""

NAMES: Final = frozenset(signature.partition("(")[0] for signature in BODIES) - {"multimap"}
FUNCTION_MACROS: Final = tuple(f"trino_{signature} AS {body}" for signature, body in BODIES.items())
