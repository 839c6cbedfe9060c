"""External functions of a query as vectorised DuckDB functions that call SageMaker endpoints.

Rows go as text/csv without header, one value per row comes back, as Athena does it:
https://docs.aws.amazon.com/athena/latest/ug/querying-mlmodel.html
"""

from __future__ import annotations

import inspect
import io
from typing import Any, Final

import pyarrow as pa
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session
from pyarrow import csv

from local_aws.services.athena.errors import QueryFailedError
from local_aws.services.athena.sql.external_functions import ExternalFunction
from local_aws.services.athena.worker.result_text import string_array

_MAX_BODY_BYTES: Final = 5 * 1024 * 1024
"""InvokeEndpoint takes 6 MB."""
_ENDPOINT_SECONDS: Final = 60
"""SageMaker gives a model 60 s to answer."""
_ARROW_TYPES: Final = {
    "VARCHAR": pa.string(),
    "DOUBLE": pa.float64(),
    "FLOAT": pa.float32(),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "SMALLINT": pa.int16(),
    "TINYINT": pa.int8(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
}


class EndpointFunctions:
    """The external functions of one query."""

    def __init__(self, declared: tuple[ExternalFunction, ...]) -> None:
        self._declared = declared
        self._client: Any = None
        self.failure: QueryFailedError | None = None

    def register(self, connection: Any) -> None:
        """Create the functions in a DuckDB connection."""
        self._client = get_session().create_client(
            "sagemaker-runtime",
            config=Config(read_timeout=_ENDPOINT_SECONDS, retries={"mode": "standard", "total_max_attempts": 3}),
        )
        for function in self._declared:
            connection.create_function(
                function.duckdb_name,
                self._vectorised(function),
                [parameter.duckdb() for parameter in function.parameters],
                function.returns.duckdb(),
                type="arrow",
                null_handling="special",
            )

    def _vectorised(self, function: ExternalFunction) -> Any:
        def score(*columns: Any) -> pa.Array:
            try:
                return self._score(function, pa.table(list(columns), names=[str(i) for i in range(len(columns))]))
            except QueryFailedError as error:
                # DuckDB passes on only the text of an exception.
                self.failure = error
                raise

        # DuckDB requires a named parameter per column.
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        parameters = [inspect.Parameter(f"c{index}", kind) for index in range(len(function.parameters))]
        score.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return score

    def _score(self, function: ExternalFunction, rows: pa.Table) -> pa.Array:
        """Score rows in as many calls as the payload limit requires."""
        sink = io.BytesIO()
        csv.write_csv(rows, sink, csv.WriteOptions(include_header=False))
        body = sink.getvalue()
        if len(body) > _MAX_BODY_BYTES and rows.num_rows > 1:
            half = rows.num_rows // 2
            return pa.concat_arrays([self._score(function, rows[:half]), self._score(function, rows[half:])])
        return _parsed(function, self._invoke(function, body), rows.num_rows)

    def _invoke(self, function: ExternalFunction, body: bytes) -> str:
        try:
            answer = self._client.invoke_endpoint(
                EndpointName=function.endpoint, ContentType="text/csv", Accept="text/csv", Body=body
            )
            return answer["Body"].read().decode("utf-8")
        except (ClientError, BotoCoreError, UnicodeDecodeError) as error:
            raise _failed(function, str(error)) from error


def _parsed(function: ExternalFunction, answer: str, rows: int) -> pa.Array:
    values = [line.strip() for line in answer.removesuffix("\n").split("\n")]
    if len(values) == 1 < rows:
        # XGBoost's containers up to 1.2-1 answer all records on one line.
        values = [value.strip() for value in values[0].split(",")]
    if len(values) != rows:
        raise _failed(function, f"it returned {len(values)} values for {rows} rows; one per row is expected")
    returns = function.returns.duckdb()
    decimal = returns.removeprefix("DECIMAL(").removesuffix(")") if returns.startswith("DECIMAL(") else None
    target = pa.decimal128(*map(int, decimal.split(","))) if decimal else _ARROW_TYPES[returns]
    try:
        return string_array(values).cast(target)
    except pa.ArrowInvalid as error:
        raise _failed(function, f"its answer is not a {returns}: {error}") from error


def _failed(function: ExternalFunction, why: str) -> QueryFailedError:
    return QueryFailedError(
        "GENERIC_USER_ERROR",
        f"external function '{function.name}' failed on SageMaker endpoint '{function.endpoint}': {why}",
    )
