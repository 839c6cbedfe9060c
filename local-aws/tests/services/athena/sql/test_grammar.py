"""Queries of sqlglot's or DuckDB's that are none of Trino's are refused; what Trino's grammar has is accepted."""

from __future__ import annotations

import time

import pytest

from local_aws.services.athena.errors import MalformedQueryError, QueryFailedError
from local_aws.services.athena.sql.grammar import GrammarError, check_grammar
from local_aws.services.athena.sql.query import parse_query


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT '7'::INTEGER", "line 1:11: mismatched input ':'"),
        ("SELECT 'Abc' ILIKE 'a%'", "line 1:20: mismatched input"),
        ("SELECT s RLIKE 'a' FROM t", "line 1:16: mismatched input"),
        ("SELECT s SIMILAR TO 'a' FROM t", "line 1:18: mismatched input 'TO'"),
        ("SELECT a & 1 FROM t", "line 1:10: mismatched input '&'"),
        ("SELECT a << 1 FROM t", "line 1:11: mismatched input '<'"),
        ("SELECT 1 == 1", "line 1:11: mismatched input '='"),
        ("SELECT 7 DIV 2", "line 1:14: mismatched input '2'"),
        ("SELECT * EXCLUDE (b) FROM t", "line 1:10: mismatched input 'EXCLUDE'"),
        ("SELECT * REPLACE (a + 1 AS a) FROM t", "line 1:10: mismatched input 'REPLACE'"),
        ("SELECT a, count(*) FROM t GROUP BY ALL", "line 1:39: mismatched input '<EOF>'"),
        ("SELECT DISTINCT ON (a) a FROM t", "line 1:17: mismatched input 'ON'"),
        ("SELECT a FROM t QUALIFY row_number() OVER () = 1", "line 1:25: mismatched input 'row_number'"),
        ("FROM t", "line 1:1: mismatched input 'FROM'. Expecting: <query>"),
        ("SELECT a FROM t LIMIT 1 OFFSET 1", "line 1:25: mismatched input 'OFFSET'"),
        ("SELECT a FROM t LIMIT 50%", "line 1:25: mismatched input '%'"),
        ("SELECT a FROM t LIMIT 1, 1", "line 1:24: mismatched input ','"),
        ("SELECT INTERVAL 1 DAY", "line 1:17: mismatched input '1'"),
        ("SELECT INTERVAL '1 day'", "line 1:24: mismatched input '<EOF>'"),
        ("SELECT [1, 2]", "line 1:8: mismatched input '['"),
        ("SELECT {'a': 1}", "line 1:8: mismatched input '{'"),
        ("SELECT ARRAY[1, 2][1:2]", "line 1:21: mismatched input ':'"),
        ("SELECT a FROM t x ANTI JOIN u ON x.a = u.a", "line 1:19: mismatched input 'ANTI'"),
        ("SELECT a FROM t JOIN u", "line 1:23: mismatched input '<EOF>'"),
        ("SELECT 1 WHERE 1 = ANY(ARRAY[1])", "line 1:24: mismatched input 'ARRAY'"),
        ("SELECT 'a' 'b'", "line 1:12: mismatched input"),
        ("SELECT 1 AS 'x'", "line 1:13: mismatched input"),
        ("SELECT 0x1F", "line 1:8: mismatched input '0'"),
        ("SELECT a, FROM t", "line 1:11: mismatched input 'FROM'"),
        ("SELECT a NOT NULL FROM t", "line 1:14: mismatched input 'NULL'"),
        ("SELECT current_timestamp()", "line 1:26: mismatched input ')'"),
        ("SELECT a FROM t UNION BY NAME SELECT 1", "line 1:23: mismatched input 'BY'"),
        ("SELECT a FROM t CLUSTER BY a", "line 1:25: mismatched input 'BY'"),
        ("SELECT * FROM 'rows.csv'", "line 1:15: mismatched input"),
        ("SELECT a = b = c FROM t", "line 1:14: mismatched input '='"),
        ("SELECT a FROM t WHERE", "line 1:22: mismatched input '<EOF>'"),
    ],
)
def test_text_of_another_engine_is_refused_with_its_place(sql: str, message: str) -> None:
    with pytest.raises(MalformedQueryError) as caught:
        parse_query(sql)

    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["STRING", "INT64", "FLOAT", "TEXT", "NUMERIC", "BLOB", "DATETIME", "BOOL"])
