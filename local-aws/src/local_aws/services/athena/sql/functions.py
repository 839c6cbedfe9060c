"""Trino's functions: which of them are supported, and the DuckDB macros that give them Trino's meaning.

A function is listed only when its results were compared with Trino's definition. Others are refused by name
rather than run with another meaning. Known differences that remain: division and ``avg`` of decimals whose types are
not certain return a double here and a decimal on Athena; ``nan() = nan()`` is true here; approximate functions
approximate differently; a timestamp with an offset is written in UTC.
"""

from __future__ import annotations

import re
from typing import Final

from local_aws.services.athena.sql.function_macros import FUNCTION_MACROS, NAMES
from local_aws.services.athena.sql.lambdas import LAMBDA_FUNCTIONS

UNNAMED: Final = "unnamed column "
"""Prefix of the names of result columns that Athena calls _col0, _col1, …"""

JAVA_NUMBER: Final = "java_number"
"""The function that `engine` gives DuckDB: a DOUBLE as Java writes it."""
INFINITY: Final = "Infinity"
_AGGREGATES: Final = (
    "any_value approx_distinct approx_percentile arbitrary array_agg avg bool_and bool_or corr count count_if "
    "covar_pop covar_samp cume_dist dense_rank every first_value grouping lag last_value lead listagg map_agg max "
    "max_by min min_by nth_value ntile percent_rank rank row_number stddev stddev_pop stddev_samp sum var_pop "
    "var_samp variance"
)
_NUMBERS: Final = (
    "abs acos asin atan atan2 cbrt ceil ceiling cos degrees e exp floor greatest infinity is_finite is_infinite "
    "is_nan least ln log log10 log2 mod nan pi pow power radians rand random round sin sqrt tan truncate"
)
_TEXTS: Final = (
    "chr codepoint concat concat_ws json_extract_scalar length levenshtein_distance lower lpad ltrim md5 position "
    "regexp_extract regexp_like regexp_replace replace reverse rpad rtrim split split_part starts_with strpos substr "
    "substring to_hex to_utf8 from_utf8 translate trim upper"
)
_TIMES: Final = (
    "current_date current_timestamp date date_add date_diff date_format date_parse date_trunc day day_of_month "
    "day_of_week day_of_year dow doy extract from_iso8601_date from_iso8601_timestamp from_unixtime hour "
    "last_day_of_month localtimestamp millisecond minute month now quarter second to_unixtime week week_of_year year"
)
_COLLECTIONS: Final = (
    "all_match any_match array array_join array_max array_min array_sort cardinality contains element_at filter "
    "flatten map map_keys map_values none_match row sequence slice transform unnest"
)
_CONDITIONS: Final = "case cast coalesce exists false if interval null nullif true try try_cast"
_OF_DUCKDB: Final = " ".join((_AGGREGATES, _NUMBERS, _TEXTS, _TIMES, _COLLECTIONS, _CONDITIONS)).split()
SUPPORTED: Final = frozenset({*_OF_DUCKDB, *NAMES, *LAMBDA_FUNCTIONS, "format_datetime", "typeof"})

REFUSED: Final = "\ue000"
"""Marks a text that no cast accepts, so that a cast of it fails with this text in its message: ``error()`` is volatile
for DuckDB, which does not take it inside TRY."""


def _fail(code: str, message: str) -> str:
    """Return an INTEGER expression that fails with an error of Trino's; `message` is SQL of a text."""
    return f"CAST('{REFUSED}{code}: ' || {message} AS INTEGER)"


def _once(name: str, body: str) -> str:
    """Return a macro of x, whose body calls it v: DuckDB would compute x as often as a body names it, and plan that."""
    return f"{name}(x) AS list_transform([x], lambda v: {body})[1]"


_WRITTEN: Final = "CAST(v AS VARCHAR)"


def _text_matching(pattern: str) -> str:
    """Return the text v as it is, or so that every cast of it fails, unless it matches."""
    return f"CASE WHEN regexp_full_match({_WRITTEN}, '{pattern}') THEN {_WRITTEN} ELSE {_WRITTEN} || '{REFUSED}' END"


