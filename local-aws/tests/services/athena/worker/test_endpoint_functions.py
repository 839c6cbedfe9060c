"""External functions of a query on a real endpoint."""

from __future__ import annotations

import io
import pickle

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import RunningServer
from tests.services.athena.queries import put, reason, rows
from tests.services.sagemaker.examples import (
    BUCKET,
    FEATURES,
    IMAGE,
    create_endpoint_config,
    create_model,
    ended,
    tar_of,
    train_booster,
)

ROWS = 5000
PREAMBLE = "USING EXTERNAL FUNCTION predict(a DOUBLE, b DOUBLE, c DOUBLE) RETURNS DOUBLE SAGEMAKER 'sql-scores' "


@pytest.fixture(scope="module")
def booster():
    return train_booster(FEATURES)


@pytest.fixture(scope="module")
def inputs() -> np.ndarray:
    random = np.random.default_rng(7)
    values = random.random((ROWS, FEATURES))
    values[random.random((ROWS, FEATURES)) < 0.1] = np.nan
    return values


@pytest.fixture(scope="module", autouse=True)
def endpoint(server: RunningServer, booster, inputs: np.ndarray) -> None:
    """An endpoint in service, and a table of rows to score whose missing values are NULL."""
    server.client("s3").create_bucket(Bucket=BUCKET)
    create_model(server, "sql-scores", tar_of({"xgboost-model": bytes(booster.save_raw("ubj"))}))
    create_endpoint_config(server, "sql-scores", "sql-scores")
    server.client("sagemaker").create_endpoint(EndpointName="sql-scores", EndpointConfigName="sql-scores")
    columns = {"id": pa.array(range(ROWS))}
    for index, name in enumerate("abc"):
        column = inputs[:, index]
        columns[name] = pa.array(column, mask=np.isnan(column))
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    put(server, "scoring/rows.parquet", file.getvalue())
    rows(
        server,
        "CREATE EXTERNAL TABLE scoring (id bigint, a double, b double, c double) STORED AS PARQUET "
        "LOCATION 's3://athena-data/scoring/'",
    )
    assert ended(server, "endpoint", "sql-scores")["EndpointStatus"] == "InService"


def test_scores_equal_the_models(server: RunningServer, booster, inputs: np.ndarray) -> None:
    scored = rows(server, PREAMBLE + "SELECT id, predict(a, b, c) AS score FROM scoring ORDER BY id")

    assert [int(row[0]) for row in scored] == list(range(ROWS))
    expected = booster.inplace_predict(inputs)
    assert np.allclose([float(row[1]) for row in scored], expected, atol=1e-7, rtol=0)


def test_scores_on_one_line_are_those_of_the_rows(server: RunningServer, booster, inputs: np.ndarray) -> None:
    """As XGBoost's containers up to 1.2-1 answer."""
    archive = tar_of({"xgboost-model": pickle.dumps(booster)})
    create_model(server, "one-line", archive, image=IMAGE.rpartition(":")[0] + ":1.0-1-cpu-py3")
    create_endpoint_config(server, "one-line", "one-line")
    server.client("sagemaker").create_endpoint(EndpointName="one-line", EndpointConfigName="one-line")
    assert ended(server, "endpoint", "one-line")["EndpointStatus"] == "InService"

    preamble = PREAMBLE.replace("sql-scores", "one-line")
    scored = rows(server, preamble + "SELECT id, predict(a, b, c) FROM scoring ORDER BY id LIMIT 100")

    assert np.allclose([float(row[1]) for row in scored], booster.inplace_predict(inputs)[:100], atol=1e-7, rtol=0)


def test_nan_is_passed_as_missing(server: RunningServer, booster, inputs: np.ndarray) -> None:
    arguments = ", ".join(f"COALESCE({name}, nan())" for name in "abc")
    scored = rows(server, PREAMBLE + f"SELECT id, predict({arguments}) FROM scoring ORDER BY id LIMIT 100")

    assert np.allclose([float(row[1]) for row in scored], booster.inplace_predict(inputs)[:100], atol=1e-7, rtol=0)


def test_function_is_called_wherever_an_expression_may_be(server: RunningServer, booster, inputs: np.ndarray) -> None:
    expected = booster.inplace_predict(inputs)
    sql = (
        "using external function predict(a double, b double, c double) returns double sagemaker 'sql-scores',\n"
        "  EXTERNAL FUNCTION again(x DOUBLE, y DOUBLE, z DOUBLE) RETURNS REAL SAGEMAKER 'sql-scores' -- a second one\n"
        "SELECT count(*), max(again(a, b, c)) FROM scoring WHERE PREDICT(a, b, c) >= 0.5"
    )

    ((count, most),) = rows(server, sql)

    assert int(count) == int((expected >= 0.5).sum())
    assert float(most) == pytest.approx(float(expected.max()), abs=1e-7)


def test_whole_numbers_are_passed_as_the_declared_type(server: RunningServer, booster) -> None:
    ((score,),) = rows(server, PREAMBLE + "SELECT predict(1, 0, CAST(1 AS BIGINT))")

    assert float(score) == pytest.approx(float(booster.inplace_predict(np.array([[1.0, 0.0, 1.0]]))[0]), abs=1e-7)


def test_text_is_not_passed_as_a_number(server: RunningServer) -> None:
    failure = reason(server, PREAMBLE + "SELECT predict(a, b, CAST(c AS VARCHAR)) FROM scoring")

    assert failure.startswith("FUNCTION_NOT_FOUND: line 1:")
    assert "Unexpected parameters (double, double, varchar) for function predict" in failure


def test_query_fails_with_the_endpoints_reason(server: RunningServer) -> None:
    four = "USING EXTERNAL FUNCTION predict(a DOUBLE, b DOUBLE, c DOUBLE, d DOUBLE) RETURNS DOUBLE "

    failure = reason(server, four + "SAGEMAKER 'sql-scores' SELECT predict(a, b, c, a) FROM scoring")

    assert "external function 'predict' failed on SageMaker endpoint 'sql-scores'" in failure
    assert "Feature size of csv inference data 4 is not consistent" in failure


def test_missing_endpoint_is_named(server: RunningServer) -> None:
    failure = reason(server, PREAMBLE.replace("sql-scores", "gone") + "SELECT predict(a, b, c) FROM scoring")

    assert "external function 'predict' failed on SageMaker endpoint 'gone'" in failure


def test_answer_of_another_type_fails_the_query(server: RunningServer) -> None:
    failure = reason(
        server, PREAMBLE.replace("RETURNS DOUBLE", "RETURNS BIGINT") + "SELECT predict(a, b, c) FROM scoring"
    )

    assert "its answer is not a BIGINT" in failure
