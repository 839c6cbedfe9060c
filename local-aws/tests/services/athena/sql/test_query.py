"""Parsing Trino queries: the tables they read, their parameters, and errors with their places."""

from __future__ import annotations

import pytest

from local_aws.services.athena.errors import MalformedQueryError, QueryFailedError
from local_aws.services.athena.sql.edited_sql import edit_query
from local_aws.services.athena.sql.external_functions import split_preamble
from local_aws.services.athena.sql.query import TrinoQuery, catalog_tables, check_functions, parse_query, to_duckdb
from local_aws.services.athena.statements import check_syntax


def parse(sql: str, *parameters: str) -> TrinoQuery:
    return parse_query(sql, parameters)


def tables(sql: str) -> list[str]:
    return [f"{table.database}.{table.table}" for table in catalog_tables(parse(sql), "main_db")]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", []),
        ("SELECT * FROM Parks", ["main_db.parks"]),
        ('SELECT * FROM "NYC"."Parks" p JOIN zips ON true', ["nyc.parks", "main_db.zips"]),
        ("SELECT * FROM AwsDataCatalog.nyc.parks", ["nyc.parks"]),
        ("WITH parks AS (SELECT * FROM parks) SELECT * FROM parks", ["main_db.parks"]),
        ("WITH a AS (SELECT * FROM x), b AS (SELECT * FROM a) SELECT * FROM b, nyc.a", ["main_db.x", "nyc.a"]),
        ("WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a, b", ["main_db.b"]),
        ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT * FROM n", []),
        ("SELECT * FROM t WHERE x IN (SELECT y FROM u) AND EXISTS (WITH u AS (SELECT 1) SELECT * FROM u)", None),
        ("SELECT * FROM t CROSS JOIN UNNEST(t.items) AS i(item)", ["main_db.t"]),
        ("SELECT * FROM (VALUES (1)) AS v(x)", []),
        ("TABLE parks", ["main_db.parks"]),
        ("(SELECT * FROM a) UNION ALL (SELECT * FROM b)", ["main_db.a", "main_db.b"]),
    ],
)
def test_catalog_tables_are_found_in_the_order_of_the_text(sql: str, expected: list[str] | None) -> None:
    assert tables(sql) == (["main_db.t", "main_db.u"] if expected is None else expected)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT * FROM other.db.t", "CATALOG_NOT_FOUND: line 1:15: Catalog 'other' does not exist"),
        ("SELECT * FROM information_schema.tables", "NOT_SUPPORTED"),
        ("SELECT * FROM read_csv('/etc/passwd')", "NOT_SUPPORTED"),
        ("SELECT * FROM TABLE(sequence(1, 2))", "NOT_SUPPORTED"),
    ],
)
def test_source_outside_the_catalog_is_refused(sql: str, code: str) -> None:
    with pytest.raises(QueryFailedError, match=code):
        tables(sql)


def test_table_names_are_qualified_with_their_database() -> None:
    query = parse("WITH t AS (SELECT * FROM t) SELECT t.x FROM t JOIN Nyc.U AS u USING (x)")

    translated = to_duckdb(query, catalog_tables(query, "main_db"))

    assert translated == ('WITH t AS (SELECT * FROM "main_db"."t") SELECT t.x FROM t JOIN "nyc"."u" AS u USING (x)')


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT 1 +", "line 1:11: mismatched input '<EOF>'"),
        ("SELECT (1", "line 1:10: mismatched input '<EOF>'. Expecting: )"),
        ("SELECT a\nFRO t x", "line 2:5: mismatched input 't'"),
        ("SELECT a b c FROM t", "line 1:12: mismatched input 'c'"),
        ("SELECT `a` FROM t", "line 1:8: backquoted identifiers are not supported"),
        ("SELECT 'a", "line 1:8: a quote is not closed"),
        ("SELECT 1; SELECT 2", "Only one sql statement is allowed. Got: SELECT 1; SELECT 2"),
        ("SELEC 1", "line 1:1: mismatched input 'SELEC'. Expecting: 'ALTER', 'ANALYZE'"),
        ("  -- nothing", "line 1:13: mismatched input '<EOF>'"),
    ],
)
def test_malformed_query_is_refused_with_its_place(sql: str, message: str) -> None:
    with pytest.raises(MalformedQueryError) as caught:
        check_syntax(sql, ())

    assert message in str(caught.value)


def test_place_refers_to_the_submitted_text() -> None:
    query = parse(
        "USING EXTERNAL FUNCTION predict(a DOUBLE) RETURNS DOUBLE SAGEMAKER 'x'\n"
        "SELECT predict(1), predict(2),\n ?, predict(3), nope(4)",
        "'a long text'",
    )

    with pytest.raises(QueryFailedError, match="line 3:17: Function 'nope' not registered"):
        check_functions(query)


def test_only_calls_of_external_functions_are_renamed() -> None:
    functions, body = split_preamble(
        "USING EXTERNAL FUNCTION predict(a DOUBLE) RETURNS DOUBLE SAGEMAKER 'x' "
        "SELECT \"predict\"(predict), Predict (1), 'predict(2)' AS predict FROM t -- predict(3)"
    )

    assert edit_query(body, functions, ()).text.strip() == (
        "SELECT external_function_0(predict), external_function_0 (1), 'predict(2)' AS predict FROM t -- predict(3)"
    )


def test_parameters_replace_question_marks() -> None:
    edited = edit_query("SELECT '?', x FROM t WHERE x = ? AND y > ? -- ?", (), ("'it''s'", "-1.5e0"))

    assert " ".join(edited.text.split()) == "SELECT '?', x FROM t WHERE x = 'it''s' AND y > -1.5e0 -- ?"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ((), "Incorrect number of parameters: expected 1 but found 0"),
        (("1", "2"), "Incorrect number of parameters: expected 1 but found 2"),
        (("1 OR true",), "is not a literal"),
        (("(SELECT 1)",), "is not a literal"),
        (("1, 2",), "is not a literal"),
        (("1 AS x",), "is not a literal"),
        (("text",), "is not a literal"),
        (("it's",), "is not a literal"),
        (("",), "is not a literal"),
    ],
)
def test_parameter_must_be_a_literal(parameters: tuple[str, ...], message: str) -> None:
    with pytest.raises(QueryFailedError, match=message):
        edit_query("SELECT ?", (), parameters)


def test_comment_of_a_parameter_is_dropped() -> None:
    assert edit_query("SELECT ? FROM t", (), ("1 -- ",)).text.split() == ["SELECT", "1", "FROM", "t"]


@pytest.mark.parametrize("literal", ["1", "-2.5", "'x'", "true", "NULL", "DATE '2020-01-01'", "TIMESTAMP '2020-01-01'"])
def test_literal_is_a_parameter(literal: str) -> None:
    assert parse("SELECT ?", literal).tree.expressions


@pytest.mark.parametrize("sql", ["SELECT checksum(x) FROM t", "SELECT normalize('x')"])
def test_unsupported_function_is_refused(sql: str) -> None:
    with pytest.raises(QueryFailedError, match="FUNCTION_NOT_FOUND: line 1:8: Function "):
        check_functions(parse(sql))
