"""Queries mean what they mean in Trino: each case is Trino's documented result, as Athena prints it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.services.athena.queries import texts, work

VALUES = "(VALUES (1, 'a'), (2, 'b'), (NULL, NULL)) AS t(n, s)"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # Whole numbers divide as such, doubles never fail.
        ("7 / 2", "3"),
        ("-7 / 2", "-3"),
        ("7 % 2", "1"),
        ("mod(-7, 2)", "-1"),
        ("7 / 2e0", "3.5"),
        ("1e0 / 0", "Infinity"),
        ("-1 / 0e0", "-Infinity"),
        ("0e0 / 0", "NaN"),
        ("CAST(NULL AS INTEGER) / 0", ""),
        ("try(1 / 0)", ""),
        # Casts round halves away from zero.
        ("CAST(2.5e0 AS INTEGER)", "3"),
        ("CAST(-2.5e0 AS BIGINT)", "-3"),
        ("CAST('7' AS SMALLINT)", "7"),
        ("CAST(true AS INTEGER)", "1"),
        ("try_cast('x' AS INTEGER)", ""),
        ("CAST('abcdef' AS VARCHAR(3))", "abc"),
        ("round(2.5e0)", "3.0"),
        ("round(-2.5e0)", "-3.0"),
        ("round(2.567e0, 2)", "2.57"),
        ("CAST(7 / 2 AS VARCHAR)", "3"),
        ("try_cast('11222.0' AS INTEGER)", ""),
        ("CAST('T' AS BOOLEAN)", "true"),
        ("try_cast('yes' AS BOOLEAN)", ""),
        ("try_cast('2020/01/02' AS DATE)", ""),
        ("try_cast('2020-01-02T03:04:05' AS TIMESTAMP)", ""),
        ("CAST(CAST('2024-01-01 10:00:00' AS TIMESTAMP) AS VARCHAR)", "2024-01-01 10:00:00.000"),
        ("CAST(1e10 AS VARCHAR)", "1.0E10"),
        ("CAST(0.1e0 + 0.2e0 AS VARCHAR(20))", "0.30000000000000004"),
        ("CAST(12 AS VARCHAR(2))", "12"),
        ("CAST('1' AS JSON)", '"1"'),
        ("CAST(INTERVAL '-90' MINUTE AS VARCHAR)", "-0 01:30:00.000"),
        ("CAST(INTERVAL '15' MONTH AS VARCHAR)", "1-3"),
        # Decimals keep their digits.
        ("DECIMAL '1.23456'", "1.23456"),
        ("DECIMAL '0.00000000001'", "0.00000000001"),
        ("CAST('12345678901234567890' AS DECIMAL)", "12345678901234567890"),
        ("CAST('1.6' AS DECIMAL)", "2"),
        ("CAST(1000 AS DECIMAL(38, 8)) / CAST(25 AS DECIMAL(38, 8))", "40.00000000"),
        ("CAST(-2 AS DECIMAL(10, 2)) / CAST(3 AS DECIMAL(10, 2))", "-0.67"),
        # Numbers
        ("cbrt(27)", "3.0"),
        ("nan()", "NaN"),
        ("is_nan(nan())", "true"),
        ("coalesce(CAST(NULL AS DOUBLE), nan())", "NaN"),
        ("is_infinite(infinity())", "true"),
        ("log10(100)", "2.0"),
        ("log2(8)", "3.0"),
        ("power(2, 3)", "8.0"),
        ("greatest(1, NULL, 3)", ""),
        ("least(3, 2)", "2"),
        # Text
        ("'a' || NULL", ""),
        ("concat('a', 'b', 'c')", "abc"),
        ("substr('abc', 2)", "bc"),
        ("substr('abc', -2)", "bc"),
        ("substr('abc', 0, 3) = ''", "true"),
        ("substr('abc', -10) = ''", "true"),
        ("substr('abc', 3, -2) = ''", "true"),
        ("split_part('a-b', '-', 3) IS NULL", "true"),
        ("split('a,b,c', ',', 2)", "[a, b,c]"),
        ("url_encode('a b~*')", "a+b%7E*"),
        ("url_decode('a+b')", "a b"),
        ("strpos('abc', 'c')", "3"),
        ("position('b' IN 'abc')", "2"),
        ("split('a,b', ',')", "[a, b]"),
        ("split_part('a,b', ',', 2)", "b"),
        ("lpad('7', 3, '0')", "007"),
        ("replace('aXa', 'X')", "aa"),
        ("regexp_extract('abc123', '[0-9]+')", "123"),
        ("regexp_extract('abc', '[0-9]+') IS NULL", "true"),
        ("regexp_extract('k=v', '(.)=(.)', 2)", "v"),
        ("regexp_replace('ab', '(a)(b)', '$2$1')", "ba"),
        ("regexp_replace('aXbX', 'X', '\\')", "a\\b\\"),
        ("regexp_like('abc', 'b')", "true"),
        ("'Abc' LIKE 'a%'", "false"),
        ("codepoint('A')", "65"),
        ("to_utf8('ab')", "61 62"),
        ("from_utf8(to_utf8('ab'))", "ab"),
        ("json_extract_scalar('{\"a\": {\"b\": 1}}', '$.a.b')", "1"),
        ("json_extract_scalar('{\"a\": {\"b\": 1}}', '$.a')", ""),
        ("json_extract_scalar('no json', '$.a')", ""),
        # Dates and times: a DATE stays a DATE, differences count whole units, weeks start on Monday.
        ("DATE '2020-01-31' + INTERVAL '1' MONTH", "2020-02-29"),
        ("DATE '2020-03-01' - INTERVAL '1' DAY", "2020-02-29"),
        ("TIMESTAMP '2020-01-01 00:00:00' + INTERVAL '90' MINUTE", "2020-01-01 01:30:00.000"),
        ("date_add('day', 3, DATE '2020-01-30')", "2020-02-02"),
        ("date_add('hour', -1, TIMESTAMP '2020-01-01 00:00:00')", "2019-12-31 23:00:00.000"),
        ("date_diff('day', TIMESTAMP '2020-01-01 23:00:00', TIMESTAMP '2020-01-02 01:00:00')", "0"),
        ("date_diff('month', DATE '2020-01-31', DATE '2020-03-01')", "1"),
        ("date_diff('week', DATE '2020-01-15', DATE '2020-01-01')", "-2"),
        ("date_trunc('month', DATE '2020-02-03')", "2020-02-01"),
        ("date_trunc('week', TIMESTAMP '2020-01-05 10:00:00')", "2019-12-30 00:00:00.000"),
        ("day_of_week(DATE '2020-01-05')", "7"),
        ("EXTRACT(DOW FROM DATE '2020-01-05')", "7"),
        ("EXTRACT(YEAR FROM DATE '2020-01-05')", "2020"),
        ("week(DATE '2020-01-05')", "1"),
        ("date_format(TIMESTAMP '2020-01-02 03:04:05', '%Y/%m/%d %H:%i:%s')", "2020/01/02 03:04:05"),
        ("date_parse('2020-01-02', '%Y-%m-%d')", "2020-01-02 00:00:00.000"),
        ("from_unixtime(0)", "1970-01-01 00:00:00.000 UTC"),
        ("to_unixtime(TIMESTAMP '1970-01-02 00:00:00')", "86400.0"),
        ("from_iso8601_date('2020-01-02')", "2020-01-02"),
        ("DATE '2024-03-01' - DATE '2024-02-01'", "29 00:00:00.000"),
        ("INTERVAL '3' YEAR + INTERVAL '5' MONTH", "3-5"),
        ("date_format(from_unixtime(1700000000, 'America/New_York'), '%H:%i')", "17:13"),
        ("hour(TIMESTAMP '2020-01-01 00:00:00' AT TIME ZONE 'America/New_York')", "19"),
        ("last_day_of_month(DATE '2020-02-01')", "2020-02-29"),
        # Arrays, maps, rows
        ("ARRAY[1, 2][1]", "1"),
        ("try(ARRAY[1, 2][3])", ""),
        ("map(ARRAY['a'], ARRAY[1])['a']", "1"),
        ("contains(ARRAY['a', NULL], 'z')", ""),
        ("all_match(ARRAY[1, NULL], x -> x = 1)", ""),
        ("any_match(ARRAY[1, NULL], x -> x = 2)", ""),
        ("none_match(ARRAY[1, 2], x -> x = 2)", "false"),
        ("element_at(ARRAY[1, 2], 5)", ""),
        ("cardinality(ARRAY[1, 2])", "2"),
        ("cardinality(map(ARRAY['a'], ARRAY[1]))", "1"),
        ("cardinality(map())", "0"),
        ("contains(ARRAY[1, 2], 2)", "true"),
        ("slice(ARRAY[1, 2, 3, 4], 2, 2)", "[2, 3]"),
        ("transform(ARRAY[1, 2], x -> x * 2)", "[2, 4]"),
        ("filter(ARRAY[1, 2], x -> x > 1)", "[2]"),
        ("any_match(ARRAY[1, 2], x -> x > 1)", "true"),
        ("all_match(ARRAY[1, 2], x -> x > 1)", "false"),
        ("none_match(ARRAY[1, 2], x -> x > 2)", "true"),
        ("array_join(ARRAY[1, NULL, 2], '-')", "1-2"),
        ("sequence(1, 3)", "[1, 2, 3]"),
        ("map(ARRAY['a'], ARRAY[1.5e0])", "{a=1.5}"),
        ("element_at(map(ARRAY['a'], ARRAY[1]), 'a')", "1"),
        ("CAST(ROW(1, NULL) AS ROW(a INTEGER, b VARCHAR))", "{a=1, b=null}"),
        ("CAST(ROW(1, 'x') AS ROW(a INTEGER, b VARCHAR)).b", "x"),
        ("zip(ARRAY[1, 2], ARRAY['a'])", "[{field0=1, field1=a}, {field0=2, field1=null}]"),
        ("zip_with(ARRAY['a'], ARRAY['d', NULL], (x, y) -> coalesce(x, y))", "[a, null]"),
        ("reduce(ARRAY[1, 2, 3], 10, (s, x) -> s + x, s -> s * 2)", "32"),
        ("arrays_overlap(ARRAY[1, NULL], ARRAY[2])", ""),
        ("arrays_overlap(ARRAY[1, 2], ARRAY[2])", "true"),
        ("array_distinct(ARRAY[2, NULL, 1, 2, NULL])", "[2, null, 1]"),
        ("array_except(ARRAY[1, 2, 2, NULL], ARRAY[1])", "[2, null]"),
        ("array_intersect(ARRAY[1, 2, NULL], ARRAY[NULL, 2])", "[2, null]"),
        ("array_union(ARRAY[1, NULL], ARRAY[2, 1])", "[1, null, 2]"),
        ("array_remove(ARRAY[1, NULL, 2, 1], 1)", "[null, 2]"),
        ("array_position(ARRAY[1, 2], 3)", "0"),
        ("contains_sequence(ARRAY[1, 2, 3], ARRAY[2, 3])", "true"),
        ("repeat(1, 3)", "[1, 1, 1]"),
        ("map_entries(map(ARRAY[1], ARRAY['x']))", "[{field0=1, field1=x}]"),
        ("map_from_entries(ARRAY[(1, 'x')])", "{1=x}"),
        ("multimap_from_entries(ARRAY[(1, 'x'), (2, 'y'), (1, 'z')])", "{1=[x, z], 2=[y]}"),
        ("map_filter(map(ARRAY[1, 2], ARRAY['x', 'y']), (k, v) -> v = 'y')", "{2=y}"),
        ("transform_keys(map(ARRAY[1], ARRAY[2]), (k, v) -> k + v)", "{3=2}"),
        ("transform_values(map(ARRAY[1], ARRAY[2]), (k, v) -> k + v)", "{1=3}"),
        ("map_zip_with(map(ARRAY['a'], ARRAY[1]), map(ARRAY['b'], ARRAY[2]), (k, x, y) -> x)", "{a=1, b=null}"),
        ("split_to_map('a=1,b=2', ',', '=')", "{a=1, b=2}"),
        ("split_to_multimap('a=1,a=2', ',', '=')", "{a=[1, 2]}"),
        ("json_extract('{\"a\": [1, 2]}', '$.a')", "[1,2]"),
        ("json_array_length('[1, 2]')", "2"),
        ("json_array_length('{}')", ""),
        ("json_value('{\"a\": \"x\"}', 'lax $.a')", "x"),
        ("json_query('{\"a\": [1, 2]}', 'lax $.a')", "[1,2]"),
        ("json_exists('{\"a\": 1}', 'lax $.b')", "false"),
        ("json_format(JSON '[1]')", "[1]"),
        (
            "format_datetime(TIMESTAMP '2022-10-05 15:10:00', 'yyyy-MM-dd''T''HH:mm:ss EEE MMM')",
            "2022-10-05T15:10:00 Wed Oct",
        ),
        ("to_iso8601(TIMESTAMP '2020-01-01 00:00:00')", "2020-01-01T00:00:00.000"),
        ("to_milliseconds(INTERVAL '1' SECOND)", "1000"),
        ("regexp_count('1a 2b 14m', '[a-z]+')", "3"),
        ("hamming_distance('abc', 'abd')", "1"),
        ("from_base('ff', 16)", "255"),
        ("to_base(255, 16)", "ff"),
        ("width_bucket(5, 0, 10, 5)", "3"),
        ("bitwise_xor(19, 25)", "10"),
        ("url_extract_host('http://u@example.com:80/a?b=c#d')", "example.com"),
        ("url_extract_port('http://example.com/')", ""),
        ("url_extract_path('http://example.com:80/a/b?c=d')", "/a/b"),
        ("url_extract_parameter('http://example.com/?a=1&b=x+y', 'b')", "x y"),
        ("typeof(123)", "integer"),
        ("typeof('abc')", "varchar(3)"),
        # Conditions
        ("if(1 = 1, 'yes', 'no')", "yes"),
        ("nullif(1, 1)", ""),
        ("1 IS DISTINCT FROM NULL", "true"),
        ("1 IN (2, NULL)", ""),
    ],
)
def test_expression_has_trinos_value(expression: str, expected: str, tmp_path: Path) -> None:
    assert texts(f"SELECT {expression}", tmp_path) == ([[expected]] if expected else [[]])


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"SELECT n FROM {VALUES} ORDER BY n DESC", [["2"], ["1"], []]),
        (f"SELECT n FROM {VALUES} ORDER BY n NULLS FIRST LIMIT 1", [[]]),
        (f"SELECT n FROM {VALUES} ORDER BY n OFFSET 1 LIMIT 1", [["2"]]),
        (f"SELECT N, T.S FROM {VALUES} WHERE S = 'a'", [["1", "a"]]),
        (f"SELECT count(*), count(n), sum(n), avg(n), sum(n) / count(*) FROM {VALUES}", [["3", "2", "3", "1.5", "1"]]),
        (
            f"SELECT CAST(sum(n) AS INTEGER), max(n) / 2e0, count_if(n > 1), every(n > 0) FROM {VALUES}",
            [["3", "1.0", "1", "true"]],
        ),
        (f"SELECT max_by(s, n), min_by(s, n), arbitrary(s) FROM {VALUES} WHERE n IS NOT NULL", [["b", "a", "a"]]),
        (f"SELECT array_agg(n ORDER BY n), map_agg(s, n) FROM {VALUES} WHERE n > 0", [["[1, 2]", "{a=1, b=2}"]]),
        (f"SELECT approx_distinct(n), approx_percentile(n, 0.5) FROM {VALUES} WHERE n = 1", [["1", "1"]]),
        (f"SELECT listagg(s, '+') WITHIN GROUP (ORDER BY s DESC) FROM {VALUES}", [["b+a"]]),
        (
            f"SELECT n, row_number() OVER (ORDER BY n DESC), sum(n) OVER () / 2 FROM {VALUES} WHERE n > 0 ORDER BY n",
            [["1", "2", "1"], ["2", "1", "1"]],
        ),
        (f"SELECT n / 2, count(*) FROM {VALUES} WHERE n > 0 GROUP BY n / 2 ORDER BY 1", [["0", "1"], ["1", "1"]]),
        ("SELECT x, i FROM UNNEST(ARRAY['a', 'b']) WITH ORDINALITY AS t(x, i)", [["a", "1"], ["b", "2"]]),
        (
            "SELECT t.k, u.v FROM (VALUES (1, ARRAY[1, 2])) AS t(k, a) CROSS JOIN UNNEST(t.a) AS u(v)",
            [["1", "1"], ["1", "2"]],
        ),
        ("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT sum(n) FROM t", [["6"]]),
        ("VALUES (1, 'a'), (2, NULL)", [["1", "a"], ["2", ""]]),
        ("SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 2", [["1"]]),
    ],
)
def test_query_has_trinos_rows(sql: str, expected: list[list[str]], tmp_path: Path) -> None:
    assert texts(sql, tmp_path) == expected


def test_unnamed_columns_have_athenas_names(tmp_path: Path) -> None:
    result = work(f"SELECT n + 1, n AS x, t.*, upper(s) FROM {VALUES}", tmp_path)

    assert [name for name, _ in result.columns] == ["_col0", "x", "n", "s", "_col4"]


def test_unnamed_columns_of_a_subquery_are_numbered(tmp_path: Path) -> None:
    result = work("SELECT 'x' AS x, q.* FROM (SELECT count(*), max(n) FROM (VALUES (1)) AS t(n)) AS q", tmp_path)

    assert [name for name, _ in result.columns] == ["x", "_col1", "_col2"]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT 1 / 0", "Infinity"),
        ("SELECT n / (n - n) FROM (VALUES (1)) AS t(n)", "Infinity"),
        ("SELECT 1 % 0", "Division by zero"),
        ("SELECT CAST('x' AS INTEGER)", "Could not convert string 'x"),
        ("SELECT 2147483647 + 1", "Overflow"),
    ],
)
def test_failure_in_trino_is_a_failure_here(sql: str, words: str, tmp_path: Path) -> None:
    result = work(sql, tmp_path)

    assert result.failure is not None
    assert words in result.failure["duckdb"]["exception_message"]


def test_sum_beyond_bigint_fails(tmp_path: Path) -> None:
    result = work("SELECT sum(x) FROM (VALUES 9223372036854775807, 1) AS t(x)", tmp_path)

    assert result.failure == {"code": "NUMERIC_VALUE_OUT_OF_RANGE", "message": "bigint overflow", "kind": "data"}
