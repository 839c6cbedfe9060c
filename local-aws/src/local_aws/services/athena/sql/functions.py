"""Trino's functions: which of them are supported, and the DuckDB macros that give them Trino's meaning.

A function is listed only when its results were compared with Trino's definition. Others are refused by name
rather than run with another meaning. Known differences that remain: division and ``avg`` of decimals return a double
here and a decimal on Athena; ``nan() = nan()`` is true here; approximate functions approximate differently.
"""

from __future__ import annotations

from typing import Final

UNNAMED: Final = "unnamed column "
"""Prefix of the names of result columns that Athena calls _col0, _col1, …"""

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
    "substring to_hex to_utf8 from_utf8 translate trim upper url_decode url_encode"
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
_CONDITIONS: Final = "cast coalesce if nullif try try_cast"
SUPPORTED: Final = frozenset(" ".join((_AGGREGATES, _NUMBERS, _TEXTS, _TIMES, _COLLECTIONS, _CONDITIONS)).split())

_ROUNDED_CASTS: Final = tuple(
    # Trino rounds halves away from zero when it casts to a whole number, DuckDB to the even one.
    f"trino_to_{target}(x) AS CASE WHEN typeof(x) IN ('DOUBLE', 'FLOAT') "
    f"THEN CAST(round(TRY_CAST(x AS DOUBLE)) AS {target}) ELSE CAST(x AS {target}) END"
    for target in ("tinyint", "smallint", "integer", "bigint")
)


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
    *_ROUNDED_CASTS,
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
    "(t TIMESTAMPTZ, i INTERVAL) AS t + i, (t TIME, i INTERVAL) AS t + i",
    "trino_minus(t DATE, i INTERVAL) AS CAST(t - i AS DATE), (t TIMESTAMP, i INTERVAL) AS t - i, "
    "(t TIMESTAMPTZ, i INTERVAL) AS t - i, (t TIME, i INTERVAL) AS t - i",
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
)