SPELLINGS: Final = {
    "boolean": "(?i)t|true|1|f|false|0",
    "date": r"\s*[+-]?\d+-\d{1,2}-\d{1,2}\s*",
    "timestamp": r"\s*[+-]?\d+-\d{1,2}-\d{1,2}( \d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?\s*",
}
"""Texts that Trino casts to a type; DuckDB takes more: yes, 2020/01/01, 2020-01-01T10:00."""
_TEXT_CASTS: Final = tuple(
    _once(
        f"trino_to_{target}",
        f"CASE WHEN typeof(v) = 'VARCHAR' THEN CAST({_text_matching(pattern)} AS {target}) "
        f"ELSE CAST(v AS {target}) END",
    )
    for target, pattern in SPELLINGS.items()
)
_WHOLE_CASTS: Final = tuple(
    # Trino rounds halves away from zero when it casts to a whole number, DuckDB to the even one.
    _once(
        f"trino_to_{target}",
        f"CASE WHEN typeof(v) IN ('DOUBLE', 'FLOAT') THEN CAST(round(TRY_CAST(v AS DOUBLE)) AS {target}) "
        f"WHEN typeof(v) = 'VARCHAR' THEN CAST({_text_matching('[+-]?[0-9]+')} AS {target}) "
        f"ELSE CAST(v AS {target}) END",
    )
    for target in ("tinyint", "smallint", "integer", "bigint")
)
_INTERVAL: Final = f"TRY_CAST({_WRITTEN} AS INTERVAL)"
_MONTHS: Final = f"(date_part('year', {_INTERVAL}) * 12 + date_part('month', {_INTERVAL}))"
_SECONDS: Final = f"epoch({_INTERVAL})"
_TIME_FORMAT: Final = "%Y-%m-%d %H:%M:%S.%g"
_TO_TEXT: Final = _once(
    "trino_to_varchar",
    "CASE typeof(v) "
    f"WHEN 'TIMESTAMP' THEN strftime(TRY_CAST({_WRITTEN} AS TIMESTAMP), '{_TIME_FORMAT}') "
    f"WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(TRY_CAST({_WRITTEN} AS TIMESTAMP), '{_TIME_FORMAT} UTC') "
    f"WHEN 'DOUBLE' THEN {JAVA_NUMBER}(TRY_CAST({_WRITTEN} AS DOUBLE)) "
    f"WHEN 'INTERVAL' THEN CASE WHEN {_MONTHS} <> 0 "
    f"THEN printf('%s%d-%d', CASE WHEN {_MONTHS} < 0 THEN '-' ELSE '' END, abs({_MONTHS}) // 12, abs({_MONTHS}) % 12) "
    f"ELSE printf('%s%d %02d:%02d:%06.3f', CASE WHEN {_SECONDS} < 0 THEN '-' ELSE '' END, "
    f"CAST(floor(abs({_SECONDS}) / 86400) AS BIGINT), CAST(floor(abs({_SECONDS}) / 3600) AS BIGINT) % 24, "
    f"CAST(floor(abs({_SECONDS}) / 60) AS BIGINT) % 60, abs({_SECONDS}) % 60) END "
    f"ELSE {_WRITTEN} END",
)
"""Trino writes milliseconds, Java's numbers and its own intervals."""


_SEQUENCE_ENTRIES: Final = 10_000
"""Trino's ``MAX_RESULT_ENTRIES``."""


def _sequence(forward: str, still: str, entries: str) -> str:
    """Return the array from a to b by steps of s, within Trino's bounds.

    The check is a part of the array's end: DuckDB computes what is constant before it looks at a CASE around it. The
    macros' parameters have no types, which DuckDB's UNNEST of a column would not take.
    """
    return (
        "generate_series(a, CASE "
        f"WHEN {still} THEN error('step must not be zero') "
        f"WHEN (b > a AND NOT {forward}) OR (b < a AND {forward}) THEN error('sequence stop value should be greater "
        "than or equal to start value if step is greater than zero otherwise stop should be less than or equal to "
        "start') "
        f"WHEN {entries} > {_SEQUENCE_ENTRIES} THEN error('result of sequence function must not have more than "
        f"{_SEQUENCE_ENTRIES} entries') ELSE b END, s)"
    )


