"""The program of a query's process: what parses a user's text runs here, within the query's time and memory.

Usage: ``python -m local_aws.services.athena.worker.program <folder>``, a job folder with ``query.json``;
`contract` says which files it reads and writes there.
"""

from __future__ import annotations

import dataclasses
import json
import resource
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from local_aws.services.athena.errors import MalformedQueryError, QueryFailedError, exhausted, stack_overflow
from local_aws.services.athena.sql.aliases import check_aliases
from local_aws.services.athena.sql.query import TrinoQuery, catalog_tables, check_functions, parse_query, to_duckdb
from local_aws.services.athena.sql.type_checks import check_types
from local_aws.services.athena.worker.contract import (
    OVERHEAD,
    QUERY,
    REFERENCES,
    RESULT,
    TABLES,
    NamedTable,
    QueryRequest,
    QueryResult,
    write_document,
)
from local_aws.services.athena.worker.duckdb_errors import athena_failure
from local_aws.services.athena.worker.engine import QuerySpecification, run
from local_aws.services.athena.worker.table_source import TableSource

_POLL_SECONDS: Final = 0.01


def answer(request: QueryRequest, folder: Path) -> QueryResult:
    """Plan a query and run it; a failure is in Athena's words."""
    started = time.monotonic()
    try:
        query, specification = _planned(request, folder)
    except QueryFailedError as error:
        return QueryResult(failure=error.document)
    planning_ms = round((time.monotonic() - started) * 1000)
    result = run(specification, folder)
    failure = result.failure
    if failure and "duckdb" in failure:
        failure = athena_failure(failure["duckdb"], query).document
    return dataclasses.replace(result, failure=failure, planning_ms=planning_ms)


def _planned(request: QueryRequest, folder: Path) -> tuple[TrinoQuery, QuerySpecification]:
    try:
        query = parse_query(request.sql, request.parameters)
        references = catalog_tables(query, request.database)
        names: dict[tuple[str, str], NamedTable] = {}
        for reference in references:
            name = (reference.database, reference.table)
            if name not in names:
                names[name] = NamedTable(*name, query.place(reference.node))
        tables = _look_up(names.values(), folder)
        check_functions(query)
        check_aliases(query, references, tables)
        check_types(query, tables, request.database)
        return query, QuerySpecification(to_duckdb(query, references), request.bounds, tables, query.functions)
    except MalformedQueryError as error:
        raise QueryFailedError("SYNTAX_ERROR", str(error)) from error
    except RecursionError:
        raise stack_overflow() from None
    except MemoryError:
        raise exhausted("") from None


def _look_up(names: Iterable[NamedTable], folder: Path) -> tuple[TableSource, ...]:
    """Ask the server for tables, and wait for its answer within the time that the query has."""
    write_document(folder / REFERENCES, [dataclasses.asdict(name) for name in names])
    tables = folder / TABLES
    while not tables.exists():
        time.sleep(_POLL_SECONDS)
    document: dict[str, Any] = json.loads(tables.read_text(encoding="utf-8"))
    if "failure" in document:
        raise QueryFailedError(**document["failure"])
    return tuple(TableSource.from_json(table) for table in document["tables"])


def main() -> int:
    """Run the query of the folder that the command line names."""
    folder = Path(sys.argv[1])
    request = QueryRequest.from_json(json.loads((folder / QUERY).read_text(encoding="utf-8")))
    # What DuckDB does not count, such as a list of a hundred million elements, fails at once instead of growing.
    bound = request.bounds.memory + OVERHEAD
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (bound if hard == resource.RLIM_INFINITY else min(bound, hard), hard))
    write_document(folder / RESULT, dataclasses.asdict(answer(request, folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
