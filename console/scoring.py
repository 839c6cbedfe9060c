"""Scores every playground with SQL, through Athena and the endpoint."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from console.errors import CommandError
from console.names import Names
from console.pipeline_run import Execution, output_uri
from console.progress import Progress
from inference.athena_query import AthenaWorkspace, QueryError, run_query
from inference.prediction_sql import SCORE, prediction_sql
from inference.scoring_table import register_scoring_table
from processing.feature_contract import DECISION_THRESHOLD, LABEL, TEST, feature_set


@dataclass(frozen=True)
class Scores:
    """What SQL gave.

    Parameters
    ----------
    rows
        A row a playground, by key: the scoring table's own columns and ``score``.
    """

    rows: tuple[Mapping[str, Any], ...]

    @property
    def test_rows(self) -> list[Mapping[str, Any]]:
        """The rows that no model was trained on."""
        return [row for row in self.rows if row["split"] == TEST]

    @property
    def test_accuracy(self) -> float:
        """Fraction of the test rows that fall on their label's side of the threshold."""
        hits = [(row[SCORE] >= DECISION_THRESHOLD) == bool(row[LABEL]) for row in self.test_rows]
        return sum(hits) / len(hits)


def score_playgrounds(
    session: boto3.session.Session, names: Names, execution: Execution, set_name: str, progress: Progress
) -> Scores:
    """Point the scoring table at an execution's rows, and score them all with one query.

    Raises
    ------
    CommandError
        If Athena refuses or fails, with its reason.
    """
    features = feature_set(set_name)
    athena = session.client("athena")
    workspace = AthenaWorkspace(names.database, names.query_results)
    scoring_uri = output_uri(session, execution, "EngineerFeatures", "scoring")
    started = time.monotonic()
    try:
        table = register_scoring_table(athena, workspace, features, scoring_uri)
        progress.done(table, "registered", time.monotonic() - started)
        started = time.monotonic()
        rows = run_query(athena, workspace, prediction_sql(features, names.pipeline, names.database))
    except QueryError as error:
        raise CommandError(f"Athena query {error.query_id}", error.reason) from error
    progress.done("predictions", f"{len(rows)} rows", time.monotonic() - started)
    return Scores(tuple(rows))
