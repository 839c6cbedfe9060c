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
    }
)


def test_rows_come_back_as_they_went(tmp_path):
    scores = np.array([0.1 + 0.2, 1 / 3], dtype=np.float32)
    write_predictions(TEST, scores, scores, np.array([1, 0]), np.array([1, 1]), tmp_path)
    rows = read_predictions(tmp_path)
    assert rows["playground_key"].tolist() == ["007", "NA"]
    assert rows["borough"].tolist() == TEST["borough"].tolist()
    assert rows["level"].tolist() == ["4", None]
    assert rows["score"].tolist() == scores.astype(float).tolist()
    assert rows["rule_without_swing"].tolist() == [1, 1]


def test_without_a_second_model_there_is_no_second_score(tmp_path):
    write_predictions(TEST, np.array([0.1, 0.2]), None, np.array([1, 0]), np.array([1, 1]), tmp_path)
    assert "score_without_swing" not in read_predictions(tmp_path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "Cannot read .*predictions.csv"),
        ("playground_key,score\na,0.5\n", "lacks the column.s. site_id, borough, level, label, rule"),
        ("playground_key,site_id,borough,level,label,score,rule,rule_without_swing\n", "has no rows"),
        ("playground_key,site_id,borough,level,label,score,rule,rule_without_swing\na,b,c,4,1,x,1,1\n", "text in"),
    ],
)
def test_another_file_is_refused(tmp_path, text, complaint):
    if text is not None:
        (tmp_path / "predictions.csv").write_text(text)
    with pytest.raises(ProcessingError, match=complaint):
        read_predictions(tmp_path)
