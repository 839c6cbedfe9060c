"""SQL through Athena: statements started, followed, stopped, and their rows; and examples to start from."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from console.csv_file import escape_formula
from console.errors import CommandError
from console.page.deployment import Deployment
from console.registry import served_package
from console.scoring import workspace
from inference.athena_query import QueryError, query_rows, start_query
from inference.prediction_sql import prediction_sql
from inference.scoring_table import register_scoring_table
from processing.feature_contract import feature_set

SHOWN_ROWS = 2000
"""Rows of a result that the page gets; the download has all."""


def start(deployment: Deployment, sql: str) -> str:
    """Start a statement and return its ID.

    Raises
    ------
    CommandError
        It is empty, or Athena refuses it.
    """
    if not sql.strip():
        raise CommandError("SQL", "write a statement, or choose one of the examples")
    try:
        return start_query(deployment.client("athena"), workspace(deployment.names), sql)
    except QueryError as error:
        raise CommandError("Athena", error.reason) from error


def result(deployment: Deployment, query_id: str) -> dict[str, Any]:
    """Return a statement's state, and its first rows once it has succeeded."""
    execution = _execution(deployment, query_id)
    status, statistics = execution["Status"], execution.get("Statistics", {})
    answer = {
        "id": query_id,
        "state": status["State"],
        "reason": status.get("StateChangeReason", ""),
        "seconds": statistics.get("TotalExecutionTimeInMillis", 0) / 1000,
        "scanned": statistics.get("DataScannedInBytes"),
        "columns": [],
        "rows": [],
        "more": False,
    }
    if status["State"] != "SUCCEEDED":
        return answer
    rows = list(itertools.islice(_rows(deployment, execution), SHOWN_ROWS + 1))
    columns = list(rows[0]) if rows else []
    shown = [list(row.values()) for row in rows[:SHOWN_ROWS]]
    return {**answer, "columns": columns, "rows": shown, "more": len(rows) > SHOWN_ROWS}


def stop(deployment: Deployment, query_id: str) -> None:
    """Stop a statement."""
    _execution(deployment, query_id)
    deployment.client("athena").stop_query_execution(QueryExecutionId=query_id)


def as_csv(deployment: Deployment, query_id: str) -> Iterator[str]:
    """Yield all rows of a statement as lines of CSV that are safe to open in a spreadsheet."""
    for number, row in enumerate(_rows(deployment, _execution(deployment, query_id))):
        if number == 0:
            yield _line(list(row))
        yield _line(list(row.values()))


def examples(deployment: Deployment) -> list[dict[str, str]]:
    """Return statements to start from: over raw and processed tables, and the predictions once a model serves."""
    statements = [
        {
            "title": "Raw: playgrounds by borough and level",
            "sql": "SELECT SUBSTR(prop_id, 1, 1) AS borough, level, COUNT(*) AS playgrounds\n"
            "FROM playgrounds\nGROUP BY 1, 2\nORDER BY 1, 2",
        },
        {
            "title": "Raw: where the playgrounds are",
            "sql": "SELECT name, location, level, accessible, adaptive_swing,\n"
            "  CAST(lat AS DOUBLE) AS lat, CAST(lon AS DOUBLE) AS lon\n"
            "FROM playgrounds\nWHERE lat IS NOT NULL",
        },
        {
            "title": "Processed: income brackets of the playgrounds' ZIP codes",
            "sql": "SELECT size_of_adjusted_gross_income AS bracket, COUNT(DISTINCT playground_key) AS playgrounds,\n"
            "  SUM(num_of_returns) AS returns\nFROM playgrounds_income\n"
            "WHERE size_of_adjusted_gross_income IS NOT NULL\nGROUP BY 1\nORDER BY 1",
        },
    ]
    try:
        package = served_package(deployment.client("sagemaker"), deployment.names.pipeline)
        features = feature_set(package.properties["FeatureSet"])
    except (CommandError, KeyError):
        return statements
    answer = package.properties["Answer"]
    for title, split in (("Predictions: every playground", None), ("Predictions: the test rows", "test")):
        sql = prediction_sql(features, deployment.names.pipeline, deployment.names.database, answer=answer, split=split)
        statements.append({"title": title, "sql": sql})
    return statements


def prepare_scoring(deployment: Deployment) -> None:
    """Point the scoring table at the rows of the serving package, for the examples that predict."""
    package = served_package(deployment.client("sagemaker"), deployment.names.pipeline)
    features = feature_set(package.properties["FeatureSet"])
    try:
        register_scoring_table(
            deployment.client("athena"), workspace(deployment.names), features, package.properties["ScoringRowsUrl"]
        )
    except QueryError as error:
        raise CommandError("Athena", error.reason) from error


def _execution(deployment: Deployment, query_id: str) -> dict[str, Any]:
    """Return a query execution of the deployment's work group; raise `CommandError` for any other."""
    try:
        answer = deployment.client("athena").get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidRequestException":
            raise
        raise CommandError("SQL", f"query {query_id} is not known: run the statement again") from error
    if answer["WorkGroup"] != deployment.names.work_group:
        raise CommandError("SQL", f"query {query_id} is not of work group {deployment.names.work_group}")
    execution: dict[str, Any] = answer
    return execution


def _rows(deployment: Deployment, execution: dict[str, Any]) -> Iterator[dict[str, Any]]:
    try:
        headed = execution["StatementType"] == "DML"
        yield from query_rows(deployment.client("athena"), execution["QueryExecutionId"], headed=headed)
    except QueryError as error:
        raise CommandError("Athena", error.reason) from error


def _line(cells: list[Any]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([escape_formula(cell) for cell in cells])
    return line.getvalue()
