"""Scores every playground with SQL, through Athena and the endpoint."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from console.errors import CommandError
from console.progress import Progress
from console.registry import Package
from inference.athena_query import AthenaWorkspace, QueryError, run_query
from inference.prediction_sql import prediction_sql
from inference.scoring_table import register_scoring_table
from infrastructure.names import Names
from processing.feature_contract import DECISION_THRESHOLD, LABEL, TEST, feature_set


@dataclass(frozen=True)
class Scores:
    """The rows of the scoring table by key, with the model's answer in the column `answer`."""

    rows: tuple[Mapping[str, Any], ...]
    answer: str

    @property
    def test_rows(self) -> list[Mapping[str, Any]]:
        """The rows that no model was trained on."""
        return [row for row in self.rows if row["split"] == TEST]

    @property
    def test_accuracy(self) -> float:
        """Fraction of the test rows whose answer is on their label's side of the threshold."""
        hits = [(row[self.answer] >= DECISION_THRESHOLD) == bool(row[LABEL]) for row in self.test_rows]
        return sum(hits) / len(hits)

    def spread(self, number: int, split: str | None = None) -> list[Mapping[str, Any]]:
        """Pick rows at even distances from the lowest to the highest answer."""
        ranked = sorted((row for row in self.rows if split in (None, row["split"])), key=lambda row: row[self.answer])
        last = min(number, len(ranked)) - 1
        return [ranked[round(index * (len(ranked) - 1) / max(last, 1))] for index in range(last + 1)]


def workspace(names: Names) -> AthenaWorkspace:
    """Return the deployment's database and work group, which sets the location of results."""
    return AthenaWorkspace(names.database, work_group=names.work_group)


def score_playgrounds(
    session: boto3.session.Session,
    names: Names,
    package: Package,
    progress: Progress,
    *,
    split: str | None = None,
    limit: int | None = None,
) -> Scores:
    """Point the scoring table at a package's rows, and score them with one query; `split` and `limit` select rows.

    Raises
    ------
    CommandError
        Athena refuses or fails, with its reason.
    """
    features = feature_set(package.properties["FeatureSet"])
    answer = package.properties["Answer"]
    athena = session.client("athena")
    started = time.monotonic()
    try:
        progress.waiting("the table of the rows to score")
        table = register_scoring_table(athena, workspace(names), features, package.properties["ScoringRowsUrl"])
        progress.done(table, "registered", time.monotonic() - started)
        started = time.monotonic()
        sql = prediction_sql(features, names.pipeline, names.database, answer=answer, split=split, limit=limit)
        progress.waiting("Athena, which asks the endpoint")
        rows = run_query(athena, workspace(names), sql)
    except QueryError as error:
        raise CommandError(f"Athena query {error.query_id}", error.reason) from error
    progress.done("predictions", f"{len(rows)} rows", time.monotonic() - started)
    return Scores(tuple(rows), answer)
