"""What the XGBoost container answers, by its version: types of records and answers, and selected outputs."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from local_aws.services.sagemaker.serving.errors import EncodingError, InvocationError
from local_aws.services.sagemaker.serving.score_answers import ScoreAnswers, Settings
from local_aws.services.sagemaker.serving.scripts import defaults
from tests.services.sagemaker.xgboost_algorithm.test_recordio import read_labels, written

_CSV = "text/csv; charset=utf-8"
_JSON, _LINES, _RECORDIO = "application/json", "application/jsonlines", "application/x-recordio-protobuf"


class _Scores:
    """A model that gives the scores it was made with, and keeps what it was asked."""

    def __init__(self, scores: Any, objective: str = "binary:logistic", classes: int = 0) -> None:
        self.objective = objective
        self.classes = classes
        self.asked: list[tuple[Any, str]] = []
        self._scores = np.array(scores, np.float32)

    def predict(self, matrix: Any, kind: str) -> Any:
        """Keep the records, and give the scores."""
        self.asked.append((matrix, kind))
        return self._scores


def _answer(model: _Scores, tag: str, accept: str = "", variables: dict[str, str] | None = None) -> tuple[str, str]:
    content_type, content = ScoreAnswers(model, Settings.of(tag, variables or {})).answer(b"1,2", "text/csv", accept)
    return content_type, content.decode()


@pytest.mark.parametrize(
    ("tag", "accept", "batch", "expected"),
    [
        ("0.90-2-cpu-py3", "", False, (_CSV, "0.25,0.5")),
        ("1.0-1", _JSON, False, (_CSV, "0.25,0.5")),
        ("1.2-1", "image/png", False, (_CSV, "0.25,0.5")),
        ("1.0-1", _JSON, True, (_CSV, "0.25\n0.5\n")),
        ("1.2-2", "", False, (_CSV, "0.25\n0.5\n")),
        ("1.2-2", _JSON, False, (_JSON, '{"predictions": [{"score": 0.25}, {"score": 0.5}]}')),
        ("1.7-1", _JSON, True, (_JSON, "0.25\n0.5\n")),
        ("", "", False, (_CSV, "0.25\n0.5\n")),
    ],
)
def test_scores_are_written_as_the_version_does(tag: str, accept: str, batch: bool, expected: tuple[str, str]) -> None:
    variables = {"SAGEMAKER_BATCH": "true"} if batch else {}
    assert _answer(_Scores([0.25, 0.5]), tag, accept, variables) == expected


@pytest.mark.parametrize(
    ("tag", "batch", "expected"),
    [
        ("1.0-1", False, "[0.25, 0.75],[0.5, 0.5]"),
        ("1.5-1", False, "0.25,0.75\n0.5,0.5\n"),
        ("1.5-1", True, "[0.25, 0.75]\n[0.5, 0.5]\n"),
    ],
)
def test_scores_of_several_classes(tag: str, batch: bool, expected: str) -> None:
    model = _Scores([[0.25, 0.75], [0.5, 0.5]], "multi:softprob", 2)
    assert _answer(model, tag, variables={"SAGEMAKER_BATCH": "true"} if batch else {})[1] == expected


_ALL = "predicted_label,labels,probability,probabilities,raw_score,raw_scores"


@pytest.mark.parametrize(
    ("objective", "classes", "score", "expected"),
    [
        ("binary:logistic", 0, 0.75, [1, [0, 1], 0.75, [0.25, 0.75], 0.75, [0.25, 0.75]]),
        ("binary:logistic", 0, 0.5, [0, [0, 1], 0.5, [0.5, 0.5], 0.5, [0.5, 0.5]]),
        ("binary:logitraw", 0, 2.0, [1, [0, 1], None, None, 2.0, [-1.0, 2.0]]),
        ("binary:hinge", 0, 1.0, [1.0, [0, 1], None, None, 1.0, [0.0, 1.0]]),
        ("multi:softmax", 3, 2.0, [2.0, [0, 1, 2], None, None, 2.0, [-1.0, 2.0]]),
        ("multi:softprob", 3, [0.25, 0.5, 0.25], [1, [0, 1, 2], 0.5, [0.25, 0.5, 0.25], 0.5, [0.25, 0.5, 0.25]]),
    ],
)
def test_outputs_are_selected_by_objective(objective: str, classes: int, score: Any, expected: list[Any]) -> None:
    model = _Scores([score], objective, classes)
    _, content = _answer(model, "1.7-1", _JSON, {"SAGEMAKER_INFERENCE_OUTPUT": _ALL})
    [record] = json.loads(content)["predictions"]
    values = [None if isinstance(value, float) and math.isnan(value) else value for value in record.values()]
    assert dict(zip(record, values, strict=True)) == dict(zip(_ALL.split(","), expected, strict=True))


@pytest.mark.parametrize(
    ("accept", "batch", "expected"),
    [
        ("", False, '"[0.25, 0.75]",1,nan'),
        ("", True, '"[0.25, 0.75]",1,nan\n'),
        (_LINES, False, '{"predicted_label": 1, "probabilities": [0.25, 0.75], "predicted_score": NaN}\n'),
    ],
)
@pytest.mark.parametrize("tag", ["1.0-1", "1.7-1"])
def test_selected_outputs_are_written_in_the_accepted_type(tag: str, accept: str, batch: bool, expected: str) -> None:
    variables = {"SAGEMAKER_INFERENCE_OUTPUT": "Probabilities, predicted_label,predicted_score"}
    variables |= {"SAGEMAKER_BATCH": "true"} if batch else {}
    assert _answer(_Scores([0.75]), tag, accept, variables) == (accept or _CSV, expected)


def test_selected_outputs_as_records() -> None:
    settings = Settings.of("1.7-1", {"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label,probabilities"})
    model = _Scores([0.75, 0.25])
    content_type, content = ScoreAnswers(model, settings).answer(b"1\n2", "text/csv", _RECORDIO)
    assert content_type == _RECORDIO
    assert read_labels(content) == [
        {"predicted_label": [1.0], "probabilities": [0.25, 0.75]},
        {"predicted_label": [0.0], "probabilities": [0.75, 0.25]},
    ]


def test_objective_without_outputs_and_version_without_selection() -> None:
    variables = {"SAGEMAKER_INFERENCE_OUTPUT": "predicted_score"}
    with pytest.raises(EncodingError, match="Objective `count:poisson` unsupported for selectable inference"):
        _answer(_Scores([1], "count:poisson"), "1.7-1", "", variables)
    assert _answer(_Scores([1.5], "reg:squarederror"), "0.90-2", "", variables) == (_CSV, "1.5")


@pytest.mark.parametrize("features", [np.array([[1.0, 2], [3, 4]]), csr_matrix(np.array([[1.0, 0], [0, 4]]))])
@pytest.mark.parametrize("content_type", [_RECORDIO, "recordio-protobuf", f"{_RECORDIO}; charset=utf-8"])
def test_records_of_protobuf_are_scored_without_their_labels(features: Any, content_type: str) -> None:
    model = _Scores([0.25, 0.5])
    ScoreAnswers(model, Settings.of("1.7-1", {})).answer(written(features, np.array([1.0, 0.0])), content_type, "")
    [(matrix, kind)] = model.asked
    assert kind == "recordio-protobuf"
    assert isinstance(matrix, csr_matrix) == isinstance(features, csr_matrix)
    rows = matrix.toarray() if isinstance(matrix, csr_matrix) else matrix
    assert rows.tolist() == (features.toarray() if isinstance(features, csr_matrix) else features).tolist()


@pytest.mark.parametrize("content", [b"1,2", b"\x0a\x23\xd7\xce\x02\x00\x00\x00\x0a\x7f\x00\x00"])
def test_damaged_records_are_answered_as_unsupported(content: bytes) -> None:
    with pytest.raises(InvocationError, match="ensure data is in recordio-protobuf format") as caught:
        ScoreAnswers(_Scores([1]), Settings()).answer(content, _RECORDIO, "")
    assert caught.value.status == 415


@pytest.mark.parametrize(
    ("tag", "payload", "columns"),
    [("3.0-5", b"1 1:5 2:6", [0, 5, 6]), ("3.2-0", b"1 1:5 2:6", [5, 6]), ("3.2-0", b"1 0:5 2:6", [5, 0, 6])],
)
def test_libsvm_counts_from_one_since_3_2(tag: str, payload: bytes, columns: Sequence[int]) -> None:
    model = _Scores([1])
    ScoreAnswers(model, Settings.of(tag, {})).answer(payload, "text/x-libsvm", "")
    assert model.asked[0][0].toarray().tolist() == [list(columns)]


def test_scripts_read_records_and_libsvm_as_the_installed_version_of_the_container() -> None:
    records = defaults.read_dmatrix(written(np.array([[1.0, 2]]), None), _RECORDIO)
    libsvm = defaults.read_dmatrix(b"1 1:5 3:6", "text/libsvm")
    assert (records.num_row(), records.num_col()) == (1, 2)
    # XGBoost 3.2 is what the distribution installs: what a line does not name is 0 to its container, not missing.
    assert (libsvm.num_col(), libsvm.num_nonmissing()) == (3, 3)