MACROS: Final = (
    *_TEXT_CASTS,
    *_WHOLE_CASTS,
    _TO_TEXT,
    # A text is cut, anything else has to fit.
    "trino_to_varchar_n(x, n) AS CASE WHEN typeof(x) = 'VARCHAR' OR length(trino_to_varchar(x)) <= n "
    "THEN left(trino_to_varchar(x), n) ELSE left('', "
    + _fail(
        "INVALID_CAST_ARGUMENT",
        "'Value ' || trino_to_varchar(x) || ' cannot be represented as varchar(' || n || ')'",
    )
    + ") END",
    # What is not there fails the query; element_at is NULL then.
    "trino_array_at(a, i) AS a[CASE WHEN a IS NULL OR i BETWEEN 1 AND len(a) THEN i "
    "WHEN i = 0 THEN " + _fail("INVALID_FUNCTION_ARGUMENT", "'SQL array indices start at 1'") + " "
    "WHEN i < 0 THEN " + _fail("INVALID_FUNCTION_ARGUMENT", "'Array subscript is negative: ' || i") + " "
    "WHEN i IS NOT NULL THEN "
    + _fail(
        "INVALID_FUNCTION_ARGUMENT",
        "'Array subscript must be less than or equal to array length: ' || i || ' > ' || len(a)",
    )
    + " END]",
    "trino_map_at(m, k) AS map_values(m)[CASE WHEN m IS NULL OR k IS NULL THEN NULL "
    "WHEN list_contains(map_keys(m), k) THEN list_position(map_keys(m), k) ELSE "
    + _fail("INVALID_FUNCTION_ARGUMENT", "'Key not present in map: ' || k")
    + " END]",
    # NULL where the elements that are NULL could be it.
    "trino_contains(a, x) AS CASE WHEN list_contains(a, x) THEN true WHEN a IS NULL OR x IS NULL THEN NULL "
    "WHEN list_count(a) < len(a) THEN NULL ELSE false END",
    "trino_any(r) AS CASE WHEN list_contains(r, true) THEN true WHEN r IS NULL OR list_count(r) < len(r) THEN NULL "
    "ELSE false END",
    "trino_all(r) AS CASE WHEN list_contains(r, false) THEN false WHEN r IS NULL OR list_count(r) < len(r) THEN NULL "
    "ELSE true END",
    # Fields count from 1; beyond the last there is NULL.
    "trino_split_part(s, d, n) AS CASE WHEN n > len(string_split(s, d)) THEN NULL "
    "ELSE split_part(s, d, CASE WHEN n < 1 THEN "
    + _fail("INVALID_FUNCTION_ARGUMENT", "'Index must be greater than zero'")
    + " ELSE n END) END",
    "trino_split(s, d, n) AS CASE WHEN len(string_split(s, d)) <= n THEN string_split(s, d) ELSE list_append("
    "array_slice(string_split(s, d), 1, n - 1), "
    "array_to_string(array_slice(string_split(s, d), n, len(string_split(s, d))), d)) END",
    # Nothing is before the first character or at place 0.
    "trino_substr(s, i) AS CASE WHEN i = 0 OR -i > length(s) THEN '' ELSE substr(s, i) END",
    "trino_substr_of(s, i, n) AS CASE WHEN i = 0 OR -i > length(s) OR n <= 0 THEN '' ELSE substr(s, i, n) END",
    "trino_cbrt(x) AS CASE WHEN power(round(cbrt(x)), 3) = x THEN round(cbrt(x)) ELSE cbrt(x) END",
    # Whole numbers keep every digit: u and v are without their points, and half a unit is rounded away from zero.
    "trino_unscaled(x) AS CAST(replace(CAST(x AS VARCHAR), '.', '') AS HUGEINT)",
    "trino_rounded(u, v) AS CAST(sign(u) * sign(v) AS HUGEINT) * ((2 * abs(u) + abs(v)) // (2 * abs(v)))",
    "trino_scaled(q, s) AS CASE WHEN s = 0 THEN CAST(q AS VARCHAR) ELSE (CASE WHEN q < 0 THEN '-' ELSE '' END) || "
    "regexp_replace(lpad(CAST(abs(q) AS VARCHAR), CAST(greatest(length(CAST(abs(q) AS VARCHAR)), s + 1) AS INTEGER), "
    "'0'), "
    "'(\\d{' || s || '})$', '.\\1') END",
    f"trino_sequence_by(a, b, s) AS {_sequence('s > 0', 's = 0', '(CAST(b AS HUGEINT) - a) // s + 1')}",
    "trino_sequence(a, b) AS trino_sequence_by(a, b, CASE WHEN b < a THEN -1 ELSE 1 END)",
    # A month counts as 30 days: sequences of months are allowed some entries more.
    "trino_sequence_of_times(a, b, s) AS "
    + _sequence("s > INTERVAL 0 DAY", "s = INTERVAL 0 DAY", "(epoch(b) - epoch(a)) / epoch(s) + 1"),
    # DuckDB's // divides whole numbers as such and fails on zero. A double divided by zero is infinite or NaN: the
    # literals take the type of the division, and no whole number takes them (see `duckdb_errors`).
    "trino_divide(a, b) AS CASE WHEN b <> 0 OR b IS NULL OR a IS NULL THEN a // nullif(b, 0) "
    f"WHEN a > 0 THEN '{INFINITY}' WHEN a < 0 THEN '-{INFINITY}' ELSE 'NaN' END",
    # Trino keeps a DATE a DATE. DuckDB's binder chooses the overload; it cannot when the argument is an aggregate.
    "trino_plus(t DATE, i INTERVAL) AS CAST(t + i AS DATE), (t TIMESTAMP, i INTERVAL) AS t + i, "
    "(t TIMESTAMPTZ, i INTERVAL) AS t + i, (t TIME, i INTERVAL) AS t + i, (t INTERVAL, i INTERVAL) AS t + i",
    "trino_minus(t DATE, i INTERVAL) AS CAST(t - i AS DATE), (t TIMESTAMP, i INTERVAL) AS t - i, "
    "(t TIMESTAMPTZ, i INTERVAL) AS t - i, (t TIME, i INTERVAL) AS t - i, (t INTERVAL, i INTERVAL) AS t - i",
    "trino_date_trunc(unit VARCHAR, t DATE) AS CAST(date_trunc(unit, t) AS DATE), "
    "(unit VARCHAR, t TIMESTAMP) AS date_trunc(unit, t), (unit VARCHAR, t TIMESTAMPTZ) AS date_trunc(unit, t)",
    # No match is NULL in Trino and '' in DuckDB.
    "trino_regexp_extract(s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END",
    # Malformed documents, objects and arrays have no scalar: NULL.
    "trino_json_extract_scalar(j, p) AS CASE WHEN TRY(json_type(j, p)) NOT IN ('OBJECT', 'ARRAY') "
    "THEN TRY(json_extract_string(j, p)) END",
    # Trino takes start and length, DuckDB start and end.
    "trino_slice(a, start, length) AS array_slice(a, start, start + length - 1)",
    "map_agg(k, v) AS map_from_entries(list(ROW(k, v)))",
    "every(x) AS bool_and(x)",
    "codepoint(s) AS unicode(s)",
    "nan() AS 'NaN'::DOUBLE",
    "infinity() AS 'Infinity'::DOUBLE",
    "e() AS exp(1)",
    "is_finite(x) AS isfinite(x)",
    "is_infinite(x) AS isinf(x)",
    *FUNCTION_MACROS,
)
_BY_NAME: Final = {macro.partition("(")[0]: macro for macro in MACROS}
_CALL: Final = re.compile(r"\b(\w+)\s*\(")


def macros_of(sql: str) -> list[str]:
    """Return the macros that a translated query calls, and those that they call, each after what it needs.

    To create all of them takes DuckDB longer than most queries.
    """
    needed: set[str] = set()
    texts = [sql]
    while texts:
        called = {name.lower() for name in _CALL.findall(texts.pop())} & _BY_NAME.keys() - needed
        needed |= called
        texts += [_BY_NAME[name] for name in called]
    return [macro for name, macro in _BY_NAME.items() if name in needed]
