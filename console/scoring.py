"""Scores every playground with SQL, through Athena and the endpoint."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from console.contest import champion
from console.errors import CommandError
from console.names import Names
from console.pipeline_run import Execution, output_uri
from console.progress import Progress
from inference.athena_query import AthenaWorkspace, QueryError, run_query
from inference.prediction_sql import prediction_sql
from inference.scoring_table import register_scoring_table
from processing.feature_contract import DECISION_THRESHOLD, LABEL, TEST, feature_set


@dataclass(frozen=True)
class Scores:
    """What SQL gave.

    Parameters
    ----------
    rows
        A row a playground, by key: the scoring table's own columns and the model's answer.
    answer
        Name of the answer's column: ``score``, or ``predicted_label`` of a model that gives no more.
    """

    rows: tuple[Mapping[str, Any], ...]
    answer: str

    @property
    def test_rows(self) -> list[Mapping[str, Any]]:
        """The rows that no model was trained on."""
        return [row for row in self.rows if row["split"] == TEST]

    @property
    def test_accuracy(self) -> float:
        """Fraction of the test rows that fall on their label's side of the threshold, as a predicted label does."""
        hits = [(row[self.answer] >= DECISION_THRESHOLD) == bool(row[LABEL]) for row in self.test_rows]
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
    answer = _answer_of(session, execution.resource_arn(champion(execution).register_step))
    athena = session.client("athena")
    workspace = AthenaWorkspace(names.database, names.query_results)
    scoring_uri = output_uri(session, execution, "EngineerFeatures", "scoring")
    started = time.monotonic()
    try:
        table = register_scoring_table(athena, workspace, features, scoring_uri)
        progress.done(table, "registered", time.monotonic() - started)
        started = time.monotonic()
        rows = run_query(athena, workspace, prediction_sql(features, names.pipeline, names.database, answer=answer))
    except QueryError as error:
        raise CommandError(f"Athena query {error.query_id}", error.reason) from error
    progress.done("predictions", f"{len(rows)} rows", time.monotonic() - started)
    return Scores(tuple(rows), answer)


def _answer_of(session: boto3.session.Session, package_arn: str) -> str:
    """Ask the registry what a model answers."""
    package = session.client("sagemaker").describe_model_package(ModelPackageName=package_arn)
    answer: str = package["CustomerMetadataProperties"]["Answer"]
    return answer
