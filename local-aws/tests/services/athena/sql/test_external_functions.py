"""The preamble of a query with external functions."""

from __future__ import annotations

import pytest

from local_aws.services.athena.errors import MalformedQueryError, QueryFailedError
from local_aws.services.athena.sql.external_functions import CURRENT_FORM, split_preamble

ONE = "USING EXTERNAL FUNCTION predict(a DOUBLE, b BIGINT) RETURNS DOUBLE SAGEMAKER 'scores' SELECT predict(1, 2)"


def test_query_without_functions_is_unchanged() -> None:
    assert split_preamble("SELECT 1 -- USING EXTERNAL FUNCTION") == ((), "SELECT 1 -- USING EXTERNAL FUNCTION")


def test_declared_function_is_parsed() -> None:
    (function,), body = split_preamble(ONE)

    assert (function.name, function.endpoint) == ("predict", "scores")
    assert [parameter.duckdb() for parameter in function.parameters] == ["DOUBLE", "BIGINT"]
    assert function.returns.duckdb() == "DOUBLE"
    assert body.strip() == "SELECT predict(1, 2)"
    assert len(body) == len(ONE), "positions in the query stay what they were"


@pytest.mark.parametrize(
    "preamble",
    [
        "using external function Predict(a double, b bigint) returns double sagemaker 'scores' ",
        "USING\n EXTERNAL FUNCTION\tpredict (\n a DOUBLE,\n b BIGINT\n)\nRETURNS DOUBLE\nSAGEMAKER 'scores'\n",
        "-- USING FUNCTION 'x\nUSING EXTERNAL FUNCTION predict(a DOUBLE /* one, ' */, b BIGINT) -- two\n"
        "RETURNS DOUBLE -- three\nSAGEMAKER 'scores' ",
        'USING EXTERNAL FUNCTION "predict"("a" DOUBLE, "select" BIGINT) RETURNS DOUBLE SAGEMAKER \'scores\' ',
    ],
)
def test_case_layout_comments_and_quotes_are_ignored(preamble: str) -> None:
    (function,), body = split_preamble(preamble + "SELECT 'RETURNS ; USING' FROM t")

    assert (function.name, function.endpoint, len(function.parameters)) == ("predict", "scores", 2)
    assert body.strip() == "SELECT 'RETURNS ; USING' FROM t"


def test_several_declared_functions_are_parsed() -> None:
    functions, body = split_preamble(
        "USING EXTERNAL FUNCTION a(x DECIMAL(10, 2)) RETURNS VARCHAR(10) SAGEMAKER 'one', "
        "EXTERNAL FUNCTION b(x REAL, y BOOLEAN) RETURNS INTEGER SAGEMAKER 'it''s' SELECT a(1), b(2, true)"
    )

    assert [(function.name, function.endpoint) for function in functions] == [("a", "one"), ("b", "it's")]
    assert [part.duckdb() for part in functions[0].parameters] == ["DECIMAL(10,2)"]
    assert [part.duckdb() for part in functions[1].parameters] == ["FLOAT", "BOOLEAN"]
    assert [function.returns.duckdb() for function in functions] == ["VARCHAR", "INTEGER"]
    assert body.strip() == "SELECT a(1), b(2, true)"


@pytest.mark.parametrize(
    "sql",
    [
        "USING FUNCTION predict(a DOUBLE) RETURNS DOUBLE TYPE SAGEMAKER_INVOKE_ENDPOINT "
        "WITH (sagemaker_endpoint = 'scores') SELECT predict(1)",
        "USING EXTERNAL FUNCTION predict(a DOUBLE) RETURNS DOUBLE TYPE SAGEMAKER_INVOKE_ENDPOINT "
        "WITH (sagemaker_endpoint = 'scores') SELECT predict(1)",
    ],
)
def test_form_of_the_preview_is_refused_with_the_current_form(sql: str) -> None:
    with pytest.raises(MalformedQueryError) as caught:
        split_preamble(sql)

    assert CURRENT_FORM in str(caught.value)


def test_lambda_function_is_refused_by_name() -> None:
    with pytest.raises(QueryFailedError, match=r"AWS Lambda \(function 'decrypt'\)"):
        split_preamble("USING EXTERNAL FUNCTION decrypt(x VARCHAR) RETURNS VARCHAR LAMBDA 'f' SELECT decrypt('a')")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("USING EXTERNAL predict", "line 1:7: mismatched input 'EXTERNAL'. Expecting: EXTERNAL FUNCTION"),
        ("USING EXTERNAL FUNCTION predict() RETURNS", "line 1:33: mismatched input ')'. Expecting: <identifier>"),
        ("USING EXTERNAL FUNCTION p(a) RETURNS", "line 1:28: mismatched input ')'"),
        ("USING EXTERNAL FUNCTION p(a array<int>) RETURNS", "line 1:29: mismatched input 'array'"),
        ("USING EXTERNAL FUNCTION p(a TEXTS) RETURNS", "'texts' is not a type"),
        (
            "USING EXTERNAL FUNCTION p(a DOUBLE)\nSAGEMAKER",
            "line 2:1: mismatched input 'SAGEMAKER'. Expecting: RETURNS",
        ),
        ("USING EXTERNAL FUNCTION p(a DOUBLE) RETURNS DOUBLE SAGEMAKER scores", "Expecting: <string>"),
        ("USING EXTERNAL FUNCTION p(a DOUBLE) RETURNS DOUBLE SAGEMAKER 'scores", "line 1:62: a quote is not closed"),
        (f"{ONE.partition('SELECT')[0]}, {ONE.removeprefix('USING ')}", "function 'predict' is declared twice"),
    ],
)
def test_malformed_statement_is_refused_with_its_place(sql: str, message: str) -> None:
    with pytest.raises(MalformedQueryError) as caught:
        split_preamble(sql)

    assert message in str(caught.value)