def test_type_of_another_engine_is_unknown(name: str) -> None:
    with pytest.raises(QueryFailedError, match=f"TYPE_NOT_FOUND: line 1:18: Unknown type: {name}"):
        parse_query(f"SELECT CAST(a AS {name}) FROM t")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a isnull, b AS qualify FROM t semi",
        "SELECT t.*, u.* FROM t CROSS JOIN u",
        "SELECT DISTINCT a, count(DISTINCT b) FILTER (WHERE b > 1) FROM t GROUP BY DISTINCT a, ROLLUP (b), ()",
        "SELECT sum(a) OVER w, rank() OVER (PARTITION BY b ORDER BY c DESC NULLS LAST ROWS BETWEEN UNBOUNDED "
        "PRECEDING AND 1 FOLLOWING) FROM t WINDOW w AS (ORDER BY a)",
        "SELECT a FROM t ORDER BY a OFFSET 2 ROWS FETCH FIRST 3 ROWS WITH TIES",
        "SELECT a FROM t LIMIT 1",
        "SELECT a limit, (1, 'x') fetch FROM t offset OFFSET 1 LIMIT 2",
        "SELECT a FROM t ORDER BY 1 LIMIT ALL",
        "WITH RECURSIVE t(n) AS (VALUES 1 UNION ALL SELECT n + 1 FROM t) TABLE t",
        "(SELECT 1) UNION (SELECT 2 LIMIT 1) EXCEPT ALL (VALUES 3)",
        "SELECT ((SELECT 1) + 1), (((1))), ((SELECT 1))",
        "SELECT * FROM (t JOIN (u LEFT OUTER JOIN v USING (a, b)) ON true) NATURAL FULL JOIN w",
        "SELECT * FROM t TABLESAMPLE BERNOULLI (10), LATERAL (SELECT 1), UNNEST(ARRAY[1]) WITH ORDINALITY AS x (y, z)",
        "SELECT CAST(a AS ROW(x INTEGER, DOUBLE PRECISION, y ARRAY(VARCHAR(3)), z BIGINT ARRAY)) FROM t",
        "SELECT CAST(a AS MAP(VARCHAR, DECIMAL(10, 2))), TRY_CAST(b AS TIMESTAMP(3) WITH TIME ZONE) FROM t",
        "SELECT DATE '2020-01-01', TIMESTAMP '2020-01-01 00:00:00 UTC', INTERVAL -'1' DAY",
        "SELECT INTERVAL '1-2' YEAR TO MONTH, DOUBLE PRECISION '1', DECIMAL '1.1', X'1f', U&'\\00e9' UESCAPE '\\'",
        "SELECT .5, 5., 1e-3, 1.5E3",
        "SELECT a AT TIME ZONE 'UTC', EXTRACT(HOUR FROM a), trim(BOTH 'x' FROM b), trim(b), substring(b FROM 2 FOR 3)",
        "SELECT position('a' IN b), normalize(b, NFC), listagg(b, ',') WITHIN GROUP (ORDER BY b) FROM t",
        "SELECT filter(a, x -> x > 1), reduce(a, 0, (s, x) -> s + x, s -> s), max(a ORDER BY b), lag(a) IGNORE NULLS "
        "OVER (ORDER BY b) FROM t",
        "SELECT a LIKE 'x!%' ESCAPE '!', a NOT IN (1, 2), a IN (SELECT 1), a BETWEEN 1 AND 2 AND b, NOT a IS NOT NULL, "
        "a IS DISTINCT FROM b, a = ALL (SELECT 1), EXISTS (SELECT 1) FROM t",
        "SELECT CASE a WHEN 1 THEN 2 ELSE 3 END, CASE WHEN a THEN b END, if(a, b), ROW(1, 2), a[1].b.c FROM t",
        "SELECT date, year, map, row, array, interval, value, position FROM t",
        'SELECT "order", t."select" /* x */ FROM "a"."b" t -- end',
        "SELECT 1;",
    ],
)
def test_query_of_trinos_grammar_is_accepted(sql: str) -> None:
    check_grammar(sql)


def test_calls_are_found_whatever_form_they_have() -> None:
    sql = "SELECT lower(a), trim(BOTH FROM b), json_value(c, 'lax $'), (SELECT max(d) FROM t) FROM u WHERE e IN (f(1))"

    assert [(call.name, call.start) for call in check_grammar(sql)] == [
        ("lower", 7),
        ("trim", 17),
        ("json_value", 36),
        ("max", 68),
        ("f", 102),
    ]


def test_parentheses_are_not_tried_again_at_each_level() -> None:
    depth = 60
    started = time.process_time()

    check_grammar("SELECT " + "(" * depth + "SELECT 1" + ") + 1" * (depth - 1) + ")")
    with pytest.raises(GrammarError):
        check_grammar("SELECT " + "(" * depth + "SELECT 1" + ") + 1" * depth + ")")

    assert time.process_time() - started < 2
