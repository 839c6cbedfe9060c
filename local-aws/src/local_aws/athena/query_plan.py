"""From a parsed query to what the worker runs: catalog look-ups, checks and translation."""

from __future__ import annotations

from local_aws.athena.edited_sql import duckdb_name
from local_aws.athena.external_functions import ExternalFunction
from local_aws.athena.glue_tables import find_table, table_source
from local_aws.athena.statements import SelectStatement
from local_aws.athena.table_source import TableSource
from local_aws.athena.trino_query import catalog_tables, check_functions, to_duckdb
from local_aws.athena.type_checks import check_comparisons
from local_aws.athena.worker_contract import Bounds, EndpointFunction, QuerySpecification
from local_aws.context import Context


def plan(context: Context, statement: SelectStatement, database: str) -> QuerySpecification:
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
    QuerySpecification

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
    functions = tuple(_endpoint_function(index, function) for index, function in enumerate(statement.functions))
    check_functions(query, frozenset(function.duckdb_name for function in functions))
    check_comparisons(query, sources.values(), database)
    limits = context.jobs.limits
    bounds = Bounds(limits.query_memory, limits.query_disk, limits.query_result, limits.query_rows)
    return QuerySpecification(to_duckdb(query, references), bounds, tuple(sources.values()), functions)


def _endpoint_function(index: int, function: ExternalFunction) -> EndpointFunction:
    return EndpointFunction(
        duckdb_name=duckdb_name(index),
        name=function.name,
        endpoint=function.endpoint,
        parameters=tuple(parameter.duckdb() for parameter in function.parameters),
        returns=function.returns.duckdb(),
    )
