from __future__ import annotations

import numpy as np
import pytest

from processing.exit_message import ProcessingError
from processing.transform_output import read_automl_scores


def test_the_probability_is_that_of_the_label_whichever_it_is(tmp_path):
    (tmp_path / "test.csv.out").write_text('1,0.9\n0,0.8\n"1", 0.55 \n0.0,0.5')
    answered = read_automl_scores(tmp_path, "test.csv", 4)
    np.testing.assert_allclose(answered.scores, [0.9, 0.2, 0.55, 0.5])
    assert answered.labels.tolist() == [1, 0, 1, 0]


def test_a_label_against_the_threshold_is_counted(tmp_path):
    (tmp_path / "test.csv.out").write_text("1,0.4\n0,0.45\n1,0.9\n")
    assert read_automl_scores(tmp_path, "test.csv", 3).own_label_differs == 2


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"1,0.9\n", r"has 1 line\(s\) for 2 rows"),
        (b"1,0.9\n2,0.8\n", r"Line 2 of .* neither 0 nor 1"),
        (b"1,0.9\n0,1.5\n", r"Line 2 of .* not between 0 and 1: '0,1.5'"),
        (b"1,0.9\n0,\n", r"Line 2 of .* is not predicted_label,probability"),
        (b"1,0.9\n\xff\xfe,1\n", "not CSV text"),
    ],
)
def test_answers_that_do_not_fit_are_named(tmp_path, content, complaint):
    (tmp_path / "test.csv.out").write_bytes(content)
    with pytest.raises(ProcessingError, match=complaint):
        read_automl_scores(tmp_path, "test.csv", 2)


def test_no_output_is_no_empty_output(tmp_path):
    with pytest.raises(ProcessingError, match="left no such output"):
        read_automl_scores(tmp_path, "test.csv", 2)
