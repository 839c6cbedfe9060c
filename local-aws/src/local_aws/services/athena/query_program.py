"""The program of a query's process: what parses a user's text runs here, within the query's time and memory.

Usage: ``python -m local_aws.services.athena.query_program <folder>``, a job folder with ``query.json``;
`worker_contract` says which files it reads and writes there.
"""

from __future__ import annotations

import dataclasses
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any, Final

from local_aws.services.athena.duckdb_errors import athena_failure
from local_aws.services.athena.failures import MalformedQueryError, QueryFailedError, exhausted
from local_aws.services.athena.query_plan import plan
from local_aws.services.athena.query_worker import run
from local_aws.services.athena.statements import SelectStatement, parse_select
from local_aws.services.athena.table_source import TableSource
from local_aws.services.athena.worker_contract import (
    OVERHEAD,
    QUERY,
    REFERENCES,
    RESULT,
    TABLES,
    NamedTable,
    QueryRequest,
    QueryResult,
    QuerySpecification,
    write_document,
)

_POLL_SECONDS: Final = 0.01


def answer(request: QueryRequest, folder: Path) -> QueryResult:
    """Plan a query and run it.

    Parameters
    ----------
    request
        The query.
    folder
        The job folder.

    Returns
    -------
    QueryResult
        Its failure, if it has one, is in Athena's words.
    """
    began = time.monotonic()
    try:
        statement, specification = _planned(request, folder)
    except QueryFailedError as error:
        return QueryResult(failure=error.document)
    planning_ms = round((time.monotonic() - began) * 1000)
    result = run(specification, folder)
    failure = result.failure
    if failure and "duckdb" in failure:
        failure = athena_failure(failure["duckdb"], statement.query, statement.functions).document
    return dataclasses.replace(result, failure=failure, planning_ms=planning_ms)


def _planned(request: QueryRequest, folder: Path) -> tuple[SelectStatement, QuerySpecification]:
    def look_up(names: tuple[NamedTable, ...]) -> tuple[TableSource, ...]:
        write_document(folder / REFERENCES, [dataclasses.asdict(name) for name in names])
        return _tables(folder / TABLES)

    try:
        statement = parse_select(request.sql, request.parameters)
        return statement, plan(statement, request.database, request.bounds, look_up)
    except MalformedQueryError as error:
        raise QueryFailedError("SYNTAX_ERROR", str(error)) from error
    except RecursionError:
        raise QueryFailedError("STACK_OVERFLOW", "statement is too large (stack overflow during analysis)") from None
    except MemoryError:
        raise exhausted("") from None


def _tables(path: Path) -> tuple[TableSource, ...]:
    """Wait for the server's answer, within the time that the query has."""
    while not path.exists():
        time.sleep(_POLL_SECONDS)
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if "failure" in document:
        raise QueryFailedError(**document["failure"])
    return tuple(TableSource.from_json(table) for table in document["tables"])


def main() -> int:
    """Run the query of the folder that the command line names."""
    folder = Path(sys.argv[1])
    request = QueryRequest.from_json(json.loads((folder / QUERY).read_text(encoding="utf-8")))
    # What DuckDB does not count, such as a list of a hundred million elements, fails at once instead of growing.
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (request.bounds.memory + OVERHEAD, hard))
    write_document(folder / RESULT, dataclasses.asdict(answer(request, folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
