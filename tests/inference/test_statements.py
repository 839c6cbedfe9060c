"""The SQL text that the feature contract gives, in full: a change of the contract shows here."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.prediction_sql import prediction_sql
from inference.scoring_table import scoring_table_ddl
from processing.feature_contract import FEATURE_SETS, feature_set

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", FEATURE_SETS)
def test_the_prediction(name: str) -> None:
    sql = prediction_sql(feature_set(name), "playground-accessibility", "playgrounds")

    assert sql + "\n" == (GOLDEN / f"prediction_{name}.sql").read_text()


@pytest.mark.parametrize("name", FEATURE_SETS)
def test_the_scoring_table(name: str) -> None:
    ddl = scoring_table_ddl(feature_set(name), "playgrounds", "s3://bucket/execution/scoring")

    assert ddl + "\n" == (GOLDEN / f"scoring_table_{name}.sql").read_text()


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
