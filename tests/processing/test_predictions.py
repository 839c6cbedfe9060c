from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from processing.exit_message import ProcessingError
from processing.predictions import read_predictions, write_predictions

TEST = pd.DataFrame(
    {
        "playground_key": ["007", "NA"],
        "site_id": ["1", "2"],
        "borough": ["Bronx", 'a "b", <i>'],
        "level": ["4", None],
        "label": [1.0, 0.0],
        "name": ["1776", "NA"],
        "income_quintile": ["1 (highest incomes)", "no income data"],
    }
)
HEAD = "playground_key,site_id,borough,level,label,name,income_quintile,score,rule,rule_without_swing,rule_score\n"


def answers(**columns: list[float] | np.ndarray) -> dict[str, np.ndarray]:
    named = {"score": [0.1, 0.2], "rule": [1, 0], "rule_without_swing": [1, 1], "rule_score": [0.9, 0.1]} | columns
    return {name: np.array(values) for name, values in named.items()}


def test_rows_come_back_as_they_went(tmp_path):
    scores = np.array([0.1 + 0.2, 1 / 3], dtype=np.float32)
    write_predictions(TEST, answers(score=scores.astype(float)), tmp_path)
    rows = read_predictions(tmp_path)
    assert rows["playground_key"].tolist() == ["007", "NA"]
    assert rows["borough"].tolist() == TEST["borough"].tolist()
    assert rows["level"].tolist() == ["4", None]
    assert rows["score"].tolist() == scores.astype(float).tolist()
    assert rows["rule_without_swing"].tolist() == [1, 1]
    assert rows["name"].tolist() == ["1776", "NA"]


def test_without_a_second_model_there_is_no_second_score(tmp_path):
    write_predictions(TEST, answers(), tmp_path)
    assert "score_without_swing" not in read_predictions(tmp_path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "Cannot read .*predictions.csv"),
        ("playground_key,score\na,0.5\n", "lacks the column.s. site_id, borough, level, label, name"),
        (HEAD, "has no rows"),
        (HEAD + "a,b,c,4,1,n,q,x,1,1,1\n", "text in"),
    ],
)
def test_another_file_is_refused(tmp_path, text, complaint):
    if text is not None:
        (tmp_path / "predictions.csv").write_text(text)
    with pytest.raises(ProcessingError, match=complaint):
        read_predictions(tmp_path)
