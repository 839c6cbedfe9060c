"""Runs one translated query in DuckDB and writes its rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import pyarrow as pa
from pyarrow import csv

from local_aws.kernel.limits import MB
from local_aws.services.athena.errors import QueryFailedError
from local_aws.services.athena.sql.external_functions import ExternalFunction
from local_aws.services.athena.sql.functions import JAVA_NUMBER, UNNAMED, macros_of
from local_aws.services.athena.worker.contract import RESULT_CSV, Bounds, QueryResult
from local_aws.services.athena.worker.result_text import java_number, string_array, text_column
from local_aws.services.athena.worker.table_source import TableSource
from local_aws.services.athena.worker.table_views import create_view
from local_aws.services.athena.worker.text_fields import literal

if TYPE_CHECKING:
    from local_aws.services.athena.worker.endpoint_functions import EndpointFunctions

_THREADS: Final = 2
_BATCH_ROWS: Final = 20_000
_SUM: Final = "HUGEINT"
"""DuckDB's type of sums of whole numbers, which Trino holds in a bigint."""


@dataclass(frozen=True)
class QuerySpecification:
    """A planned query, in DuckDB's dialect, with the catalog tables that it reads."""

    sql: str
    bounds: Bounds
    tables: tuple[TableSource, ...] = ()
    functions: tuple[ExternalFunction, ...] = ()


def run(specification: QuerySpecification, folder: Path) -> QueryResult:
    """Run a query and write its rows to ``result.csv`` in its job folder, where DuckDB's temporary files go as well."""
    functions = _external_functions(specification.functions)
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": _THREADS,
            "memory_limit": f"{specification.bounds.memory}B",
            "temp_directory": str(folder / "tmp"),
            "max_temp_directory_size": f"{specification.bounds.disk}B",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    try:
        _prepare(connection, functions, specification)
        # Bound separately first: a statement's errors say where they are, a relation's do not.
        connection.execute(f"DESCRIBE {specification.sql}").fetchall()
        columns = _write(connection.sql(specification.sql), folder / RESULT_CSV, specification.bounds)
        return QueryResult(columns, _bytes_read(connection))
    except QueryFailedError as error:
        return QueryResult(failure=error.document)
    except duckdb.Error as error:
        cause = functions.failure if functions else None
        return QueryResult(failure=cause.document if cause else {"duckdb": _described(error)})
    except MemoryError:
        return QueryResult(failure={"duckdb": {"exception_type": "Out of Memory", "exception_message": ""}})
    finally:
        connection.close()


def _external_functions(declared: tuple[ExternalFunction, ...]) -> EndpointFunctions | None:
    """Load the AWS client only for queries that call endpoints: that takes as long as the rest of the start."""
    if not declared:
        return None
    from local_aws.services.athena.worker.endpoint_functions import EndpointFunctions

    return EndpointFunctions(declared)


def _prepare(connection: Any, functions: EndpointFunctions | None, specification: QuerySpecification) -> None:
    """Create the query's tables and functions in a connection, and cut it off from the rest of this machine."""
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET errors_as_json = true")
    connection.create_function(JAVA_NUMBER, _java_numbers, ["DOUBLE"], "VARCHAR", type="arrow")
    for macro in macros_of(specification.sql):
        connection.execute(f"CREATE MACRO {macro}")
    if functions:
        functions.register(connection)
    tables = specification.tables
    files = [file.path for table in tables for partition in table.partitions for file in partition.files]
    connection.execute(f"SET allowed_paths = [{', '.join(map(literal, files))}]")
    connection.execute("SET enable_external_access = false")
    for table in tables:
        create_view(connection, table)
    connection.execute("PRAGMA enable_profiling = 'no_output'")
    connection.execute("SET lock_configuration = true")


def _java_numbers(numbers: Any) -> Any:
    """Return doubles as texts, in the form that `pyarrow` gives to DuckDB."""
    return string_array(None if number is None else java_number(number) for number in numbers.to_pylist())


def _write(relation: Any, path: Path, bounds: Bounds) -> tuple[tuple[str, str], ...]:
    """Write a result as Athena does: every value in quotes, NULL as nothing, the names first."""
    columns = tuple(
        (f"_col{index}" if name.startswith(UNNAMED) else name, str(duckdb_type))
        for index, (name, duckdb_type) in enumerate(zip(relation.columns, relation.types, strict=True))
    )
    schema = pa.schema([pa.field(name, pa.string()) for name, _ in columns])
    options = csv.WriteOptions(quoting_style="all_valid")
    rows = 0
    with pa.OSFile(str(path), "wb") as file, csv.CSVWriter(file, schema, write_options=options) as writer:
        for batch in _batches(relation):
            texts = [
                text_column(column, is_sum=kind == _SUM)
                for column, (_, kind) in zip(batch.columns, columns, strict=True)
            ]
            writer.write_batch(pa.RecordBatch.from_arrays(texts, schema=schema))
            rows += batch.num_rows
            _check_size(rows, file.tell(), bounds)
    return columns


def _batches(relation: Any) -> Iterator[pa.RecordBatch]:
    """Yield the rows in batches; a query that fails on the way raises `duckdb.Error` as one that fails at once."""
    try:
        yield from relation.to_arrow_reader(_BATCH_ROWS)
    except OSError as error:
        raise duckdb.Error(str(error)) from error


def _check_size(rows: int, size: int, bounds: Bounds) -> None:
    for count, limit, unit, setting in (
        (rows, bounds.rows, "rows", "LOCAL_AWS_QUERY_ROWS"),
        (size // MB, bounds.result // MB, "MB", "LOCAL_AWS_QUERY_RESULT_MB"),
    ):
        if count > limit:
            raise QueryFailedError(
                "EXCEEDED_RESULT_SIZE",
                f"the result has more than {limit} {unit}: aggregate or add a LIMIT, or allow more with {setting}",
            )


def _bytes_read(connection: Any) -> int:
    """Return how many bytes of files the last query read; DuckDB keeps no profile of one that only has constants."""
    profile = json.loads(connection.get_profiling_information())
    return int(profile.get("io", {}).get("total_bytes_read", 0))


def _described(error: duckdb.Error) -> dict[str, Any]:
    """Return DuckDB's description of an error; its text is ``<class>: <JSON>``."""
    text = str(error)
    try:
        document = json.loads(text[text.index("{") :])
    except ValueError:
        return {"exception_type": type(error).__name__, "exception_message": text}
    return {name: str(value) for name, value in document.items()}
