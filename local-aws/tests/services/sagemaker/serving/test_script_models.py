"""A serving script's functions behind both toolkits, and what they can import."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from local_aws.services.sagemaker.serving.scripts import defaults
from local_aws.services.sagemaker.serving.scripts.arrays import UnsupportedFormatError, decode, encode
from local_aws.services.sagemaker.serving.scripts.module import import_functions
from local_aws.services.sagemaker.serving.scripts.script_models import FlaskModel, ToolkitModel
from local_aws.services.sagemaker.serving.scripts.toolkits import offer_toolkits

Make = Callable[[str], Any]
_DOUBLES = "def model_fn(model_dir): return 2\ndef predict_fn(data, model): return data * model\n"


@pytest.fixture
def functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Import a script of a text as the functions of a framework."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delenv("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", raising=False)

    def make(text: str, framework: Any = defaults.SCIKIT_LEARN) -> Any:
        (tmp_path / "served_script.py").write_text(text)
        return import_functions("served_script.py", tmp_path, framework)

    yield make
    sys.modules.pop("served_script", None)


def test_transform_function_stands_for_the_three_others(functions: Callable[..., Any], tmp_path: Path) -> None:
    text = (
        "def model_fn(model_dir): return 'm'\n"
        "def transform_fn(model, body, kind, accept): return f'{model} {body} {kind}', accept\n"
    )
    answer = FlaskModel(functions(text), tmp_path).invoke(b"x", {"content-type": "text/csv", "accept": "text/plain"})

    assert (answer.status, answer.content_type, answer.content) == (200, "text/plain; charset=utf-8", b"m x text/csv")


@pytest.mark.parametrize(
    ("result", "status", "content_type", "content"),
    [
        ("'text'", 200, "text/html; charset=utf-8", b"text"),
        ("{'a': 1}", 200, "application/json", b'{"a": 1}\n'),
        ("None", 500, "text/html; charset=utf-8", b""),
        ("1 / 0", 500, "text/html; charset=utf-8", b""),
    ],
)
def test_answer_is_what_flask_makes_of_the_result(
    functions: Callable[..., Any], tmp_path: Path, result: str, status: int, content_type: str, content: bytes
) -> None:
    script = functions(f"{_DOUBLES}def output_fn(prediction, accept): return {result}")
    answer = FlaskModel(script, tmp_path).invoke(b"[1]", {})

    assert (answer.status, answer.content_type) == (status, content_type)
    assert answer.content == content if status == 200 else b"Internal Server Error" in answer.content


def test_script_tells_execution_parameters(functions: Callable[..., Any], tmp_path: Path) -> None:
    model = FlaskModel(functions(f"{_DOUBLES}def execution_parameters_fn(): return {{'MaxPayloadInMB': 1}}"), tmp_path)
    told = model.execution_parameters()

    assert told is not None
    assert json.loads(told.content) == {"MaxPayloadInMB": 1}


def test_inference_toolkit_gives_a_context_to_functions_that_take_one(
    functions: Callable[..., Any], tmp_path: Path
) -> None:
    text = (
        "def model_fn(model_dir, context): return 2\n"
        "def input_fn(body, kind): return [float(number) for number in body.split(',')]\n"
        "def predict_fn(data, model, context): return [number * model for number in data]\n"
    )
    model = ToolkitModel(functions(text, defaults.PYTORCH), tmp_path)

    answer = model.invoke(b"1,2", {"content-type": "text/csv"})

    assert (answer.status, answer.content_type, json.loads(answer.content)) == (200, "application/json", [2, 4])


def test_inference_toolkit_answers_errors_with_their_text(functions: Callable[..., Any], tmp_path: Path) -> None:
    offer_toolkits()
    text = (
        "from sagemaker_inference import errors\n"
        "def model_fn(model_dir): return None\n"
        "def input_fn(body, kind):\n"
        "    if kind == 'text/csv':\n"
        "        raise errors.BaseInferenceToolkitError(400, 'too short', 'too short')\n"
        "    raise LookupError('no such row')\n"
    )
    model = ToolkitModel(functions(text, defaults.PYTORCH), tmp_path)

    chosen = model.invoke(b"1", {"content-type": "text/csv"})
    unexpected = model.invoke(b"1", {"content-type": "application/json"})

    assert (chosen.status, chosen.content.split(b"\n")[0]) == (400, b"too short")
    assert (unexpected.status, unexpected.content.split(b"\n")[0]) == (500, b"no such row")
    assert b"Traceback" in unexpected.content


@pytest.mark.parametrize(
    ("text", "toolkit", "expected"),
    [
        ("1,2\n3,4\n", "containers", [[1, 2], [3, 4]]),
        ("1,2", "containers", [1, 2]),
        ("1,2", "inference", [1, 2]),
        # NumPy's mark of a missing integer, which the toolkit passes on.
        ("1,\n3,4", "inference", [[1, -1], [3, 4]]),
        ("a,1", "containers", ["a", "1"]),
    ],
)
def test_csv_is_read_as_the_toolkit_does(text: str, toolkit: Any, expected: list[Any]) -> None:
    np.testing.assert_array_equal(decode(text, "text/csv", toolkit), np.array(expected))


def test_arrays_are_written_in_rows() -> None:
    assert encode(np.array([0.5, 2]), "text/csv") == "0.5\n2.0\n"
    assert encode(np.array([[1, 2]]), "text/csv", "inference") == "1,2\n"
    assert encode({"a": np.array([1])}, "application/json") == '{"a": [1]}'
    with pytest.raises(UnsupportedFormatError, match="application/xml is not supported"):
        encode([1], "application/xml")


@pytest.mark.parametrize("text", ["1,2\n3", "1,2\n"])
def test_xgboost_reads_no_ragged_csv_and_no_final_newline(text: str) -> None:
    with pytest.raises(ValueError, match="inhomogeneous"):
        defaults.read_dmatrix(text, "text/csv")


def test_xgboost_takes_an_empty_field_for_missing() -> None:
    matrix = defaults.read_dmatrix("1,,3\n4,5,6", "text/csv; charset=utf-8")

    assert (matrix.num_row(), matrix.num_col(), matrix.num_nonmissing()) == (2, 3, 5)
