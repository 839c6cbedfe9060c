"""The SQL text that follows from the feature contract, in full: a change of the contract shows here.

``UPDATE_GOLDEN=1`` writes it anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inference.prediction_sql import prediction_sql
from inference.scoring_table import scoring_table_ddl
from processing.feature_contract import FEATURE_SETS, feature_set


def check_golden(statement: str, name: str) -> None:
    """Compare a statement with the reviewed one."""
    file = Path(__file__).parent / "golden" / name
    if "UPDATE_GOLDEN" in os.environ:
        file.write_text(statement + "\n", encoding="utf-8")

    assert statement + "\n" == file.read_text(encoding="utf-8"), "run again with UPDATE_GOLDEN=1 and review it"


@pytest.mark.parametrize("name", FEATURE_SETS)
def test_the_prediction(name: str) -> None:
    sql = prediction_sql(feature_set(name), "playground-accessibility", "playgrounds")

    check_golden(sql, f"prediction_{name}.sql")


@pytest.mark.parametrize("name", FEATURE_SETS)
def test_the_scoring_table(name: str) -> None:
    ddl = scoring_table_ddl(feature_set(name), "playgrounds", "s3://bucket/execution/scoring")

    check_golden(ddl, f"scoring_table_{name}.sql")


def test_a_part_of_the_rows() -> None:
    sql = prediction_sql(feature_set("playground"), "e", "playgrounds", split="test", limit=10)

    assert sql.endswith("FROM playgrounds.scoring_playground\nWHERE split = 'test'\nORDER BY playground_key\nLIMIT 10")


@pytest.mark.parametrize(
    ("endpoint", "database", "split"),
    [("e' SELECT 1", "playgrounds", None), ("e", "play`grounds", None), ("e", "playgrounds", "test' OR '1'='1")],
)
def test_names_do_not_change_the_statement(endpoint: str, database: str, split: str | None) -> None:
    with pytest.raises(ValueError, match="is not allowed in SQL"):
        prediction_sql(feature_set("playground"), endpoint, database, split=split)
