"""Runs a catalog statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from local_aws.kernel.context import Context
from local_aws.services.athena import catalog_changes, catalog_listings, catalog_statements


@dataclass(frozen=True)
class _Command:
    run: Callable[[Context, Any, str], list[str]]
    columns: tuple[str, ...] = ()


_COMMANDS: Final[dict[type, _Command]] = {
    catalog_statements.CreateTable: _Command(catalog_changes.create_table),
    catalog_statements.DropTable: _Command(catalog_changes.drop_table),
    catalog_statements.CreateDatabase: _Command(catalog_changes.create_database),
    catalog_statements.DropDatabase: _Command(catalog_changes.drop_database),
    catalog_statements.AddPartitions: _Command(catalog_changes.add_partitions),
    catalog_statements.DropPartitions: _Command(catalog_changes.drop_partitions),
    catalog_statements.RepairTable: _Command(catalog_changes.repair_table, ("result",)),
    catalog_statements.ShowDatabases: _Command(catalog_listings.show_databases, ("database_name",)),
    catalog_statements.ShowTables: _Command(catalog_listings.show_tables, ("tab_name",)),
    catalog_statements.ShowColumns: _Command(catalog_listings.show_columns, ("field",)),
    catalog_statements.ShowPartitions: _Command(catalog_listings.show_partitions, ("partition",)),
    catalog_statements.Describe: _Command(catalog_listings.describe, ("col_name", "data_type", "comment")),
}


def run_catalog_statement(
    context: Context, statement: catalog_statements.CatalogStatement, database: str
) -> tuple[tuple[str, ...], list[str]]:
    """Run a statement about the catalog.

    Parameters
    ----------
    context
        The server's parts.
    statement
        The statement.
    database
        The database of names without one.

    Returns
    -------
    tuple
        The names of the result's columns, all of type string, and its lines.

    Raises
    ------
    QueryFailedError
        If it cannot be done, in Hive's words.
    """
    command = _COMMANDS[type(statement)]
    return command.columns, command.run(context, statement, database)
