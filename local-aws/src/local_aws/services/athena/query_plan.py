"""From a query's text to what DuckDB runs: parsing, catalog look-ups, checks and translation.

Part of the query worker.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from local_aws.services.athena.edited_sql import duckdb_name
from local_aws.services.athena.external_functions import ExternalFunction
from local_aws.services.athena.statements import SelectStatement
from local_aws.services.athena.table_source import TableSource
from local_aws.services.athena.trino_query import catalog_tables, check_functions, to_duckdb
from local_aws.services.athena.type_checks import check_comparisons
from local_aws.services.athena.worker_contract import Bounds, EndpointFunction, NamedTable, QuerySpecification

LookUp: TypeAlias = Callable[[tuple[NamedTable, ...]], tuple[TableSource, ...]]


def plan(statement: SelectStatement, database: str, bounds: Bounds, look_up: LookUp) -> QuerySpecification:
    """Plan a query.

    Parameters
    ----------
    statement
        The query.
    database
        The database of names without one.
    bounds
        What the query may use.
    look_up
        Gives the tables of the catalog that have these names, each of which occurs once.

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
    names: dict[tuple[str, str], NamedTable] = {}
    for reference in references:
        name = (reference.database, reference.table)
        if name not in names:
            names[name] = NamedTable(*name, query.place(reference.node))
    tables = look_up(tuple(names.values()))
    functions = tuple(_endpoint_function(index, function) for index, function in enumerate(statement.functions))
    check_functions(query, frozenset(function.duckdb_name for function in functions))
    check_comparisons(query, tables, database)
    return QuerySpecification(to_duckdb(query, references), bounds, tables, functions)


def _endpoint_function(index: int, function: ExternalFunction) -> EndpointFunction:
    return EndpointFunction(
        duckdb_name=duckdb_name(index),
        name=function.name,
        endpoint=function.endpoint,
        parameters=tuple(parameter.duckdb() for parameter in function.parameters),
        returns=function.returns.duckdb(),
    )
