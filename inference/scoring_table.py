"""The table that SQL scores: its DDL from the feature contract, and its registration in the catalog."""

from __future__ import annotations

from typing import Any

from inference.athena_query import AthenaWorkspace, run_query
from inference.identifiers import location, table_identifier
from processing.feature_contract import FeatureSet, scoring_schema


def scoring_table_name(features: FeatureSet) -> str:
    """Return the name of a feature set's scoring table."""
    return f"scoring_{features.name}"


def scoring_table_ddl(features: FeatureSet, database: str, scoring_uri: str) -> str:
    """Return the statement that creates the scoring table; raise `ValueError` for a name that is not legal in SQL."""
    columns = ",\n".join(f"  `{name}` {athena_type}" for name, athena_type in scoring_schema(features))
    return (
        f"CREATE EXTERNAL TABLE `{table_identifier(database)}`.`{table_identifier(scoring_table_name(features))}` (\n"
        f"{columns}\n)\nSTORED AS PARQUET\nLOCATION '{location(scoring_uri)}'"
    )


def register_scoring_table(client: Any, workspace: AthenaWorkspace, features: FeatureSet, scoring_uri: str) -> str:
    """Point the scoring table at the rows of one execution, and return its name.

    An external table holds no data, so dropping the old one loses none.
    """
    table = scoring_table_name(features)
    run_query(client, workspace, f"DROP TABLE IF EXISTS `{table_identifier(workspace.database)}`.`{table}`")
    run_query(client, workspace, scoring_table_ddl(features, workspace.database, scoring_uri))
    return table
