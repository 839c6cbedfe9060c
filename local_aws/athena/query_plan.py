"""From a parsed query to what the worker runs: catalog look-ups, checks and translation."""

from __future__ import annotations

import dataclasses
from typing import Any

from local_aws.athena.edited_sql import duckdb_name
from local_aws.athena.external_functions import ExternalFunction
from local_aws.athena.glue_tables import find_table, table_source
from local_aws.athena.statements import SelectStatement
from local_aws.athena.table_source import TableSource
from local_aws.athena.trino_query import catalog_tables, check_functions, to_duckdb
from local_aws.athena.type_checks import check_comparisons
from local_aws.context import Context


def plan(context: Context, statement: SelectStatement, database: str) -> dict[str, Any]:
    """Plan a query.

    Parameters
    ----------
    context
        The server's parts.
    statement
        The query.
    database
        The database of names without one.

    Returns
    -------
    dict
        A document of `query_worker.QuerySpecification`.

    Raises
    ------
    QueryFailedError
        If it reads a table that is not there, or asks for what is not run here.
    """
    query = statement.query
    references = catalog_tables(query, database)
    sources: dict[tuple[str, str], TableSource] = {}
    for reference in references:
        name = (reference.database, reference.table)
        if name not in sources:
            table = find_table(context, *name, query.place(reference.node))
            sources[name] = table_source(context, table)
    functions = [_document(index, function) for index, function in enumerate(statement.functions)]
    check_functions(query, frozenset(document["duckdb_name"] for document in functions))
    check_comparisons(query, sources.values(), database)
    return {
        "sql": to_duckdb(query, references),
        "tables": [dataclasses.asdict(source) for source in sources.values()],
        "functions": functions,
    }


def _document(index: int, function: ExternalFunction) -> dict[str, Any]:
    return {
        "duckdb_name": duckdb_name(index),
        "name": function.name,
        "endpoint": function.endpoint,
        "parameters": [parameter.duckdb() for parameter in function.parameters],
        "returns": function.returns.duckdb(),
    }
