"""The query's last column is named by what the endpoint answers."""

from __future__ import annotations

import pytest

from inference.prediction_sql import prediction_sql
from processing.feature_contract import ANSWERS, feature_set

FEATURES = feature_set("playground")


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_last_column_says_what_it_is(answer):
    sql = prediction_sql(FEATURES, "endpoint", "playgrounds", answer=answer)

    select, _, source = sql.partition("\nFROM ")
    assert select.endswith(f"AS {answer}")
    assert "RETURNS DOUBLE" in select
    assert source.startswith("playgrounds.")


def test_it_is_a_score_unless_said_otherwise():
    assert prediction_sql(FEATURES, "e", "d") == prediction_sql(FEATURES, "e", "d", answer="score")


def test_an_unknown_answer_is_refused():
    with pytest.raises(ValueError, match="must be one of score, predicted_label; got 'probability'"):
        prediction_sql(FEATURES, "endpoint", "playgrounds", answer="probability")
